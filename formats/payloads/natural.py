"""Pictures with the statistics of photographs: a 1/f spectrum, and edges where things end.

Dead leaves (Lee, Mumford, Huang, IJCV 41, 2001): discs whose radii follow an inverse cube law, each
of a colour of its own, hide one another; that alone has edges and scale invariance. On each lies a
texture whose octaves all have the same contrast, so that its power falls with the square of the
frequency (Field, JOSA A 4, 1987); some are rough, as leaves are, and some smooth, as skies.
Integers alone, so that a picture is the same on every machine.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads.sample import Batch, Payload
    from formats.payloads.stream import Stream

_LEAVES = 250
"""Discs of a picture; nearly all of them small."""
_SMALLEST = 24
"""The smallest disc's radius is the side over this."""
_TEXTURE = 40
"""Range of an octave's grey levels, before it is scaled to a leaf's roughness."""
_ROUGHEST = 64
"""A leaf's roughness is below this; 16 leaves an octave as it is."""
_COLOUR = 32
"""How far a leaf's channels may lie from its grey level; natural colours are pale."""


def natural(payload: Payload, batch: Batch, stream: Stream) -> Batch:
    """Return photographs, as it were, in place of the pictures of a batch.

    Source: see the module; the constants are set so that JPEG takes as many bits a pixel as it does
    of the pictures of ImageNet (docs/reference/formats.md).
    """
    (field,) = payload.fields
    pixels = np.empty_like(batch[field.name])
    for picture in pixels:
        picture[:] = _picture(stream, payload.size)
    return {field.name: pixels}


def _picture(stream: Stream, side: int) -> NDArray[np.int64]:
    """Return a picture, shape (side, side, 3), values in [0, 255]."""
    leaf = _leaves(stream, side)
    # Of two draws: black and white are rarer than grey.
    grey = stream.below(128, 2, _LEAVES + 1).sum(axis=0)[:, None]
    pale = stream.below(2 * _COLOUR + 1, _LEAVES + 1, 3) - _COLOUR
    rough = stream.below(_ROUGHEST, _LEAVES + 1)
    texture = np.zeros((side, side), np.int64)
    cell = 1
    while cell < 2 * side:
        texture += _octave(stream, side, cell)
        cell *= 2
    shade = texture * rough[leaf] // 16
    result: NDArray[np.int64] = np.clip((grey + pale)[leaf] + shade[:, :, None], 0, 255)
    return result


def _leaves(stream: Stream, side: int) -> NDArray[np.int64]:
    """Return which leaf is seen in each pixel, shape (side, side); 0 is the ground.

    A radius r has the density r^-3: it is the smallest one over the root of a uniform number.
    """
    seen = np.zeros((side, side), np.int64)
    rows, columns = stream.below(side, 2, _LEAVES).tolist()
    scale = 1 << 16
    squares = (max(1, side // _SMALLEST) ** 2 * scale) // (stream.below(scale, _LEAVES) + 1)
    place = np.arange(side)
    for number, square in enumerate(np.minimum(squares, side * side // 4).tolist(), 1):
        row, column = rows[number - 1], columns[number - 1]
        reach = isqrt(square)
        down = slice(max(0, row - reach), row + reach + 1)
        right = slice(max(0, column - reach), column + reach + 1)
        inside = (place[down, None] - row) ** 2 + (place[None, right] - column) ** 2 <= square
        seen[down, right][inside] = number
    return seen


def _octave(stream: Stream, side: int, cell: int) -> NDArray[np.int64]:
    """Return noise that changes over so many pixels, shape (side, side), in +-_TEXTURE / 2."""
    points = side // cell + 2
    grid = stream.below(_TEXTURE + 1, points, points) - _TEXTURE // 2
    if cell == 1:
        return grid[:side, :side]
    at, offset = np.divmod(np.arange(side), cell)
    down = grid[at] * (cell - offset)[:, None] + grid[at + 1] * offset[:, None]
    across: NDArray[np.int64] = down[:, at] * (cell - offset) + down[:, at + 1] * offset
    return across // cell**2
