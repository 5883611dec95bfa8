"""JSON's layouts: no spaces; keys are the fields, in order.

Canonical: an object a sample, one a line (JSON Lines); a scalar field is a number, any other a flat
array in row-major order.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.batch import blank, put
from formats.codec import Layout
from formats.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload


@dataclass(frozen=True, kw_only=True)
class JsonLayout(Layout):
    """A layout of JSON."""

    format: str = "json"


LINES = JsonLayout(name="lines", summary="an object a sample, a number a value", canonical=True)
BASE64 = JsonLayout(
    name="base64", summary="an object a sample, a string a field: the base64 of its bytes"
)
FLAT = JsonLayout(name="flat", summary="one object a batch, one array of all numbers a field")


def text_of(data: bytes) -> bytes:
    """Return a file without the mark of its byte order that some programs write."""
    return data.removeprefix(b"\xef\xbb\xbf")


def lines_of(data: bytes) -> list[bytes]:
    """Return the lines of a file; a carriage return is a space to a parser of JSON."""
    lines = text_of(data).split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def lacks(document: Any, name: str) -> str:
    """Say why a parsed document has no value under a key."""
    if isinstance(document, dict):
        return f"no key {name!r}"
    return f"not an object but {'an array' if isinstance(document, list) else 'a value'}"


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


def flat_object(payload: Payload, batch: Batch) -> dict[str, NDArray[Any]]:
    """Return the object of a whole batch: an array of all numbers a field."""
    return {field.name: np.ascontiguousarray(batch[field.name]).ravel() for field in payload.fields}


def as_integers(field: Field, values: Any, line: int | None = None) -> NDArray[np.int64]:
    """Return parsed JSON numbers as an array.

    NumPy alone would make room for the longest text among them, as often as there are values.

    Raises:
        DecodeError: they are not a flat list of whole numbers that fit 64 bits.

    """
    try:
        return np.asarray(array("q", values))
    except (TypeError, OverflowError) as error:
        place = "" if line is None else f"line {line}: "
        raise DecodeError(f"{place}{field.name}: not a list of whole numbers: {error}") from error


def from_values(
    payload: Payload,
    values: dict[str, list[Any]],
    samples: int,
    encoded_bytes: int,
    out: Batch | None,
) -> Batch:
    """Build a batch from the values of each field, flat and in order."""
    batch = blank(payload, samples, encoded_bytes, out)
    for field in payload.fields:
        put(field, batch[field.name], as_integers(field, values[field.name]))
    return batch


def samples_of(payload: Payload, counts: dict[str, int]) -> int:
    """Return how many samples a flat object holds, by the number of values of each field.

    Raises:
        DecodeError: a field does not hold whole samples, or fields hold a different number.

    """
    sizes = set()
    for field in payload.fields:
        samples, rest = divmod(counts[field.name], field.width)
        if rest:
            raise DecodeError(
                f"{field.name}: {counts[field.name]} values do not make samples of {field.width}"
            )
        sizes.add(samples)
    if len(sizes) > 1:
        raise DecodeError(f"the fields hold {sorted(sizes)} samples")
    return sizes.pop()
