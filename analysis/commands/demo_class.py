"""`python -m analysis demo-class`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hardware_profiles import streams
from hardware_profiles.command_line import DONE, path

if TYPE_CHECKING:
    import argparse

    from bench.course import Course

NAME = "demo-class"
SUMMARY = "Make up a class: files of students that never were, and the truth beside them."
EXAMPLES = """\
  python -m analysis demo-class --students 30 --out demo
  python -m analysis demo-class --students 300 --seed 7 --course course.toml --out demo
  python -m analysis demo-class --students 60 --roster canvas --out demo
  python -m analysis demo-class --students 100000 --size small --out large
"""
MAINTAINERS = False
_MOST = 1_000_000
_SHARES = ("odd", "faulty", "forged")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--students", type=int, default=30, metavar="N", help="(default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="the same class again (default: 1)")
    parser.add_argument(
        "--out", type=path, default="demo-class", metavar="DIR", help="(default: demo-class)"
    )
    parser.add_argument(
        "--course", type=path, metavar="FILE", help="whose class (default: a made-up course)"
    )
    parser.add_argument(
        "--size",
        choices=("quick", "small"),
        default="quick",
        help="of bundles; small has a third of the cases, for large classes (default: quick)",
    )
    parser.add_argument(
        "--odd",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="of students whose honest machine is odd: throttled, on battery, ... (default: 0.1)",
    )
    parser.add_argument(
        "--faulty",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="of students whose file is damaged, edited or hostile (default: 0.05)",
    )
    parser.add_argument(
        "--forged",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="of students who forge times, or hand in a friend's (default: 0.05)",
    )
    parser.add_argument(
        "--roster",
        choices=("plain", "canvas", "moodle", "gradescope"),
        help="name files as that system does, and write the class's roster and grade book",
    )
    parser.add_argument(
        "--cores", type=int, metavar="N", help="processes at once (default: one a core)"
    )
    fitting = parser.add_argument_group(
        "for maintainers: write what classes are made from to --out"
    )
    fitting.add_argument(
        "--fit", nargs="+", type=path, metavar="RUN", help="repeated runs: variances.json"
    )
    fitting.add_argument(
        "--template",
        nargs="+",
        type=path,
        metavar="RUN",
        help="a run by this code, one whose numbers count, others for the rest: quick.json.gz",
    )


def run(options: argparse.Namespace) -> int:
    """Write the class."""
    if options.fit or options.template:
        return _maintain(options)
    from pathlib import Path

    from analysis.course.demo.bundles import Term
    from analysis.course.demo.making import SUBMISSIONS, TRUTH, claim, make
    from analysis.course.demo.students import Recipe
    from bench.bundle import write_atomically
    from bench.course import COURSE_NAME

    _check(options)
    out = Path(options.out)
    course = _course(options.course)
    term = Term(course.nonce, course.preset, options.size, _started(course))
    shares = {name: getattr(options, name) for name in _SHARES}
    recipe = Recipe(options.seed, term, **shares, system=options.roster or "")

    claim(recipe, out)
    text = Path(options.course).read_bytes() if options.course else _COURSE.encode()
    write_atomically(out / COURSE_NAME, text)

    def progress(written: int) -> None:
        streams.say(f"{written:,} of {options.students:,} students")

    processes = options.cores or os.cpu_count() or 1
    make(recipe, options.students, out, processes=processes, progress=progress)
    print(f"{options.students:,} students in {out / SUBMISSIONS}; the truth in {out / TRUTH}")
    return DONE


def _maintain(options: argparse.Namespace) -> int:
    """Write what classes are made from."""
    from pathlib import Path

    from analysis.course.demo import fitting, template, templating, variances
    from analysis.errors import AnalysisError
    from bench.bundle import read, write_atomically

    out = Path(options.out)
    if not out.is_dir():
        raise AnalysisError(f"{out}: there is no such folder; name the one of the data with --out")
    if options.fit:
        runs = [read(Path(run)) for run in options.fit]
        fitted = fitting.fit_sets(runs)
        write_atomically(out / variances.FILE.name, variances.written(fitted))
        numbers = ", ".join(f"{name} from {number}" for name, (number, _) in fitted.items())
        print(f"{out / variances.FILE.name}: {numbers} of {len(runs)} runs")
    if options.template:
        if len(options.template) < 2:
            raise AnalysisError("--template: two runs at least: its shape, and its numbers")
        shape, base, *others = (read(Path(run)) for run in options.template)
        name = f"{template.TEMPLATES[0]}.json.gz"
        write_atomically(out / name, templating.merged(shape, base, others))
        print(out / name)
    return DONE


def _check(options: argparse.Namespace) -> None:
    from analysis.errors import AnalysisError

    if not 1 <= options.students <= _MOST:
        raise AnalysisError(f"--students: 1 to {_MOST:,}")
    if not 0 <= options.seed < 2**63:
        raise AnalysisError("--seed: a whole number from 0 to 2**63 - 1")
    shares = {name: getattr(options, name) for name in _SHARES}
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise AnalysisError(f"--{name}: a share, from 0 to 1")
    if sum(shares.values()) > 1:
        raise AnalysisError("--odd, --faulty and --forged: shares that are 1 together at most")
    if options.cores is not None and not 1 <= options.cores <= 1024:
        raise AnalysisError("--cores: 1 to 1,024")


_COURSE = """\
name = "Data engineering (made up)"
term = "autumn"
nonce = "demo-class"
preset = "quick"
opens = 2026-10-01
due = 2026-11-30
"""


def made_up_course() -> Course:
    """Return the course of a class that is of none."""
    import tomllib

    from bench.course import Course

    return Course.model_validate(tomllib.loads(_COURSE))


def _course(named: str | None) -> Course:
    """Return the course that a class is of.

    Raises:
        CourseError: its file cannot be used.

    """
    from pathlib import Path

    from bench.course import read_course

    return read_course(Path(named)) if named else made_up_course()


def _started(course: Course) -> str:
    """Return when the first runs of a class began."""
    opens = course.opens
    return f"{opens.isoformat()}T08Z" if opens else "2026-10-01T08Z"
