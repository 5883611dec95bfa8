"""CSV, canonical: a header, then a sample a line, a column a value, decimal integers (RFC 4180).

Commas, no quotes, no spaces, every line ended by a line feed alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.layouts.model import Layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.batch import Batch
    from formats.payloads import Payload

LAYOUT = Layout("csv", "rows", canonical=True)


def header(payload: Payload) -> list[str]:
    """Return the column names: a scalar field's name, or name_0, name_1, ... in row-major order."""
    return [
        name
        for field in payload.fields
        for name in (
            [f"{field.name}_{index}" for index in range(field.width)]
            if field.shape
            else [field.name]
        )
    ]


def to_matrix(payload: Payload, batch: Batch) -> NDArray[np.int64]:
    """Lay the values of a batch out as the table, shape (samples, columns)."""
    parts = [batch[field.name].reshape(-1, field.width) for field in payload.fields]
    return np.concatenate(parts, axis=1, dtype=np.int64)


def from_matrix(payload: Payload, matrix: NDArray[Any]) -> Batch:
    """Cut the table back into fields; each gets an array of its own."""
    edges = np.cumsum([0, *(field.width for field in payload.fields)])
    return {
        field.name: matrix[:, start:stop].astype(field.dtype).reshape(-1, *field.shape)
        for field, (start, stop) in zip(payload.fields, pairwise(edges), strict=True)
    }
