"""JPEG by OpenCV: a new array a picture, in RGB and not turned by its Exif."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from formats.errors import DecodeError
from formats.pictures import jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Field

_AS_STORED = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION


def read(field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int) -> None:
    """Decode one JPEG and copy it.

    Raises:
        DecodeError: it is no such JPEG.

    """
    jpeg.require(field, cell, row)
    picture = cv2.imdecode(np.frombuffer(cell, np.uint8), _AS_STORED)
    if picture is None:
        raise DecodeError(f"row {row}: {field.name} is not a JPEG that OpenCV reads")
    target[:] = picture
