"""JPEG by libjpeg-turbo, without a new array a picture; by Pillow where it is not there."""

from __future__ import annotations

import math
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

_VECTOR_BYTES = 32
"""libjpeg-turbo writes past the cache where rows begin at multiples of this (AVX2). That is, as
measured, a tenth of the time of a picture of 224 pixels a side, a quarter of one of 64."""


class _Scratch(threading.local):
    """A thread's last picture, which stays in the cache; the memory of a batch may be far away."""

    picture = np.empty((0, 0, 3), np.uint8)

    def of(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return memory for a picture of a shape, between two multiples of a vector's length."""
        if self.picture.shape != shape:
            size = math.prod(shape)
            octets = np.empty(size + 2 * _VECTOR_BYTES, np.uint8)
            skipped = (_VECTOR_BYTES // 2 - octets.ctypes.data) % _VECTOR_BYTES
            self.picture = octets[skipped : skipped + size].reshape(shape)
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
    picture = _scratch.of(target.shape)
    try:
        simplejpeg.decode_jpeg(cell, "RGB", buffer=picture)
    except ValueError as error:
        raise DecodeError(f"row {row}: {field.name} is not a JPEG: {error}") from error
    np.copyto(target, picture)
