"""A field of a sample as opaque bytes, for layouts that carry it so: base64, bytes, PNG."""

from __future__ import annotations

import io
import struct
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


def is_picture(payload: Payload) -> bool:
    """Tell whether a sample is one picture, which PNG can hold."""
    (field, *others) = payload.fields
    return not others and field.dtype == "uint8" and len(field.shape) == 3 and field.shape[2] == 3


def to_png(field: Field, pixels: NDArray[np.uint8]) -> list[bytes]:
    """Return each picture of a batch, shape (n, height, width, 3), as PNG.

    zlib's lowest level: a data set is written once, but nobody waits three times as long for 5 %.
    """
    from PIL import Image

    cells = []
    for picture in pixels:
        sink = io.BytesIO()
        Image.fromarray(picture.reshape(field.shape), "RGB").save(sink, "png", compress_level=1)
        cells.append(sink.getvalue())
    return cells


def from_png(field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int) -> None:
    """Decode one PNG into a picture, shape (height, width, 3).

    Raises:
        DecodeError: it is no such PNG; nothing of another size is unpacked.

    """
    from PIL import Image

    height, width, _ = field.shape
    _require_pixels_alone(cell, height, width, row)
    try:
        with Image.open(io.BytesIO(cell), formats=["png"]) as picture:
            if picture.size != (width, height) or picture.mode != "RGB":
                raise DecodeError(
                    f"row {row}: a picture of {picture.size}, {picture.mode}; "
                    f"expected {(width, height)}, RGB"
                )
            target[:] = np.asarray(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise DecodeError(f"row {row}: {field.name} is not a PNG: {error}") from error


def _require_pixels_alone(cell: bytes | memoryview, height: int, width: int, row: int) -> None:
    """Check a PNG's header, and that nothing else in it is compressed: text may be a bomb too."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    if cell[: len(head)] != head:
        raise DecodeError(f"row {row}: not a PNG of {width} x {height} pixels, 8 bits a color, RGB")
    position = len(head) + 4
    while position < len(cell):
        name = bytes(cell[position + 4 : position + 8])
        if name in {b"IHDR", b"iCCP", b"iTXt", b"zTXt"}:
            raise DecodeError(f"row {row}: a PNG with a chunk {name.decode()}, which may be a bomb")
        position += 12 + int.from_bytes(cell[position : position + 4], "big")
        if name == b"IEND" and position <= len(cell):
            return
    raise DecodeError(f"row {row}: a PNG of {len(cell)} bytes that ends within a chunk")
