"""The idle power that the machine's energy meters show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import energy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession

_MIN_S = 1.0
"""Shortest time to measure: meters count in steps of up to a tenth of it."""


def probe(
    session: PipelineSession, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, int] | str]:
    """Yield the idle power in uW by meter, or `no meter: reason`."""
    del session, configurations
    meters = energy.find()
    yield meters if isinstance(meters, str) else energy.idle_uw(meters, max(_MIN_S, seconds))
