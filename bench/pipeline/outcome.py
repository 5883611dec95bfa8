"""What an experiment found."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from bench.pipeline.configuration import Configuration  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = 100
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


class Spread(BaseModel):
    """How long something took, batch by batch, in us; kept: up to 100 as they came."""

    model_config = ConfigDict(frozen=True)

    mean: float
    p50: float
    p95: float
    p99: float
    max: float
    kept: tuple[int, ...]


def spread(times_ns: Sequence[int]) -> Spread:
    """Return the spread of some times; those that are kept are spaced evenly."""
    ordered = sorted(times_ns)
    last = len(ordered) - 1
    step = max(1, -(-len(times_ns) // _KEPT))
    return Spread(
        mean=fmean(ordered) / 1e3,
        **{name: ordered[round(share * last)] / 1e3 for name, share in _SHARES.items()},
        kept=tuple(round(ns / 1e3) for ns in times_ns[::step]),
    )


class Outcome(BaseModel):
    """What one configuration did in its steady window.

    Times of stages are of a batch, in us; those of storage, decode and transform are worker time,
    handover is from when a batch was made and asked for until the consumer had it. ready_share is
    of batches that were made before they were asked for.
    feeding_tax is the share of the window in which no step ran; gpu_busy is the rest of it. Both
    are None without an accelerator.
    """

    model_config = ConfigDict(frozen=True)

    configuration: Configuration
    codec: str
    batches: int
    seconds: float
    samples_per_s: float
    encoded_bytes_per_s: float | None
    decoded_bytes_per_s: float
    feeding_tax: float | None
    gpu_busy: float | None
    mfu: float | None
    missed_deadlines: float | None
    period_us: Spread
    wait_us: Spread
    transfer_us: Spread | None
    step_us: Spread | None
    asked_step_us: float | None
    stages_us: dict[str, Spread]
    ready_share: float
    first_batch_s: float
    cpu_s: dict[str, float]
    late_share: float
    warnings: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return self.model_dump(mode="json")
