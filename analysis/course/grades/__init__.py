"""Grades as systems take them: a module a system; `SYSTEMS` is the only list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.course.grades import canvas, moodle, plain, ucsc

if TYPE_CHECKING:
    from analysis.course.grades.system import System

SYSTEMS: dict[str, System] = {each.NAME: each for each in (canvas, moodle, ucsc, plain)}
"""By the name that `--grades` takes."""
