"""JPEG by torchvision: a new tensor a picture, channels first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from formats.errors import FormatError
from formats.pictures import jpeg

try:
    from torchvision.io import ImageReadMode, decode_jpeg
except (OSError, RuntimeError) as error:  # it was built beside another torch
    raise FormatError(
        f"torchvision does not load beside torch {torch.__version__} ({error}); install both from "
        "one place, as docs/how-to/install-torch.md has it, or leave torchvision out"
    ) from error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from formats.payloads import Field


def read(field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int) -> None:
    """Decode one JPEG and copy it."""
    jpeg.require(field, cell, row)
    # torch warns of memory that cannot be written to.
    octets = torch.frombuffer(bytearray(cell), dtype=torch.uint8)
    target[:] = decode_jpeg(octets, ImageReadMode.RGB).permute(1, 2, 0).numpy()
