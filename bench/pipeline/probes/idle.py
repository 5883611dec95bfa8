"""The power that the machine's meters show while this process does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import energy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import Session


def probe(
    session: Session, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, int] | str]:
    """Yield microwatts by meter, or `no meter: reason`."""
    del session, configurations
    meters = energy.find()
    yield meters if isinstance(meters, str) else energy.idle_uw(meters, max(1.0, seconds))
