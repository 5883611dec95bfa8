"""A way to compress pictures, which a layout names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from formats.batch import blank

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload

WritePictures: TypeAlias = "Callable[[Field, NDArray[np.uint8]], list[bytes]]"
"""Returns each picture of a batch, shape (n, height, width, 3), as compressed bytes."""
ReadPicture: TypeAlias = "Callable[[Field, bytes | memoryview, NDArray[np.uint8], int], None]"
"""Fills a picture, shape (height, width, 3), from its bytes, those of a row; raises what it will.

Nothing of another size is unpacked.
"""


@dataclass(frozen=True, slots=True)
class Coding:
    """How pictures are compressed."""

    name: str
    """As a person writes it, such as PNG."""
    write: WritePictures
    """Compresses a batch."""
    read: ReadPicture
    """The reference, and the careful path of other readers."""
    lossy: bool = False
    """Whether what is read differs from what was written."""

    def kept(self, payload: Payload, batch: Batch) -> Batch:
        """Return what is left of a batch once it was written, as the reference reads it."""
        samples = len(next(iter(batch.values())))
        result = blank(payload, samples, samples * payload.sample_bytes)
        for field in payload.fields:
            for row, cell in enumerate(self.write(field, batch[field.name])):
                self.read(field, cell, result[field.name][row], row)
        return result


def is_picture(payload: Payload) -> bool:
    """Tell whether a sample is one picture in colour, which PNG and JPEG can hold."""
    (field, *others) = payload.fields
    return not others and field.dtype == "uint8" and len(field.shape) == 3 and field.shape[2] == 3
