"""What a layout says that it detects, it detects; and what it does not, it cannot."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from formats.batch import mismatch
from formats.codec import Damage
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet.layout import ParquetLayout
from formats.registry import DECODERS, LAYOUTS, bind
from tests.hostile import corpus, parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from formats.codec import Decoder

pytestmark = pytest.mark.hostile

SAMPLES = 7
FLIPS = 150

CHECKED = [
    pair
    for pair in corpus.pairs()
    if LAYOUTS[DECODERS[pair[0]].layout].detects is Damage.CHECKSUM and DECODERS[pair[0]].verifies
]
VERIFYING = (
    *("formats.parquet.wire", "formats.parquet.pyarrow"),
    *("formats.protobuf.tfrecord_wire", "formats.protobuf.tfrecord_upb"),
)
UNCHECKED = [pair for pair in corpus.pairs() if pair not in CHECKED]


@cache
def value_places(layout: str, name: str) -> list[int]:
    """Return where the bytes of values are, or of what they are compressed to."""
    data = corpus.valid(layout, name, SAMPLES)
    result = LAYOUTS[layout]
    if isinstance(result, ParquetLayout):
        columns = parquet.all_columns(result, corpus.subject(name))
        pages = [page for page in parquet_bytes.bodies(data) if page[0] in columns]
        return [place for _, start, stop in pages for place in range(start, stop)]
    if result.detects is Damage.COMPRESSED:
        return [place for span in _COMPRESSED[layout](data) for place in span]
    return list(range(data.find(b"\n") + 1 if result.format == "csv" else 0, len(data)))


def _each(data: bytes, result: bytes) -> Iterator[int]:
    place = data.find(result)
    while place >= 0:
        yield place
        place = data.find(result, place + 1)


def _chunks(data: bytes) -> Iterator[range]:
    """Yield where the pixels of each PNG are."""
    for name in _each(data, b"IDAT"):
        start = name + 4
        yield range(start, start + int.from_bytes(data[name - 4 : name], "big"))


def _scans(data: bytes) -> Iterator[range]:
    """Yield where the pixels of each JPEG are: after the header of its scan."""
    for marker in _each(data, b"\xff\xda"):
        start = marker + 2 + int.from_bytes(data[marker + 2 : marker + 4], "big")
        yield range(start, data.index(b"\xff\xd9", start))


_COMPRESSED = {"protobuf/png": _chunks, "protobuf/jpeg": _scans}


def flipped(layout: str, name: str, flips: int = FLIPS) -> Iterator[bytes]:
    """Yield valid bytes with one bit of a value flipped, at places all over them."""
    data = corpus.valid(layout, name, SAMPLES)
    places = value_places(layout, name)
    rng = Random(f"{layout}/{name}")
    for number in range(flips):
        damaged = bytearray(data)
        damaged[places[number * len(places) // flips]] ^= 1 << rng.randrange(8)
        yield bytes(damaged)


def outcomes(codec: str, name: str, flips: int = FLIPS) -> Iterator[str]:
    """Decode damaged bytes: refused, the same batch, or another one."""
    payload = corpus.subject(name)
    bound = bind(DECODERS[codec], payload)
    for data in flipped(DECODERS[codec].layout, name, flips):
        try:
            batch = bound.decode(data)
        except DecodeError:
            yield "refused"
        else:
            kept = corpus.kept(DECODERS[codec].layout, name, SAMPLES)
            right = mismatch(payload, batch, kept) is None
            yield "same" if right else "other"


@pytest.mark.parametrize(("codec", "name"), CHECKED)
def test_a_checksum_refuses_every_flipped_bit_of_a_value(codec: str, name: str) -> None:
    assert list(outcomes(codec, name)) == ["refused"] * FLIPS


@pytest.mark.parametrize(("codec", "name"), UNCHECKED)
def test_a_flipped_bit_that_nobody_checks_can_be_another_value(codec: str, name: str) -> None:
    """Most of all: a flipped digit of CSV is a digit, and no reader can tell."""
    assert "other" in outcomes(codec, name, flips=2_000)


def test_each_kind_of_damage_is_declared_and_tried() -> None:
    assert {layout.detects for layout in LAYOUTS.values()} == set(Damage)
    assert {DECODERS[codec].module for codec, _ in CHECKED} == set(VERIFYING)
    tried = {DECODERS[codec].layout for codec, _ in CHECKED}
    assert tried == {layout.id for layout in LAYOUTS.values() if layout.detects is Damage.CHECKSUM}


@pytest.mark.parametrize("entry", DECODERS.values(), ids=lambda entry: entry.codec)
def test_whoever_does_not_verify_says_so(entry: Decoder) -> None:
    """pandas and Polars do not look at the checksums of pages, tfrecord not at those of records."""
    careless = entry.format == "parquet" or entry.needs == "tfrecord"
    assert entry.verifies == (not careless or entry.module in VERIFYING)


def test_a_flipped_digit_of_csv_is_a_digit() -> None:
    payload = corpus.subject("tokens")
    data = corpus.valid("csv/rows", "tokens", SAMPLES)
    place = next(
        place
        for place in range(len(data) - 1, 0, -1)
        if bytes([data[place]]) in b"2345" and data[place - 1 : place].isdigit()
    )
    damaged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    for entry in DECODERS.values():
        if entry.layout == "csv/rows":
            batch = bind(entry, payload).decode(damaged)
            wrong = np.count_nonzero(batch["ids"] != corpus.batch("tokens", SAMPLES)["ids"])
            assert wrong == 1, entry.codec


def test_a_compressed_picture_notices_some_damage() -> None:
    """By the stream alone: no reader of PNG here looks at its checksums, and JPEG has none."""
    items = list(outcomes("protobuf/png/upb", "image", flips=1_000))
    assert items.count("refused") > 500
    assert "other" in items


def test_a_strict_reader_of_jpeg_notices_more() -> None:
    """What libjpeg only warns of is an error to ours; Pillow gives grey pixels for what is lost."""
    strict, lenient = (
        list(outcomes(f"protobuf/jpeg/{name}", "image", flips=1_000)) for name in ("wire", "pillow")
    )
    assert strict.count("refused") > lenient.count("refused")
    assert lenient.count("other") > strict.count("other") > 0


def test_what_is_flipped_is_a_value() -> None:
    for codec, name in corpus.pairs():
        layout = DECODERS[codec].layout
        assert len(value_places(layout, name)) >= SAMPLES
        assert len(set(flipped(layout, name))) > min(FLIPS, 8 * len(value_places(layout, name))) / 2
