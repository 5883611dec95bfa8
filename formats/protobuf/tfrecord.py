"""TFRecord: a tf.train.Example a sample, each between its length and a CRC-32C of it.

An Example is a map of a field's name to an Int64List, or to a BytesList of one value for a blob.
Entries are in the order of their names, as Protobuf's deterministic serialisation has them.
Source: tensorflow/core/lib/io/record_writer.h, tensorflow/core/example/{example,feature}.proto.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.errors import DecodeError
from formats.wire.crc32c import MASK, crc32c, masked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

HEAD = struct.Struct("<QI")
"""Length of a record and its masked CRC-32C."""

TAIL = struct.Struct("<I")
"""The masked CRC-32C of a record."""


def frame(records: Iterable[bytes]) -> bytes:
    """Return records as a file of them."""
    heads: dict[int, bytes] = {}
    parts: list[bytes] = []
    for record in records:
        size = len(record)
        if size not in heads:
            heads[size] = head(size)
        parts += (heads[size], record, TAIL.pack(masked(crc32c(record))))
    return b"".join(parts)


def head(size: int) -> bytes:
    """Return what stands before a record of a size."""
    return HEAD.pack(size, _of_length(size))


def _of_length(size: int) -> int:
    return masked(crc32c(size.to_bytes(8, "little")))


def masked_rows(sums: list[int]) -> NDArray[np.uint8]:
    """Return checksums as they stand behind records, shape (n, 4)."""
    values = np.array(sums, np.uint64)
    result = (values >> np.uint64(15) | values << np.uint64(17)) + np.uint64(MASK)
    return result.astype("<u4").view(np.uint8).reshape(-1, TAIL.size)


def records(data: bytes) -> list[bytes]:
    """Return the records of a file, their checksums compared.

    Raises:
        DecodeError: a checksum is wrong, or the file ends within a record; says in which.

    """
    rows: list[bytes] = []
    sums: list[int] = []
    ends: list[int] = []
    right: dict[int, int] = {}
    position, size = 0, len(data)
    while position < size:
        if size - position < HEAD.size:
            raise DecodeError(f"record {len(rows)}, byte {position}: cut off within its length")
        length, stored = HEAD.unpack_from(data, position)
        if right.get(length) != stored and _of_length(length) != stored:
            raise DecodeError(
                f"record {len(rows)}, byte {position}: the checksum of its length is wrong"
            )
        right[length] = stored
        start = position + HEAD.size
        position = start + length + TAIL.size
        if position > size:
            raise DecodeError(
                f"record {len(rows)}, byte {start}: cut off; it has {length} bytes and a "
                f"checksum, of which {size - start} are there"
            )
        row = data[start : start + length]
        rows.append(row)
        sums.append(crc32c(row))
        ends.append(start + length)
    compare(data, sums, ends)
    return rows


def compare(data: bytes, sums: list[int], ends: list[int]) -> None:
    """Compare the checksums of records, all at once, with those that follow each."""
    places = np.array(ends, np.int64)[:, None] + np.arange(TAIL.size)
    right = (np.frombuffer(data, np.uint8).take(places) == masked_rows(sums)).all(axis=1)
    if not right.all():
        row = int(np.argmin(right))
        raise DecodeError(f"record {row}, byte {ends[row]}: the checksum of its bytes is wrong")


_FILE = "tfrecord_example.proto"
_LISTS = (("bytes_list", "TYPE_BYTES"), ("float_list", "TYPE_FLOAT"), ("int64_list", "TYPE_INT64"))


@cache
def example_class() -> Any:
    """Return the generated class of tf.train.Example."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    source = descriptor_pb2.FileDescriptorProto(name=_FILE, package="tensorflow", syntax="proto3")
    feature = descriptor_pb2.DescriptorProto(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, kind) in enumerate(_LISTS, 1):
        values = "".join(word.capitalize() for word in name.split("_"))
        source.message_type.add(name=values).field.add(
            name="value", number=1, type=kinds.Type.Value(kind), label=kinds.LABEL_REPEATED
        )
        feature.field.add(
            name=name,
            number=number,
            type=kinds.TYPE_MESSAGE,
            type_name=f".tensorflow.{values}",
            label=kinds.LABEL_OPTIONAL,
            oneof_index=0,
        )
    source.message_type.append(feature)
    features = source.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    of = {"type": kinds.TYPE_MESSAGE, "number": 1, "label": kinds.LABEL_OPTIONAL}
    entry.field.add(name="value", **(of | {"number": 2}), type_name=".tensorflow.Feature")
    features.field.add(
        name="feature",
        **(of | {"label": kinds.LABEL_REPEATED}),
        type_name=".tensorflow.Features.FeatureEntry",
    )
    source.message_type.add(name="Example").field.add(
        name="features", **of, type_name=".tensorflow.Features"
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(source)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))
