"""The batch: the arrays in which every decode ends."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from formats.payloads import Payload

Batch: TypeAlias = dict[str, NDArray[Any]]
"""One array a field, shape (samples, *field.shape), dtype field.dtype, C-contiguous and owned."""


def owned(array: NDArray[Any]) -> bool:
    """Tell whether NumPy itself owns the memory below an array, through however many views."""
    base: object = array
    while isinstance(base, np.ndarray):
        if base.base is None:
            return bool(base.flags.owndata)
        base = base.base
    return False


def mismatch(payload: Payload, batch: Batch, expected: Batch) -> str | None:
    """Say how a decoded batch breaks the contract, or return None where it is the expected one.

    The contract: the payload's fields in order, bit for bit the expected values, in arrays that are
    owned, writable and contiguous, so that a training step may keep and change them.
    """
    if list(batch) != list(payload.field_names):
        return f"fields {list(batch)}, expected {list(payload.field_names)}"
    for field in payload.fields:
        array, wanted = batch[field.name], expected[field.name]
        if array.dtype != np.dtype(field.dtype):
            return f"{field.name}: dtype {array.dtype}, expected {field.dtype}"
        if array.shape != (len(wanted), *field.shape):
            return f"{field.name}: shape {array.shape}, expected {(len(wanted), *field.shape)}"
        if not (array.flags.c_contiguous and array.flags.writeable and owned(array)):
            return f"{field.name}: not an owned, writable, contiguous array"
        if not np.array_equal(array, wanted):
            return f"{field.name}: {int(np.count_nonzero(array != wanted))} values differ"
    return None


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
