"""Which records of the pipeline were taken while the core ran at its full speed, as for codecs.

The canaries beside a record tell it without looking at the record, so that choosing by them does
not bias the result.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bench.bundle.quality import CPU_OVER_WALL, DRIFT, reference_us

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.bundle.pipeline import Configured, Pipeline

LEAST_CANARIES = 6
"""Beside a record, to judge it by: of fewer, other programs may have interrupted all of a side."""
_LEAST_CALM = 0.5
"""Share of windows that are calm at least, for the others to be left out."""


class Judged(Protocol):
    """A record with canaries beside it."""

    @property
    def repeat(self) -> int:
        """Return the pass."""

    @property
    def canary_us(self) -> Sequence[int]:
        """Return the times of canaries: as many before as after."""


def slowdown(canary_us: Sequence[int], reference: float) -> float:
    """Return how much slower than a reference the core was, before something or after it.

    As a sample is judged: by the slower of both sides.

    Args:
        canary_us: times of the canaries, as many before as after, in us.
        reference: the canary's time at the core's full speed, in us.

    """
    half = len(canary_us) // 2
    sides = (canary_us[:half], canary_us[half:])
    return max(0.0, max(reference_us(side) for side in sides) / reference - 1)


def pass_references_us(pipeline: Pipeline) -> dict[int, float]:
    """Return the reference canary of each pass, in us."""
    canaries: dict[int, list[int]] = defaultdict(list)
    for record in _records(pipeline):
        canaries[record.repeat].extend(record.canary_us)
    return {repeat: reference_us(times) for repeat, times in canaries.items() if times}


def is_disturbed(record: Judged, references: dict[int, float]) -> bool:
    """Whether the core was slowed while a record was taken, or given to others."""
    cpu_share = getattr(record, "cpu_share", None)
    if cpu_share is not None and cpu_share < CPU_OVER_WALL:
        return True
    if len(record.canary_us) < LEAST_CANARIES:
        return False
    return slowdown(record.canary_us, references[record.repeat]) > DRIFT


class CalmPart(NamedTuple):
    """What of a pipeline's record can be calibrated on."""

    pipeline: Pipeline
    """Without windows and stages that were disturbed."""
    disturbed: int
    """Number of windows that were disturbed."""
    windows: int
    """Number of all windows."""

    @property
    def mostly_disturbed(self) -> bool:
        """Whether so many windows were disturbed that none was left out."""
        return self.windows - self.disturbed < _LEAST_CALM * self.windows


def calm_part(pipeline: Pipeline) -> CalmPart:
    """Return a pipeline's record without what was disturbed.

    Where most windows were, they are all kept: what is left would be of a few configurations only.
    Of stages alone, a disturbed record is left out where there is another of the same.
    """
    references = pass_references_us(pipeline)
    windows = [w for record in pipeline.configurations for w in record.windows]
    disturbed = {id(w) for w in windows if is_disturbed(w, references)}
    part = CalmPart(pipeline, len(disturbed), len(windows))
    configurations = pipeline.configurations
    if disturbed and not part.mostly_disturbed:
        configurations = tuple(_without(record, disturbed) for record in configurations)
    stages = {
        name: _calm(getattr(pipeline, name), references, keys) for name, keys in _STAGES.items()
    }
    update = {"configurations": configurations, **stages}
    return part._replace(pipeline=pipeline.model_copy(update=update))


_STAGES = {
    "isolated": ("payload", "size", "codec", "batch"),
    "transforms": ("payload", "size", "batch", "variant"),
    "ipc": ("transport", "tensors", "bytes"),
    "contention": ("payload", "size", "codec", "batch", "decoders"),
    "devices": ("device",),
}
"""Records of stages alone, and what two of the same have in common."""


def _records(pipeline: Pipeline) -> Iterator[Judged]:
    for configured in pipeline.configurations:
        yield from configured.windows
    for name in _STAGES:
        yield from (r for r in getattr(pipeline, name) if not isinstance(r, str))


def _without(record: Configured, disturbed: set[int]) -> Configured:
    kept = tuple(w for w in record.windows if id(w) not in disturbed)
    return record.model_copy(update={"windows": kept})


def _calm(
    records: Sequence[Any], references: dict[int, float], keys: tuple[str, ...]
) -> tuple[Any, ...]:
    """Return records, without the disturbed ones of which there are calm ones."""

    def key(record: Any) -> tuple[object, ...]:
        return tuple(getattr(record, name) for name in keys)

    disturbed = {id(r) for r in records if not isinstance(r, str) and is_disturbed(r, references)}
    calm = {key(r) for r in records if not isinstance(r, str) and id(r) not in disturbed}
    return tuple(r for r in records if id(r) not in disturbed or key(r) not in calm)
