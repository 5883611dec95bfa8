"""JPEG made by hand to hurt, and JPEG of other kinds than the project's own; of 3 x 3 pixels.

A picture of `KINDS` holds pixels that may be read, and `REFUSED` what none may be read from.
"""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 3
_ROTATED = 6
"""Exif's number for a camera that was held upright."""


@cache
def saved(side: int = SIDE, mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture as Pillow saves it."""
    pixels = np.random.default_rng(7).integers(0, 256, (side, side, 3), np.uint8)
    sink = io.BytesIO()
    Image.fromarray(pixels, "RGB").convert(mode).save(sink, "jpeg", **options)
    return sink.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment with its marker and length."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def inserted(more: bytes, data: bytes | None = None) -> bytes:
    """Return a picture with more after its first marker."""
    data = saved() if data is None else data
    return data[:2] + more + data[2:]


def framed(data: bytes | None = None, kind: int = 0xC0, bits: int = 8, side: int = SIDE) -> bytes:
    """Return a picture whose frame says something else."""
    data = saved() if data is None else data
    place = next(p for p in (data.find(bytes([0xFF, k])) for k in (0xC0, 0xC2)) if p >= 0)
    head = struct.pack(">BBHBHH", 0xFF, kind, 17, bits, side, side)
    return data[:place] + head + data[place + len(head) :]


def _last_scan() -> tuple[bytes, bytes]:
    """Return a progressive picture up to its last scan, and that scan with its tables."""
    data = saved(progressive=True)
    place = data.rfind(b"\xff\xda")
    return data[:place], data[place:-2]


def _scans(count: int) -> bytes:
    before, scan = _last_scan()
    return before + scan * count + b"\xff\xd9"


def without_scan() -> bytes:
    """Return the headers of a picture and its end."""
    data = saved()
    return data[: data.find(b"\xff\xda")] + b"\xff\xd9"


def exif(orientation: int) -> bytes:
    """Return Exif that says how a camera was held."""
    value = Image.Exif()
    value[0x0112] = orientation
    return value.tobytes()


KINDS: dict[str, Callable[[], bytes]] = {
    "a picture": saved,
    "of quality 100": lambda: saved(quality=100),
    "with colour at full resolution": lambda: saved(subsampling="4:4:4"),
    "with colour at half the width": lambda: saved(subsampling="4:2:2"),
    "progressive": lambda: saved(progressive=True),
    "with tables of its own": lambda: saved(optimize=True),
    "with restarts": lambda: saved(restart_marker_blocks=1),
    "in grey": lambda: saved(mode="L"),
    "kept as RGB": lambda: saved(keep_rgb=True),
    "turned by its Exif": lambda: saved(exif=exif(_ROTATED)),
    "with a comment": lambda: saved(comment=b"a comment"),
    "with a profile": lambda: saved(icc_profile=b"p" * 100_000),
    "with more before a marker": lambda: inserted(b"\xff" * 1_000),
}
"""Forms that other programs write."""

REFUSED: dict[str, Callable[[], bytes]] = {
    "65,500 pixels a side": lambda: framed(side=65_500),
    "65,500 progressive pixels a side": lambda: framed(
        saved(progressive=True), kind=0xC2, side=65_500
    ),
    "no pixels": lambda: framed(side=0),
    "another size": lambda: saved(side=4),
    "12 bits": lambda: framed(bits=12),
    "lossless": lambda: framed(kind=0xC3),
    "coded by arithmetic": lambda: framed(kind=0xC9),
    "CMYK": lambda: saved(mode="CMYK"),
    "two frames": lambda: inserted(segment(0xC0, struct.pack(">BHHB", 8, 3, 3, 3) + bytes(9))),
    "no frame": lambda: b"\xff\xd8" + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\0" * 20 + b"\xff\xd9",
    "no scan": without_scan,
    "10,000 scans": lambda: _scans(10_000),
    "500,000 scans": lambda: _scans(500_000),
    "a megabyte before a marker": lambda: inserted(b"\xff" * 1_000_000, without_scan()),
    "16 MB of comments": lambda: inserted(segment(0xFE, b"c" * 65_000) * 250, without_scan()),
    "cut off": lambda: saved()[:-20],
    "cut off and ended": lambda: saved()[:-20] + b"\xff\xd9",
    "bytes after its end": lambda: saved() + b"\0",
    "tables of nothing": lambda: inserted(segment(0xC4, b"\0" + b"\xff" * 16)),
    "a length of 0": lambda: inserted(b"\xff\xe1\0\0"),
    "a length beyond its end": lambda: inserted(b"\xff\xe1\xff\xff"),
    "an end at its beginning": lambda: b"\xff\xd8\xff\xd9",
    "a PNG": lambda: b"\x89PNG\r\n\x1a\n" + bytes(100),
    "nothing": lambda: b"",
}
"""What is no picture of the size, or would take long."""

PICTURES = KINDS | REFUSED
