"""Probes that measure a stage in isolation: a module each, and `PROBES` the only list."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession

PROBES: dict[str, str] = {
    "idle_uw": "bench.pipeline.probes.idle",
    "isolated": "bench.pipeline.probes.isolated",
    "transforms": "bench.pipeline.probes.transforms",
    "ipc": "bench.pipeline.probes.ipc",
    "contention": "bench.pipeline.probes.contention",
    "devices": "bench.pipeline.probes.device",
}
"""By the name of their records in `bench.bundle.Pipeline`, in order; imported when they are used,
since they import torch."""


class StageProbe(Protocol):
    """Measures a stage for some configurations, each thing for so many seconds."""

    def __call__(
        self, session: PipelineSession, configurations: Sequence[Configuration], seconds: float
    ) -> Iterable[Any]:
        """Yield records of `bench.bundle.Pipeline`."""


def stage_probe(name: str) -> StageProbe:
    """Return the probe of some records, which is what its module calls `probe`."""
    return cast("StageProbe", import_module(PROBES[name]).probe)
