"""A field of a sample as opaque bytes, for layouts that carry it so, such as base64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats.batch import blank
from formats.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload


def as_bytes(field: Field, array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """View samples of a field, shape (n, *shape), as little-endian bytes, shape (n, bytes)."""
    kind = np.dtype(field.dtype).newbyteorder("<")
    return np.ascontiguousarray(array, dtype=kind).view(np.uint8).reshape(-1, field.sample_bytes)


def to_cells(payload: Payload, batch: Batch) -> Iterator[list[bytes]]:
    """Yield each sample as the bytes of its fields."""
    columns = [as_bytes(field, batch[field.name]) for field in payload.fields]
    for row in zip(*columns, strict=True):
        yield [cell.tobytes() for cell in row]


def from_cells(
    payload: Payload, rows: Sequence[Sequence[bytes]], encoded_bytes: int, out: Batch | None
) -> Batch:
    """Build a batch of the bytes of each field of each sample.

    Raises:
        DecodeError: a row has too few or too many cells, or a cell too few or too many bytes.

    """
    batch = blank(payload, len(rows), encoded_bytes, out)
    targets = [as_bytes(field, batch[field.name]) for field in payload.fields]
    for number, row in enumerate(rows):
        if len(row) != len(targets):
            raise DecodeError(f"row {number}: {len(row)} fields, expected {len(targets)}")
        for field, target, cell in zip(payload.fields, targets, row, strict=True):
            if len(cell) != field.sample_bytes:
                raise DecodeError(
                    f"row {number}: {field.name} has {len(cell)} bytes, "
                    f"expected {field.sample_bytes}"
                )
            target[number] = np.frombuffer(cell, dtype=np.uint8)
    return batch
