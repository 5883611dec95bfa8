"""One configuration, measured again where the core was slowed meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bench.bundle import DRIFT, reference_us
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.pipeline.configuration import Configuration

CANARIES = 10
"""Before a window, and after: 10 ms each time. Other programs disturb some, a slow core all."""
_LEAST_PATIENCE_S, _PATIENCE = 10.0, 3
"""A disturbed window is measured again for so long, or for so many times its length."""


class Process(Protocol):
    """What runs a configuration: `bench.pipeline.client.PipelineProcess`."""

    def measure(
        self, configuration: Configuration, kept: int = 100, canaries: int = 1
    ) -> dict[str, Any]:
        """Run it; return what `PipelineSession.measure` does."""


@dataclass(frozen=True)
class Experiment:
    """The calmest window of a configuration."""

    measured: dict[str, Any]
    """What `PipelineSession.measure` returned."""
    windows: int
    """How many were measured."""
    slowdown: float
    """How much slower than at its full speed the core was before the window or after it."""

    @property
    def disturbed(self) -> bool:
        """Whether the core was slower than a run takes for calm."""
        return self.slowdown > DRIFT

    @property
    def warning(self) -> str | None:
        """What to say of a disturbed window; None: it was calm."""
        if not self.disturbed:
            return None
        among = f"the calmest of {self.windows} windows" if self.windows > 1 else "the window"
        return (
            f"not to be trusted: the core was slowed by {percent(self.slowdown)} in {among}; try "
            "again later, or see docs/how-to/quiet-numbers.md"
        )


def slowdown(canary_us: Sequence[int], reference: float) -> float:
    """Return how much slower than a reference the core was, before a window or after it.

    As `bench.bundle.quality` judges a sample: by the slower of both sides.

    Args:
        canary_us: times of the canaries, as many before the window as after it, in us.
        reference: the canary's time at the core's full speed, in us.

    """
    half = len(canary_us) // 2
    sides = (canary_us[:half], canary_us[half:])
    return max(0.0, max(reference_us(side) for side in sides) / reference - 1)


def run_experiment(
    process: Process,
    configuration: Configuration,
    clock_s: Callable[[], float] = time.monotonic,
) -> Experiment:
    """Measure a configuration until its core was calm, or for as long as there is patience.

    Windows are chosen by their canaries alone, so that the choice does not bias what is measured.

    Raises:
        BenchError: it cannot be measured.

    """
    end_s = clock_s() + max(_LEAST_PATIENCE_S, _PATIENCE * configuration.seconds)
    measured: list[dict[str, Any]] = []
    while True:
        measured.append(process.measure(configuration, canaries=CANARIES))
        canaries = [one["window"]["canary_us"] for one in measured]
        # The core's full speed shows the better the more has been measured.
        reference = reference_us(us for window in canaries for us in window)
        slowed = [slowdown(window, reference) for window in canaries]
        calmest = min(range(len(measured)), key=slowed.__getitem__)
        if slowed[calmest] <= DRIFT or clock_s() >= end_s:
            break
    chosen = measured[calmest]
    # Workers are started for the first one only.
    started_us = measured[0]["window"]["started_us"]
    window = {**chosen["window"], "started_us": started_us}
    return Experiment({**chosen, "window": window}, len(measured), slowed[calmest])
