"""What the lab was started with, for its server, its app and all open pages, in one process."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.model.machine import Machine
    from bench.bundle import Bundle
    from bench.course import Course

REFERENCE = "reference.json.gz"
"""A run that is shipped, for whoever has not measured a machine yet."""


@dataclass(frozen=True)
class LabOptions:
    """What a user, and the user's course, ask of the lab."""

    run: Path | None
    """The bundle of a run; None: the reference."""
    ledger: Path
    """The file of locks and tries; it may be new."""
    course: Course | None
    """None: there is no course."""
    is_reference: bool
    """Whether it is another machine's run that is shown."""
    course_file: Path | None = None
    """Where the course was named; None: it lies where the lab was started, or there is none."""


_lock = threading.RLock()
_options: LabOptions | None = None


def configure(chosen: LabOptions) -> None:
    """Set what the lab of this process works on, before it is served."""
    global _options  # noqa: PLW0603 - marimo imports an app by itself, and passes it nothing
    with _lock:
        _options = chosen
        _machine.cache_clear()


def options() -> LabOptions:
    """Return what the lab of this process works on.

    Raises:
        AnalysisError: nothing was set.

    """
    if _options is None:
        raise AnalysisError("the lab is started by python -m analysis lab, not by marimo")
    return _options


@cache
def _machine() -> Machine:
    from analysis.model.machine import Machine
    from bench.bundle import PIPELINE, read
    from hardware_profiles.catalogue import catalogue

    run = options().run
    bundle = reference() if run is None else read(run, PIPELINE)
    return Machine(bundle, catalogue())


def machine() -> Machine:
    """Return the machine that the lab shows, read and calibrated once for all pages.

    Raises:
        AnalysisError: nothing was set, or its run cannot be calibrated on.
        BundleError: its run cannot be used.

    """
    with _lock:
        chosen = _machine()
        _ = chosen.calibration
        return chosen


def reference() -> Bundle:
    """Return the run that is shipped."""
    from bench.bundle import parse

    packed = (files("analysis.lab") / REFERENCE).read_bytes()
    return parse(gzip.decompress(packed), "the reference run")
