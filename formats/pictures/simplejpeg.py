"""JPEG by simplejpeg, over libjpeg-turbo, as its documentation has it: a new array a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import simplejpeg

from formats.pictures import jpeg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from formats.payloads import Field


def read(field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int) -> None:
    """Decode one JPEG and copy it; what libjpeg only warns of is an error."""
    jpeg.require(field, cell, row)
    target[:] = simplejpeg.decode_jpeg(cell, "RGB")
