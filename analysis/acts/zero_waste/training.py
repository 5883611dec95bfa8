"""The learning curve of a run, as the act needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from bench.bundle import Part, lacking

if TYPE_CHECKING:
    from analysis.acts.zero_waste.learned import Curve
    from analysis.model.machine import Machine


def curve_of(machine: Machine) -> Curve:
    """Return the learning curve of a run.

    Raises:
        AnalysisError: nothing was trained in it; it says what trains.

    """
    missing = lacking(machine.bundle, [Part.LEARNING])
    raise AnalysisError(missing[0] if missing else "learning: no curve is fitted yet")
