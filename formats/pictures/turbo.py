"""JPEG by libjpeg-turbo, without a new array a picture; by Pillow where it is not there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from formats.errors import DecodeError
from formats.pictures import jpeg

try:
    import simplejpeg
except ImportError:  # it has no wheel for this platform
    simplejpeg = None

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Field

_SMALL_BYTES = 256 << 10
"""Pictures up to this are read into memory that stays in the cache, and copied from there: libjpeg
writes a row at a time, which takes a fifth longer into the memory of a batch of small ones."""


class _Scratch(threading.local):
    """A thread's last small picture."""

    picture = np.empty((0, 0, 3), np.uint8)

    def of(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return memory for a picture of a shape."""
        if self.picture.shape != shape:
            self.picture = np.empty(shape, np.uint8)
        return self.picture


_scratch = _Scratch()


def read(field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int) -> None:
    """Decode one JPEG; what libjpeg only warns of is an error.

    Raises:
        DecodeError: it is no such JPEG.

    """
    if simplejpeg is None:
        jpeg.read(field, cell, target, row)
        return
    jpeg.require(field, cell, row)
    small = target.nbytes <= _SMALL_BYTES
    picture = _scratch.of(target.shape) if small else target
    try:
        simplejpeg.decode_jpeg(cell, "RGB", buffer=picture)
    except ValueError as error:
        raise DecodeError(f"row {row}: {field.name} is not a JPEG: {error}") from error
    if small:
        np.copyto(target, picture)
