"""JPEG, by Pillow: the reference, which is libjpeg's accurate integer transform.

Source: ITU-T T.81 (1992), annex B, for the markers.
"""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING

import numpy as np

from formats.errors import DecodeError
from formats.pictures.coding import Coding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Field

QUALITY = 90
"""Of libjpeg's scale; colour at half the resolution each way (4:2:0), as is usual."""
MOST_SCANS = 100
"""Of a progressive picture. Usual ones have about ten; each goes over the whole picture again."""

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of a frame: its size, and how it is coded."""
_HUFFMAN = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive"}
"""Those of frames that all libraries read."""
_ALONE = {0x01, *range(0xD0, 0xDA)}
"""Markers without a length; none of them stands before the first scan."""
_SCANS = re.compile(rb"\xff\xda")
_heads: dict[tuple[int, ...], bytes] = {}
"""By shape: all up to the scan of the last picture that was right and has one scan. One encoder
writes the same for all pictures of a size, which then need not be gone through again."""


def write(field: Field, pixels: NDArray[np.uint8]) -> list[bytes]:
    """Return each picture of a batch, shape (n, height, width, 3), as JPEG of `QUALITY`."""
    from PIL import Image

    cells = []
    for picture in pixels:
        sink = io.BytesIO()
        image = Image.fromarray(picture.reshape(field.shape), "RGB")
        image.save(sink, "jpeg", quality=QUALITY, subsampling="4:2:0")
        cells.append(sink.getvalue())
    return cells


def read(field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int) -> None:
    """Decode one JPEG into a picture, shape (height, width, 3); one in grey has equal channels.

    By Pillow's decoder alone, without what it makes of other things in a file, such as Exif: a
    picture is as it is stored, and not turned.

    Raises:
        DecodeError: it is no such JPEG.

    """
    from PIL import Image

    height, width, _ = field.shape
    require(field, cell, row)
    try:
        picture = Image.frombytes("RGB", (width, height), bytes(cell), "jpeg", "RGB", "")
    except (OSError, ValueError) as error:
        raise DecodeError(f"row {row}: {field.name} is not a JPEG: {error}") from error
    target[:] = np.asarray(picture)


def require(field: Field, cell: bytes | memoryview, row: int) -> None:
    """Check what the headers of a JPEG say, before anybody unpacks it.

    Raises:
        DecodeError: it is of another size or kind, is cut off, or has too many scans.

    """
    head = _heads.get(field.shape, b"")
    if head and bytes(cell[: len(head)]) == head and cell[-2:] == _END:
        return
    try:
        _check(field, cell)
    except DecodeError as error:
        raise DecodeError(f"row {row}: {field.name} is not a JPEG that is read: {error}") from error


def _check(field: Field, cell: bytes | memoryview) -> None:
    """Go from marker to marker up to the first scan."""
    if cell[:2] != _BEGIN or cell[-2:] != _END:
        raise DecodeError(f"its {len(cell)} bytes do not begin and end as those of one do")
    kind, channels, place = 0, 0, 2
    while place + 10 < len(cell):
        marker, size = cell[place + 1], int.from_bytes(cell[place + 2 : place + 4], "big")
        if cell[place] != 0xFF or marker in _ALONE or (size < 2 and marker != 0xFF):
            raise DecodeError(f"its byte {place} begins no part of one")
        if marker == _SCAN:
            if not kind:
                raise DecodeError("it has no frame")
            if _HUFFMAN[kind] == "progressive" or cell[place + 4] != channels:
                _check_scans(cell, place)
            else:  # it has just this one
                _heads[field.shape] = bytes(cell[: place + 2 + size])
            return
        if marker in _FRAMES:
            if kind:
                raise DecodeError("it has two frames")
            kind, channels = marker, _check_frame(field, marker, cell[place + 4 : place + 10])
        # Any number of 0xFF may stand before a marker.
        place += 1 if marker == 0xFF else 2 + size
    raise DecodeError("it has no scan")


def _check_frame(field: Field, kind: int, header: bytes | memoryview) -> int:
    """Return a frame's number of channels; it must have the size of the field."""
    if kind not in _HUFFMAN:
        raise DecodeError(f"its frame is of kind {kind - 0xC0}, not {', '.join(_HUFFMAN.values())}")
    bits, height, width, channels = struct.unpack(">BHHB", header)
    if (bits, height, width) != (8, *field.shape[:2]) or channels not in {1, 3}:
        raise DecodeError(
            f"{width} x {height} pixels of {channels} values of {bits} bits; expected "
            f"{field.shape[1]} x {field.shape[0]} of 1 or 3 of 8"
        )
    return int(channels)


def _check_scans(cell: bytes | memoryview, place: int) -> None:
    """Check that a picture has no more scans than are believable; place: of the first one."""
    scans = sum(1 for _ in _SCANS.finditer(cell, place))
    if scans > MOST_SCANS:
        raise DecodeError(f"it has {scans} scans, more than {MOST_SCANS}")


JPEG = Coding("JPEG", write, read, lossy=True)
