"""Other values in the same fields: what formats make of them differs more than their shapes do.

A payload's usual values are realistic. These are the cases beside them: data that repeat (a
dictionary or a compressor lives on them), data in order, and numbers as wide as their dtype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from formats.payloads.sample import Batch, Change, Payload
    from formats.payloads.stream import Stream

_DISTINCT = 4
"""Different samples in a batch whose values repeat themselves."""


def _repetitive(_: Payload, batch: Batch, stream: Stream) -> Batch:
    """Draw every sample from the first few."""
    samples = len(next(iter(batch.values())))
    chosen = stream.below(min(_DISTINCT, samples), samples)
    return {name: array[chosen] for name, array in batch.items()}


def _sorted(_: Payload, batch: Batch, __: Stream) -> Batch:
    """Sort each value of a sample over the samples, as a sorted table's column is."""
    return {name: np.sort(array, axis=0) for name, array in batch.items()}


def _wide(payload: Payload, batch: Batch, stream: Stream) -> Batch:
    """Draw values over the whole range of each field, all equally often."""
    wide = {}
    for field in payload.fields:
        low, high = field.bounds
        offsets = stream.uint64(*batch[field.name].shape) % np.uint64(high - low + 1)
        wide[field.name] = (offsets.astype(np.int64) + low).astype(field.dtype)
    return wide


VALUES: dict[str, Change] = {
    "repetitive": _repetitive,
    "sorted": _sorted,
    "wide": _wide,
}
"""By name: the transformation of a batch of the payload's usual values."""
