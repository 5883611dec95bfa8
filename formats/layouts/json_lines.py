"""JSON, canonical: an object a sample, one a line (JSON Lines), a key a field.

A scalar field is a number, any other a flat array in row-major order; no spaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from formats.errors import DecodeError
from formats.layouts.model import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from formats.batch import Batch
    from formats.payloads import Payload

LAYOUT = Layout("json", "lines", canonical=True)


def to_objects(payload: Payload, batch: Batch) -> Iterator[dict[str, Any]]:
    """Yield each sample as the object that a line holds."""
    columns = [
        batch[field.name].reshape(-1, field.width).tolist()
        if field.shape
        else batch[field.name].tolist()
        for field in payload.fields
    ]
    for values in zip(*columns, strict=True):
        yield dict(zip(payload.field_names, values, strict=True))


def from_values(payload: Payload, values: dict[str, list[Any]], samples: int) -> Batch:
    """Build a batch from the values of each field, flat and in order.

    Raises:
        DecodeError: a field does not hold as many values as its samples need.

    """
    batch = {}
    for field in payload.fields:
        flat = values[field.name]
        if len(flat) != samples * field.width:
            raise DecodeError(
                f"json/lines: {samples} samples of {field.name!r} need "
                f"{samples * field.width} values, found {len(flat)}"
            )
        batch[field.name] = np.array(flat, dtype=field.dtype).reshape(samples, *field.shape)
    return batch
