"""TFRecord is what the `tfrecord` package writes and reads, and nothing damaged is read."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from formats.batch import mismatch
from formats.errors import DecodeError
from formats.payloads import PAYLOADS
from formats.protobuf import tfrecord, tfrecord_wire
from formats.registry import bind, decoder
from formats.wire import crc32c
from tests.formats.cases import bound, encoded, small

if TYPE_CHECKING:
    from pathlib import Path

    from formats.payloads import Batch, Payload

LAYOUT = "protobuf/tfrecord"
READERS = ("wire", "upb")


@pytest.mark.parametrize("checksum", [crc32c.crc32c, crc32c.portable])
def test_checksums_of_the_standard(checksum: Any) -> None:
    """RFC 3720, appendix B.4."""
    assert checksum(b"123456789") == 0xE3069283
    assert checksum(bytes(32)) == 0x8A9136AA
    assert checksum(b"\xff" * 32) == 0x62A8AB43
    assert checksum(bytes(range(32))) == 0x46DD794E
    assert checksum(b"") == 0


def test_a_checksum_is_masked_as_tensorflow_does() -> None:
    """tensorflow/core/lib/hash/crc32c.h, worked out by hand: rotate right by 15, add."""
    assert crc32c.masked(0) == 0xA282EAD8
    assert crc32c.masked(0x8000) == 0xA282EAD9
    assert crc32c.masked(1) == (0x20000 + 0xA282EAD8)
    sums = [0, 0x8000, 1, 0xFFFFFFFF, 0xE3069283]
    rows = tfrecord.masked_rows(sums).tobytes()
    assert rows == b"".join(struct.pack("<I", crc32c.masked(value)) for value in sums)


def features(payload: Payload, batch: Batch, row: int, order: int) -> dict[str, Any]:
    """Return a sample as the package takes it."""
    fields = payload.fields[::order]
    return {
        field.name: (batch[field.name][row].tobytes(), "byte")
        if field.blob
        else (batch[field.name][row].reshape(-1).tolist(), "int")
        for field in fields
    }


def by_the_package(path: Path, payload: Payload, batch: Batch, order: int = 1) -> bytes:
    writer = pytest.importorskip("tfrecord.writer").TFRecordWriter(str(path))
    for row in range(len(next(iter(batch.values())))):
        writer.write(features(payload, batch, row, order))
    writer.close()
    return path.read_bytes()


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("order", [1, -1])
def test_what_the_package_writes_is_read(name: str, order: int, tmp_path: Path) -> None:
    payload = small(name)
    batch = payload.generate("package", 9)
    data = by_the_package(tmp_path / "a", payload, batch, order)
    for reader in READERS:
        assert mismatch(payload, bound(f"{LAYOUT}/{reader}", name).decode(data), batch) is None


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_package_writes_the_same_bytes(name: str, tmp_path: Path) -> None:
    """Bit for bit, but for the order of a map's entries, which it leaves to chance."""
    payload = small(name)
    batch = payload.generate("package", 5)
    theirs = by_the_package(tmp_path / "a", payload, batch)
    own = encoded(LAYOUT, payload, batch)
    if len(payload.fields) == 1:
        assert theirs == own
    example = tfrecord.example_class()
    parsed = [example.FromString(record) for record in tfrecord.records(theirs)]
    sorted_records = [message.SerializeToString(deterministic=True) for message in parsed]
    assert tfrecord.frame(sorted_records) == own
    assert len(theirs) == len(own)


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_package_reads_what_is_written(name: str, tmp_path: Path) -> None:
    reader = pytest.importorskip("tfrecord.reader")
    payload = small(name)
    batch = payload.generate("package", 5)
    path = tmp_path / "a"
    path.write_bytes(encoded(LAYOUT, payload, batch))
    kinds = {field.name: "byte" if field.blob else "int" for field in payload.fields}
    rows = list(reader.tfrecord_loader(str(path), None, kinds))
    assert len(rows) == 5
    for field in payload.fields:
        values = [
            np.frombuffer(row[field.name], field.dtype) if field.blob else row[field.name]
            for row in rows
        ]
        assert np.array_equal(np.stack(values).reshape(5, *field.shape), batch[field.name])


def test_the_order_of_the_first_record_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files whose features lie in another order are as fast; the careful path is not needed."""
    payload = small("tabular")
    batch = payload.generate("order", 6)
    reader = bind(decoder(f"{LAYOUT}/wire"), payload)
    assert isinstance(reader, tfrecord_wire.Codec)
    monkeypatch.setattr(reader, "_careful", None)
    for names in (["label", "sparse", "dense"], ["sparse", "dense", "label"]):
        by_name = {field.name: field for field in payload.fields}
        data = reader._form_of([by_name[name] for name in names]).encode(batch)
        assert mismatch(payload, reader.decode(data), batch) is None


def damaged(data: bytes) -> dict[str, tuple[bytes, str]]:
    """Return bytes that are wrong, and what is said of them; the second record is touched."""
    (length, _) = tfrecord.HEAD.unpack_from(data)
    second = tfrecord.HEAD.size + length + tfrecord.TAIL.size
    flipped = bytearray(data)
    flipped[second + 20] ^= 1
    of_length = bytearray(data)
    of_length[second + 3] ^= 1
    return {
        "a bit of a record": (bytes(flipped), "record 1, byte .*checksum of its bytes is wrong"),
        "a bit of a length": (
            bytes(of_length),
            f"record 1, byte {second}: the checksum of its length is wrong",
        ),
        "cut off": (data[: second + 20], "record 1, byte .* cut off; it has .* are there"),
        "cut off in a length": (data[: second + 5], f"record 1, byte {second}: cut off"),
        "a huge record": (
            data[:second] + tfrecord.head(1 << 62) + bytes(50),
            "record 1, .*cut off",
        ),
        "no Example": (data[:second] + tfrecord.frame([b"\xff\xff"]), "record 1: "),
        "no features": (data[:second] + tfrecord.frame([b""]), "record 1: it has no feature"),
    }


WHAT = list(damaged(bytes(tfrecord.frame([b"a" * 9] * 2))))


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("reader", READERS)
def test_damage_is_named_with_its_record(what: str, name: str, reader: str) -> None:
    payload = small(name)
    data, message = damaged(encoded(LAYOUT, payload, payload.generate("damage", 3)))[what]
    with pytest.raises(DecodeError, match=message):
        bound(f"{LAYOUT}/{reader}", name).decode(data)


def test_blobs_beside_numbers_are_read_by_the_official_library() -> None:
    blob, table = small("audio"), small("tabular")
    mixed = type(blob)("mixed", 1, (*table.fields, *blob.fields), blob.fill)
    batch = table.generate("mixed", 3) | blob.generate("mixed", 3)
    codec = bind(decoder(f"{LAYOUT}/wire"), mixed)
    assert mismatch(mixed, codec.decode(codec.encode(batch)), batch) is None
