"""`python -m analysis check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import add_course, course_of, say_what_was_passed_over
from analysis.commands.workers import add_workers, outcomes
from hardware_profiles import streams
from hardware_profiles.command_line import BAD_INPUT, DONE, add_json, path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from analysis.course.batch import FileOutcome
    from analysis.course.places import File
    from bench.course import Course

NAME = "check"
SUMMARY = "Hold files that are handed in against the rules: the same for students and instructors."
EXAMPLES = """\
  python -m analysis check hand-in.json.gz           before you hand it in
  python -m analysis check runs/one/bundle.json      a run alone
  python -m analysis check downloads --course course.toml --json
  python -m analysis check hand-in.json.gz --format gradescope
"""
MAINTAINERS = False

FORMS = ("json", "gradescope", "classroom50")
"""Of `analysis.course.formats.FORMATS`, whose modules take their time to load."""
_UNSEEN = (
    "; an instructor's compare looks at what only a class shows, too: samples like another's, "
    "times unlike the class"
)
_FEW = 20
"""Files up to which remarks that only matter for comparison are shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=path, metavar="FILE", help="files, folders, or s3://bucket/prefix"
    )
    add_course(parser)
    add_workers(parser)
    add_json(parser)
    parser.add_argument(
        "--format",
        choices=FORMS,
        help="print what an autograder takes: the files of one student, with points",
    )


def run(options: argparse.Namespace) -> int:
    """Check files; print what each comes to as it is known, and in the end how many are sound."""
    from analysis.course.batch import Work, chunks
    from analysis.course.places import files

    work = Work(course_of(options), None)
    if work.course is None:
        streams.say("no course file is here or named: held against what every run keeps to")
    passed_over: list[str] = []
    listed = list(files(options.files, passed_over))
    say_what_was_passed_over(passed_over)
    if options.format and not options.json:
        return _formatted(options.format, listed, work.course)
    results = outcomes(options, work, list(chunks(listed)))
    few = len(listed) <= _FEW
    counts = _shown_as_json(results) if options.json else _shown(results, few=few)
    if counts["rejected"]:
        _say_what_is_rejected(counts["rejected"])
        return BAD_INPUT
    return DONE


def _formatted(name: str, listed: list[File], chosen: Course | None) -> int:
    """Print what an autograder takes."""
    import os
    from datetime import UTC, datetime

    from analysis.course.batch import check
    from analysis.course.formats import FORMATS
    from analysis.course.formats.report import Report
    from analysis.course.remark import Status
    from analysis.course.rules import RULES
    from analysis.errors import AnalysisError

    if not 0 < len(listed) <= _FEW:
        raise AnalysisError(
            f"--format {name}: {len(listed)} files; name those of one student, 1 to {_FEW} "
            "(--json takes any number)"
        )
    checked = [check(file, chosen) for file in listed]
    report = Report(checked, RULES, chosen, datetime.now(UTC), dict(os.environ))
    streams.print_json(FORMATS[name].write(report).decode().rstrip())
    return BAD_INPUT if report.score.status is Status.REJECTED else DONE


def _shown(results: Iterator[list[FileOutcome]], *, few: bool) -> dict[str, int]:
    from analysis.characters import visible
    from hardware_profiles.numerals import counted

    counts = {"sound": 0, "look": 0, "rejected": 0}
    for chunk in results:
        for outcome in chunk:
            counts[outcome.status] += 1
            words = "something to look at" if outcome.status == "look" else outcome.status
            print(f"{visible(outcome.file)}: {words}")
            for remark in outcome.remarks:
                if few or remark.severity != "note":
                    print(visible(f"  {remark.severity} {remark.rule}: {remark.line()}"))
    total = sum(counts.values())
    streams.say(
        f"{counted(total, 'file')}: {counts['sound']} sound, {counts['look']} with something to "
        f"look at, {counts['rejected']} rejected{_UNSEEN}"
    )
    return counts


def _say_what_is_rejected(rejected: int) -> None:
    from hardware_profiles.numerals import counted

    streams.say(
        f"error: {counted(rejected, 'file')} {'is' if rejected == 1 else 'are'} rejected; what is "
        "wrong with each, and the remedy, stands below its name"
    )


def _shown_as_json(results: Iterator[list[FileOutcome]]) -> dict[str, int]:
    """Print one JSON document, piece by piece: there may be a hundred thousand files."""
    import json

    counts = {"sound": 0, "look": 0, "rejected": 0}
    separator = '{"files":[\n'
    for chunk in results:
        for outcome in chunk:
            counts[outcome.status] += 1
            remarks = [remark.record() for remark in outcome.remarks]
            record = outcome._asdict() | {"remarks": remarks}
            print(separator + json.dumps(record, ensure_ascii=True), end="")
            separator = ",\n"
    opening = separator if not sum(counts.values()) else ""
    print(f'{opening}],\n"summary":{json.dumps(counts)}}}')
    return counts
