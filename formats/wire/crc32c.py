"""CRC-32C, and as TFRecord masks it.

Source: RFC 3720, appendix B.4; tensorflow/core/lib/hash/crc32c.h (Mask).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_POLYNOMIAL = 0x82F63B78
"""Castagnoli's, its bits reversed."""


def _table() -> list[int]:
    """Return what a byte does to the checksum of all before it."""
    table = []
    for octet in range(256):
        value = octet
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()

MASK = 0xA282EAD8
"""Added to a checksum, so that one of bytes that hold checksums is not a special one."""


def portable(data: bytes) -> int:
    """Return the CRC-32C of bytes, a byte at a time: where google-crc32c has no wheel."""
    value, table = 0xFFFFFFFF, _TABLE
    for octet in data:
        value = value >> 8 ^ table[(value ^ octet) & 0xFF]
    return value ^ 0xFFFFFFFF


def _fastest() -> Callable[[bytes], int]:
    """Return the fastest CRC-32C available: google-crc32c's, by the processor's instruction."""
    try:
        import google_crc32c
    except ImportError:
        return portable
    fast: Callable[[bytes], int] = google_crc32c.value
    return fast


crc32c = _fastest()


def masked(value: int) -> int:
    """Return a CRC as it stands beside the bytes that it is of."""
    return ((value >> 15 | value << 17) + MASK) & 0xFFFFFFFF
