"""One configuration, measured again where the core was slowed meanwhile."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bench.bundle import DRIFT, reference_us, slowdown
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.pipeline.configuration import Configuration

CANARIES = 10
"""Before a window, and after: 10 ms each time. Other programs disturb some, a slow core all."""
_LEAST_PATIENCE_S, _PATIENCE = 10.0, 3
"""A disturbed window is measured again for so long, or for so many times its length."""
_MOST_HELD_UP = 5
"""Windows in which something stood still, one after another, before that is told."""


class Process(Protocol):
    """What runs a configuration: `bench.pipeline.client.PipelineProcess`."""

    lost_s: float
    """Time of the last window in which it could not run."""

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
    lost_s: float = 0.0
    """Time of the window in which the machine, or a process, stood still."""
    slowed_by: tuple[str, ...] = ()
    """What slows the process from outside, whatever the window."""

    @property
    def disturbed(self) -> bool:
        """Whether the core was slower than a run takes for calm, or something stood still."""
        return self.slowdown > DRIFT or self.lost_s > 0 or bool(self.slowed_by)

    @property
    def warning(self) -> str | None:
        """What to say of a disturbed window; None: it was calm."""
        if not self.disturbed:
            return None
        if self.slowed_by:
            return (
                f"not to be trusted: the process is slowed by {'; '.join(self.slowed_by)}; see "
                "docs/how-to/quiet-numbers.md"
            )
        if self.lost_s:
            return (
                f"not to be trusted: the machine, or a process of ours, stood still for "
                f"{self.lost_s:.1f} s in each of {counted(self.windows, 'window')}; run it again"
            )
        among = f"the calmest of {self.windows} windows" if self.windows > 1 else "the window"
        return (
            f"not to be trusted: the core was slowed by {percent(self.slowdown)} in {among}; try "
            "again later, or see docs/how-to/quiet-numbers.md"
        )


def run_experiment(
    process: Process,
    configuration: Configuration,
    clock_s: Callable[[], float] = time.monotonic,
    slowed_by: tuple[str, ...] = (),
) -> Experiment:
    """Measure a configuration until its core was calm, or for as long as there is patience.

    Windows are chosen by their canaries alone, so that the choice does not bias what is measured;
    one in which something stood still is measured again, whatever its canaries say.

    Args:
        process: runs it.
        configuration: what to run.
        clock_s: a clock that does not go on while nobody runs.
        slowed_by: what slows the process from outside.

    Raises:
        BenchError: it cannot be measured.

    """
    end_s = clock_s() + max(_LEAST_PATIENCE_S, _PATIENCE * configuration.seconds)
    measured: list[dict[str, Any]] = []
    started_us: int | None = None
    for count in itertools.count(1):
        window = process.measure(configuration, canaries=CANARIES)
        # Workers are started for the first one only.
        started_us = window["window"]["started_us"] if count == 1 else started_us
        if process.lost_s and count < _MOST_HELD_UP:
            continue
        if process.lost_s and not measured:
            return Experiment(window, count, 0.0, process.lost_s, slowed_by)
        if not process.lost_s:
            measured.append(window)
        canaries = [one["window"]["canary_us"] for one in measured]
        # The core's full speed shows the better the more has been measured.
        reference = reference_us(us for window in canaries for us in window)
        slowed = [slowdown(window, reference) for window in canaries]
        calmest = min(range(len(measured)), key=slowed.__getitem__)
        if slowed[calmest] <= DRIFT or clock_s() >= end_s:
            break
    chosen = measured[calmest]
    around = {**chosen["window"], "started_us": started_us}
    return Experiment(
        {**chosen, "window": around}, len(measured), slowed[calmest], slowed_by=slowed_by
    )
