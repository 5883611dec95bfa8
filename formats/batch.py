"""The batch: the arrays in which every decode ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from formats.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads.sample import Batch, Field, Payload


def owned(array: NDArray[Any]) -> bool:
    """Tell whether NumPy itself owns the memory below an array, through however many views."""
    base: object = array
    while isinstance(base, np.ndarray):
        if base.base is None:
            return bool(base.flags.owndata)
        base = base.base
    return False


def memory_limit(encoded_bytes: int) -> int:
    """Return how many bytes a decode may take at the most, its result included.

    Text takes the most: a value of two characters becomes a Python object in the careful paths.
    Compressed bytes may hold a thousand times their number, and more if nobody forbids it.
    """
    return (64 << 20) + 256 * encoded_bytes


def blank(payload: Payload, samples: int, encoded_bytes: int, out: Batch | None = None) -> Batch:
    """Return arrays to fill: those of `out` if they are right, or new ones.

    Raises:
        DecodeError: the samples would take more than a quarter of the memory that a decode of so
            many encoded bytes may take.

    """
    if samples * payload.sample_bytes > memory_limit(encoded_bytes) // 4:
        raise DecodeError(
            f"{encoded_bytes} bytes claim to hold {samples} samples of {payload.sample_bytes} "
            "bytes, more than is believable"
        )
    if out is not None and misfit(payload, out) is None and _samples(payload, out) == samples:
        return out
    return {
        field.name: np.empty((samples, *field.shape), dtype=field.dtype) for field in payload.fields
    }


def put(field: Field, target: NDArray[Any], values: NDArray[Any], before: int = 0) -> None:
    """Copy numbers into an array of a field, or part of one, of as many values.

    before: how many values of the field come before these, so that a row can be named.

    Raises:
        DecodeError: the values are not whole numbers, too few or too many, or out of range.

    """
    if values.size != target.size:
        raise DecodeError(f"{field.name}: {values.size} values, expected {target.size}")
    if values.dtype.kind not in "iu":
        raise DecodeError(f"{field.name}: {values.dtype} values, expected whole numbers")
    if values.size and not np.can_cast(values.dtype, target.dtype):
        least, most = int(values.min()), int(values.max())
        info = np.iinfo(target.dtype)
        if least < info.min or most > info.max:
            wrong = least if least < info.min else most
            row = (before + int(np.argmax(values.reshape(-1) == wrong))) // field.width
            raise DecodeError(f"{field.name}: {wrong} in row {row} does not fit {field.dtype}")
    np.copyto(target, values.reshape(target.shape), casting="unsafe")


def _samples(payload: Payload, batch: Batch) -> int:
    return len(batch[payload.fields[0].name])


def misfit(payload: Payload, batch: Batch) -> str | None:
    """Say how arrays are not a batch of a payload, whatever their values; None where they are."""
    if list(batch) != list(payload.field_names):
        return f"fields {list(batch)}, expected {list(payload.field_names)}"
    samples = _samples(payload, batch)
    for field in payload.fields:
        array = batch[field.name]
        if array.dtype != field.dtype:
            return f"{field.name}: dtype {array.dtype}, expected {field.dtype}"
        if array.shape != (samples, *field.shape):
            return f"{field.name}: shape {array.shape}, expected {(samples, *field.shape)}"
        if not (array.flags.c_contiguous and array.flags.writeable and owned(array)):
            return f"{field.name}: not an owned, writable, contiguous array"
    return None


def mismatch(payload: Payload, batch: Batch, expected: Batch) -> str | None:
    """Say how a decoded batch breaks the contract, or return None where it is the expected one.

    The contract: the payload's fields in order, bit for bit the expected values, in arrays that are
    owned, writable and contiguous, so that a training step may keep and change them.
    """
    wrong = misfit(payload, batch)
    if wrong:
        return wrong
    for name, wanted in expected.items():
        array = batch[name]
        if array.shape != wanted.shape:
            return f"{name}: shape {array.shape}, expected {wanted.shape}"
        if not np.array_equal(array, wanted):
            return f"{name}: {int(np.count_nonzero(array != wanted))} values differ"
    return None
