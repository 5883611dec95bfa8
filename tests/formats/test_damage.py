"""What a layout is declared to notice of a flipped bit is what its decoders notice."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from formats.batch import mismatch
from formats.errors import DecodeError
from formats.model import Damage
from formats.payloads import PAYLOADS, payload
from formats.registry import DECODERS, LAYOUTS, fast

SIZES = {"tabular": 3, "image": 16, "tokens": 64, "audio": 50}
FLIPS = 120
PAIRS = [
    (entry.codec, name)
    for entry in DECODERS.values()
    for name in PAYLOADS
    if LAYOUTS[entry.layout].fits(payload(name, SIZES[name]))
]


def flipped(codec: str, name: str) -> Counter[str]:
    """Flip bits between the first byte of a file and its footer; count what becomes of each."""
    entry, found = DECODERS[codec], payload(name, SIZES[name])
    batch = found.generate("damage", 8)
    data = fast(entry.layout, found, "encode").bind(found).encode(batch)
    footer = int.from_bytes(data[-8:-4], "little") + 8 if entry.format == "parquet" else 0
    decode = entry.bind(found).decode
    chance = random.Random(f"{codec} {name}")
    seen: Counter[str] = Counter()
    for _ in range(FLIPS):
        damaged = bytearray(data)
        damaged[chance.randrange(4, len(data) - footer)] ^= 1 << chance.randrange(8)
        try:
            wrong = mismatch(found, decode(bytes(damaged)), batch)
        except DecodeError:
            seen["refused"] += 1
        else:
            seen["unnoticed" if wrong else "harmless"] += 1
    return seen


@pytest.mark.parametrize(("codec", "name"), PAIRS)
def test_a_flipped_bit_is_noticed_as_declared(codec: str, name: str) -> None:
    seen = flipped(codec, name)
    detects = LAYOUTS[DECODERS[codec].layout].detects
    if detects is Damage.CHECKSUM and DECODERS[codec].verifies:
        assert not seen["unnoticed"]
        assert seen["refused"]
    elif detects is Damage.COMPRESSED or "/png/" in codec:
        # A PNG has checks of its own, whoever reads it.
        assert seen["refused"] > 0.9 * FLIPS
    else:
        assert seen["unnoticed"]
