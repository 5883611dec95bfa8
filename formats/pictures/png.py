"""PNG, by Pillow."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np

from formats.errors import DecodeError
from formats.pictures.coding import Coding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Field


def write(field: Field, pixels: NDArray[np.uint8]) -> list[bytes]:
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


def read(field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int) -> None:
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


PNG = Coding("PNG", write, read)
