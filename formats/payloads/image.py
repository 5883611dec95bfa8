"""Square RGB images, uint8 in HWC order: smooth shapes under sensor noise, as from a camera."""

import numpy as np

from formats.payloads.natural import natural
from formats.payloads.sample import Batch, Field, Payload, PayloadKind
from formats.payloads.stream import Stream

_CELL = 8
"""Pixels between two points of the coarse grid that the picture is interpolated from."""


def _build(size: int) -> Payload:
    def fill(stream: Stream, samples: int) -> Batch:
        points = size // _CELL + 2
        grid = stream.below(256, samples, points, points, 3)
        cell, offset = np.divmod(np.arange(size), _CELL)
        row_offset, column_offset = offset[:, None, None], offset[None, :, None]
        top, bottom = grid[:, cell], grid[:, cell + 1]
        left = top[:, :, cell] * (_CELL - row_offset) + bottom[:, :, cell] * row_offset
        right = top[:, :, cell + 1] * (_CELL - row_offset) + bottom[:, :, cell + 1] * row_offset
        smooth = (left * (_CELL - column_offset) + right * column_offset) // _CELL**2
        noise = stream.below(8, samples, size, size, 3) - stream.below(8, samples, size, size, 3)
        return {"pixels": np.clip(smooth + noise, 0, 255).astype(np.uint8)}

    return Payload("image", size, (Field("pixels", "uint8", (size, size, 3), blob=True),), fill)


KIND = PayloadKind(
    "image",
    "pixels a side",
    (64, 64),
    (64, 8),
    _build,
    sizes=(8, 24, 72, 224),
    batches=(1, 8, 64, 512),
    large=(224, 8),
    values={"natural": natural},
)
