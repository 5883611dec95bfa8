"""The stages that are measured alone. `PROBES` is the only list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from bench.pipeline.probes import contention, device, idle, ipc, isolated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import Session


class StageProbe(Protocol):
    """Measures a stage for a few configurations, each thing for so many seconds."""

    def __call__(
        self, session: Session, configurations: Sequence[Configuration], seconds: float
    ) -> Iterable[Any]:
        """Yield records of the bundle."""


PROBES: Mapping[str, StageProbe] = {
    "idle_uw": idle.probe,
    "isolated": isolated.probe,
    "ipc": ipc.probe,
    "contention": contention.probe,
    "devices": device.probe,
}
"""By the name that the bundle's `pipeline` has it under."""
