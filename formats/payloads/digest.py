"""Which data a batch is: a hash that is the same on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from formats.payloads.sample import Batch, Payload


def digest(payload: Payload, batch: Batch) -> str:
    """Return the SHA-256 of a batch: names, dtypes, shapes, little-endian values, in field order.

    The same on every machine, so that a bundle proves which data were measured.
    """
    state = hashlib.sha256()
    for field in payload.fields:
        array = batch[field.name]
        state.update(f"{field.name}:{field.dtype}:{array.shape};".encode())
        state.update(array.astype(np.dtype(field.dtype).newbyteorder("<")).tobytes())
    return state.hexdigest()
