"""`python -m analysis compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.grading import add_grades, grades, require_grades
from analysis.commands.shared import add_course, course_of, say_what_was_passed_over, write_paper
from analysis.commands.workers import add_workers, outcomes
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json, path
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    import argparse
    from datetime import datetime
    from pathlib import Path

    from analysis.course.batch import Listing
    from analysis.course.places import File
    from analysis.course.results import ClassResults
    from analysis.course.store import Store
    from bench.course import Course

NAME = "compare"
SUMMARY = "Compare a class: check all files, and write its page, paper, tables and grades."
EXAMPLES = """\
  python -m analysis compare downloads --course course.toml --out class
  python -m analysis compare downloads --out class --roster roster.csv --grades canvas=export.csv
  python -m analysis compare s3://course/autumn --out class --scheduler tcp://host:8786
"""
MAINTAINERS = False

_MODELS = 500
"""Machines that are calibrated: quantiles of more differ by less than can be seen."""
_MODEL_CHUNK = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=path, metavar="FILE", help="files, folders, or s3://bucket/prefix"
    )
    add_course(parser)
    parser.add_argument(
        "--out",
        type=path,
        default="class",
        metavar="DIR",
        help="a folder for all that is written; what was checked is kept there (default: class)",
    )
    parser.add_argument(
        "--models",
        type=int,
        default=_MODELS,
        metavar="N",
        help=f"calibrate at most so many machines, drawn by lot (default: {_MODELS})",
    )
    add_grades(parser)
    parser.add_argument("--no-pdf", action="store_true", help="write the page alone")
    add_workers(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Check what is new, compare the class, write its files; print the page's path last."""
    import json

    from analysis.course.batch import Listing
    from analysis.course.comparing import Comparison, summary_of
    from analysis.course.database import opened
    from analysis.course.modelled import MODEL_TABLES
    from analysis.course.places import files
    from analysis.course.store import Store, rules_digest

    require_grades(options)
    chosen = course_of(options)
    out = _folder(options.out)
    store = Store(str(out.resolve() / "checked" / rules_digest(chosen)))
    passed_over: list[str] = []
    listing = Listing.of(files(options.files, passed_over), store)
    say_what_was_passed_over(passed_over)
    _check(options, listing, store, chosen)
    with opened(store) as data:
        comparison = Comparison(data, listing.keys, chosen)
        _model(options, listing, store, comparison.to_model(max(0, options.models)))
        data.read(store, MODEL_TABLES)
        results = comparison.results()
        graded = grades(options, data, chosen, out)
    written = [*_write(results, store, out, pdf=not options.no_pdf), *graded]
    summary = summary_of(results) | {"files_written": [file.as_posix() for file in written]}
    if options.json:
        streams.print_json(json.dumps(summary, ensure_ascii=False))
    else:
        _tell(summary)
        for file in reversed(written):
            print(file.as_posix())
    return DONE


def _folder(name: str) -> Path:
    """Return the folder for all that is written, which may be new.

    Raises:
        AnalysisError: its name is in no encoding, which Parquet's readers do not take.

    """
    from pathlib import Path

    from analysis.errors import AnalysisError

    out = Path(name)
    try:
        str(out.resolve()).encode()
    except UnicodeEncodeError:
        raise AnalysisError("--out: a folder's name in UTF-8 is needed; name another") from None
    out.mkdir(parents=True, exist_ok=True)
    return out


def _check(
    options: argparse.Namespace, listing: Listing, store: Store, chosen: Course | None
) -> None:
    """Check what was not checked before."""
    from analysis.course.batch import Work, chunks

    before = len(listing.keys) - len(listing.new)
    if before:
        streams.say(f"{counted(before, 'file')} checked before, {len(listing.new)} to check")
    for chunk in outcomes(options, Work(chosen, store), list(chunks(listing.new))):
        for outcome in chunk:
            listing.keys[outcome.file] = outcome.submission
    listing.remember(store)


def _model(options: argparse.Namespace, listing: Listing, store: Store, names: list[str]) -> None:
    """Calibrate machines that were not calibrated before."""
    from analysis.course.batch import chunks
    from analysis.course.modelled import ModelWork

    known = store.known("modelled")
    by_name: dict[str, File] = {file.name: file for file in listing.files}
    new = [by_name[name] for name in names if listing.keys[name] not in known]
    work = ModelWork(store)
    for _ in outcomes(options, work, list(chunks(new, _MODEL_CHUNK)), what="machines calibrated"):
        pass


def _write(results: ClassResults, store: Store, out: Path, *, pdf: bool) -> list[Path]:
    """Write all files of a class; return them, the page first."""
    from analysis.course.tidy import csv_of, write_parquet
    from analysis.render import write
    from analysis.report.class_page import class_document
    from bench.bundle import write_atomically

    counting = {row.submission for row in results.files if row.counts}
    write_parquet(store, counting, out / "class.parquet")
    write_atomically(out / "class.csv", csv_of(results))
    document = class_document(results, _last_written(results))
    write(document, out / "class.html")
    names = ["class.html", "class.csv", "class.parquet"]
    if pdf and write_paper(document, out / "class.pdf"):
        names.insert(1, "class.pdf")
    return [out / name for name in names]


def _last_written(results: ClassResults) -> datetime | None:
    """Return when the last file was handed in, by its own clock."""
    from datetime import UTC, datetime

    times = [attempt.written for score in results.scores for attempt in score.tries]
    last = max(filter(None, times), default=None)
    return datetime.strptime(last, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC) if last else None


def _tell(summary: dict[str, object]) -> None:
    for name in ("files", "sound", "look", "rejected", "students", "machines", "modelled"):
        print(f"{name}: {summary[name]}")
    print(f"pairs of students with the same samples: {summary['alike']}")
    print(f"machines with cases unlike the class: {summary['unlike']}")
    print(f"runs whose parts do not fit together: {summary['uneven']}")
