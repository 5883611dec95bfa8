"""TFRecord by the `tfrecord` package: an Example at a time, no checksum compared."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from tfrecord import example_pb2
from tfrecord.reader import extract_feature_dict

from formats import codec
from formats.batch import blank, put
from formats.errors import DecodeError, FormatError
from formats.protobuf.layout import ProtobufLayout
from formats.protobuf.tfrecord import HEAD, TAIL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from formats.payloads import Batch

_KINDS = {"byte": "bytes_list", "float": "float_list", "int": "int64_list"}


class Codec(codec.Codec[ProtobufLayout]):
    """What its `example_loader` does with each record of a file, on bytes in memory."""

    def encode(self, batch: Batch) -> bytes:  # noqa: ARG002
        """Refuse: it writes the entries of a map in an order that no two runs share."""
        raise FormatError(f"{self.name} does not write")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Take each Example's features as arrays, and put those into their rows."""
        wanted = {field.name: "byte" if field.blob else "int" for field in self.payload.fields}
        records = list(_records(data))
        batch = blank(self.payload, len(records), len(data), out)
        rows = []
        for record in records:
            example = example_pb2.Example()
            example.ParseFromString(record)
            rows.append(extract_feature_dict(example.features, wanted, _KINDS))
        for field in self.payload.fields if rows else ():
            cells: list[Any] = [row[field.name] for row in rows]
            if field.blob:
                cells = [np.frombuffer(cell, field.dtype) for cell in cells]
            put(field, batch[field.name], np.stack(cells))
        return batch


def _records(data: bytes) -> Iterator[memoryview]:
    """Yield the records of a file, as the package does: it passes over the checksums."""
    view = memoryview(data)
    position = 0
    while position < len(data):
        if len(data) - position < HEAD.size:
            raise DecodeError(f"byte {position}: cut off")
        length, _ = HEAD.unpack_from(data, position)
        start = position + HEAD.size
        position = start + length + TAIL.size
        if length > sys.maxsize or position > len(data):
            raise DecodeError(f"byte {start}: a record of {length} bytes is cut off")
        yield view[start : start + length]
