"""`python -m analysis lab`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import (
    add_course,
    add_ledger,
    add_run,
    course_of,
    ledger_of,
    path_of,
)
from hardware_profiles import streams
from hardware_profiles.command_line import DONE

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

NAME = "lab"
SUMMARY = "Open the lab in the browser: predict, try, measure, and defend a decision."
EXAMPLES = """\
  python -m analysis lab                          on your last run, or on one that is shipped
  python -m analysis lab runs/one --course course.toml
  python -m analysis lab --no-browser --port 8000
"""
MAINTAINERS = False

_NEEDED = ("marimo", "anywidget", "uvicorn")
_PATIENCE_S = 1.5
"""Given to what is being measured, to end with the lab; then it is ended."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    add_ledger(parser)
    add_course(parser)
    parser.add_argument(
        "--port",
        type=port,
        metavar="N",
        help="serve the lab at it; 0: at any (default: 2804, or the next that is free)",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address, and open nothing"
    )


def port(text: str) -> int:
    """Read a port; argparse names this function where it cannot."""
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise ValueError(text)
    return number


def run(options: argparse.Namespace) -> int:
    """Read all that the lab rests on, then serve it until Ctrl-C."""
    from importlib import import_module
    from pathlib import Path

    from analysis.ledger import known

    _require_installed()
    ledger = ledger_of(options)
    known.read(ledger)
    course = course_of(options)
    chosen = _run_of(options.run)

    from analysis.lab import settings
    from analysis.lab.children import end_all
    from analysis.lab.server import serve

    settings.configure(
        settings.LabOptions(
            run=chosen,
            ledger=ledger,
            course=course,
            is_reference=chosen is None,
            course_file=Path(options.course) if options.course else None,
        )
    )
    # Before any page asks for them.
    settings.machine()
    import_module("analysis.lab.page")
    try:
        serve(
            Path(settings.__file__).with_name("app.py"),
            options.port,
            open_browser=not options.no_browser,
            say=streams.say,
            title=course.lab.title if course else None,
        )
    finally:
        end_all(_PATIENCE_S)
    return DONE


def _require_installed() -> None:
    """Raise where a library of the lab is not installed.

    Raises:
        AnalysisError: it says how it is.

    """
    from importlib.util import find_spec

    from analysis.errors import AnalysisError

    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise AnalysisError(
            f"the lab needs {' and '.join(missing)}, not installed here; nox -s lab installs all "
            "that it needs, and so does: pip install -c constraints.txt -e '.[lab]'"
        )


def _run_of(named: str | None) -> Path | None:
    """Return the bundle of a run; None: no run is named, and none is there that will do.

    Of runs in runs/, the last one with classifiers is taken, which all acts can be shown on.

    Raises:
        BundleError: it is named, and cannot be used.

    """
    from bench.bundle import PIPELINE, RUNS, BundleError, Part

    if named:
        return path_of(named, PIPELINE)
    reason = ""
    for needs in ((*PIPELINE, Part.LEARNING, Part.DOORBELL), PIPELINE):
        try:
            return path_of(None, needs)
        except BundleError as error:
            reason = f" ({' '.join(str(error).split())})" if any(RUNS.glob("*")) else ""
    streams.say(
        "no run of yours can be used, so that the lab opens on another machine, measured for you; "
        f"nox -s bench takes one{reason}"
    )
    return None
