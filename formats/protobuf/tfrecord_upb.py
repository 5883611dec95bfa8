"""TFRecord by the official library, an Example at a time: the naive way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf.message import DecodeError as MessageError

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.protobuf import tfrecord
from formats.protobuf.layout import ProtobufLayout

if TYPE_CHECKING:
    from formats.payloads import Batch, Field, Payload


class Codec(codec.Codec[ProtobufLayout]):
    """A message a sample; the careful path of `tfrecord_wire`.

    Reads features in any order, and passes over those that nobody asked for.
    """

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        self._example = tfrecord.example_class()

    def encode(self, batch: Batch) -> bytes:
        """Fill and write a message a sample."""
        columns: list[list[Any]] = []
        for field in self.payload.fields:
            values = batch[field.name]
            if field.blob:
                columns.append([[cell.tobytes()] for cell in as_bytes(field, values)])
            else:
                columns.append(values.reshape(len(values), field.width).tolist())
        return tfrecord.frame(map(self._write, zip(*columns, strict=True)))

    def _write(self, sample: tuple[list[Any], ...]) -> bytes:
        example = self._example()
        for field, values in zip(self.payload.fields, sample, strict=True):
            feature = example.features.feature[field.name]
            (feature.bytes_list if field.blob else feature.int64_list).value.extend(values)
        written: bytes = example.SerializeToString(deterministic=True)
        return written

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Parse an Example a sample, and put each of its features into its row."""
        rows = tfrecord.records(data)
        batch = blank(self.payload, len(rows), len(data), out)
        for row, record in enumerate(rows):
            try:
                features = self._example.FromString(record).features.feature
                for field in self.payload.fields:
                    _put(field, features, batch, row)
            except (MessageError, DecodeError) as error:
                raise DecodeError(f"record {row}: {error}") from error
        return batch


def _put(field: Field, features: Any, batch: Batch, row: int) -> None:
    """Copy a feature into its row.

    Raises:
        DecodeError: it is not there, of another kind, or has too few or too many values.

    """
    if field.name not in features:
        raise DecodeError(f"it has no feature {field.name}")
    feature = features[field.name]
    kind = feature.WhichOneof("kind")
    expected = "bytes_list" if field.blob else "int64_list"
    if kind != expected:
        raise DecodeError(f"{field.name} is {kind or 'nothing'}, expected {expected}")
    values = getattr(feature, kind).value
    count = 1 if field.blob else field.width
    if len(values) != count:
        raise DecodeError(f"{field.name} has {len(values)} values, expected {count}")
    target = batch[field.name][row : row + 1]
    if not field.blob:
        put(field, target, np.array(values, np.int64), row * field.width)
        return
    (cell,) = values
    if len(cell) != field.sample_bytes:
        raise DecodeError(f"{field.name} has {len(cell)} bytes, expected {field.sample_bytes}")
    as_bytes(field, target)[:] = np.frombuffer(cell, np.uint8)
