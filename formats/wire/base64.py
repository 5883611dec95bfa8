"""Base64 of many cells of one size in one call."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

import numpy as np

from formats.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAD = ord("=")


def length(size: int) -> int:
    """Return how many characters a cell of some bytes takes."""
    return (size + 2) // 3 * 4


def encode(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the base64 of each cell, shape (n, size), as characters, shape (n, length(size))."""
    count, size = cells.shape
    padding = -size % 3
    padded = np.zeros((count, size + padding), dtype=np.uint8)
    padded[:, :size] = cells
    text = binascii.b2a_base64(padded.tobytes(), newline=False)
    grid = np.frombuffer(bytearray(text), dtype=np.uint8).reshape(count, length(size))
    grid[:, length(size) - padding :] = _PAD
    return grid


def decode(text: NDArray[np.uint8], target: NDArray[np.uint8], name: str) -> None:
    """Decode each cell's characters, shape (n, length(size)), into target, shape (n, size).

    Raises:
        DecodeError: a character is none of base64, or the padding is wrong; says in which row.

    """
    size = target.shape[1]
    padding = -size % 3
    grid = np.ascontiguousarray(text)
    if padding:
        padded = (grid[:, -padding:] == _PAD).all(axis=1)
        if not padded.all():
            raise DecodeError(f"row {np.argmin(padded)}: the base64 of {name} lacks its padding")
        # As if the padding were zeros, so that all cells together are one base64 text.
        grid = grid.copy() if grid is text else grid
        grid[:, -padding:] = ord("A")
    try:
        octets = binascii.a2b_base64(grid.data, strict_mode=True)
    except binascii.Error as error:
        row = next(row for row, cell in enumerate(grid) if not _is_base64(cell))
        raise DecodeError(f"row {row}: {name} is not base64: {error}") from error
    if len(octets) != len(target) * (size + padding):
        raise DecodeError(f"row {len(target) - 1}: the base64 of {name} ends early")
    cells = np.frombuffer(octets, dtype=np.uint8).reshape(len(target), size + padding)
    if padding and cells[:, size:].any():
        row = int(np.argmax(cells[:, size:].any(axis=1)))
        raise DecodeError(f"row {row}: the base64 of {name} has bits after its end")
    target[:] = cells[:, :size]


def _is_base64(cell: NDArray[np.uint8]) -> bool:
    """Tell whether a cell without padding is base64, up to its last character."""
    try:
        return len(binascii.a2b_base64(cell.data, strict_mode=True)) == 3 * len(cell) // 4
    except binascii.Error:
        return False
