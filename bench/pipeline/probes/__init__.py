"""Probes that measure a stage in isolation. `PROBES` is the only list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from bench.pipeline.probes import contention, device, idle, ipc, isolated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession


class StageProbe(Protocol):
    """Measures a stage for some configurations, each thing for so many seconds."""

    def __call__(
        self, session: PipelineSession, configurations: Sequence[Configuration], seconds: float
    ) -> Iterable[Any]:
        """Yield records of `bench.bundle.Pipeline`."""


PROBES: Mapping[str, StageProbe] = {
    "idle_uw": idle.probe,
    "isolated": isolated.probe,
    "ipc": ipc.probe,
    "contention": contention.probe,
    "devices": device.probe,
}
"""By the name of their records in `bench.bundle.Pipeline`."""
