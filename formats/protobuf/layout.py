"""Protobuf's layouts: fields in order, numbered from 1.

Canonical: a message a sample, each preceded by its length as a varint, the framing of Java's
writeDelimitedTo and Python's google.protobuf.proto. A scalar has explicit presence, so that a zero
is written too; a vector is a packed repeated field; a blob is `bytes`, little-endian. Numbers that
may be negative are sint32, others uint32.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.codec import Damage, Layout
from formats.pictures.coding import is_picture
from formats.pictures.jpeg import JPEG as JPEG_PICTURES
from formats.pictures.png import PNG as PNG_PICTURES

if TYPE_CHECKING:
    from formats.payloads import Field, Payload

VARINT, LENGTH_DELIMITED = 0, 2
"""Wire types. Source: protobuf.dev/programming-guides/encoding."""


@dataclass(frozen=True, kw_only=True)
class ProtobufLayout(Layout):
    """A layout of Protobuf."""

    format: str = "protobuf"
    numbers: tuple[str, str] | None = None
    """The type of a field of numbers, where none is negative and where some are; None: bytes."""
    whole_batch: bool = False
    """Whether one message holds all samples, which nothing precedes."""

    def type_of(self, field: Field) -> str:
        """Return the Protobuf type of a field."""
        if field.blob or self.numbers is None:
            return "bytes"
        unsigned, signed = self.numbers
        # A fixed type has four bytes a number; narrower numbers are bytes in it.
        if self.whole_batch and np.dtype(field.dtype).itemsize < 4:
            return "bytes"
        # A varint must not be negative; a fixed number is of the dtype, whatever its range.
        negative = np.dtype(field.dtype).kind == "i" if self.whole_batch else is_signed(field)
        return signed if negative else unsigned

    def is_repeated(self, field: Field) -> bool:
        """Tell whether a field is a repeated one of numbers."""
        return self.type_of(field) != "bytes" and (self.whole_batch or bool(field.shape))


MESSAGES = ProtobufLayout(
    name="messages",
    summary="a message a sample, numbers as varints",
    canonical=True,
    numbers=("uint32", "sint32"),
)
PACKED = ProtobufLayout(
    name="packed",
    summary="one message a batch, all numbers of a field as packed 32-bit ones",
    numbers=("fixed32", "sfixed32"),
    whole_batch=True,
)
BYTES = ProtobufLayout(name="bytes", summary="a message a sample, each field as bytes")
PNG = ProtobufLayout(
    name="png",
    summary="a message a sample, a PNG a picture",
    detects=Damage.COMPRESSED,
    pictures=PNG_PICTURES,
    fits=is_picture,
)
JPEG = ProtobufLayout(
    name="jpeg",
    summary="a message a sample, a JPEG of quality 90 a picture: lossy",
    detects=Damage.COMPRESSED,
    pictures=JPEG_PICTURES,
    fits=is_picture,
)
TFRECORD = ProtobufLayout(
    name="tfrecord",
    summary="TFRecord: a tf.train.Example a sample, between its length and a CRC-32C",
    detects=Damage.CHECKSUM,
    numbers=("int64", "int64"),
)


def is_signed(field: Field) -> bool:
    """Tell whether a field of numbers may hold negative ones."""
    return field.bounds[0] < 0


def tag(layout: ProtobufLayout, payload: Payload, field: Field) -> int:
    """Return a field's tag: its number, counted from 1, and its wire type."""
    scalar = layout.type_of(field) != "bytes" and not layout.is_repeated(field)
    return (payload.fields.index(field) + 1) << 3 | (VARINT if scalar else LENGTH_DELIMITED)


def message_name(payload: Payload) -> str:
    """Return the name of a payload's message."""
    return payload.name.capitalize()


def proto(layout: ProtobufLayout, payload: Payload) -> str:
    """Return the .proto source of a payload's message."""
    lines = ['syntax = "proto3";', "", f"message {message_name(payload)} {{"]
    for number, field in enumerate(payload.fields, 1):
        kind = layout.type_of(field)
        label = "repeated " if layout.is_repeated(field) else "optional " if kind != "bytes" else ""
        lines.append(f"  {label}{kind} {field.name} = {number};")
    return "\n".join([*lines, "}", ""])


_WIDE = {"uint32": "uint64", "sint32": "sint64"}


@cache
def message_class(layout: ProtobufLayout, payload: Payload, *, wide: bool = False) -> Any:
    """Return the generated class of a payload's message.

    wide: with varints of 64 bits in place of 32. They are the same bytes, but a number that is too
    large is seen; the class of the schema takes it modulo 2^32, as Protobuf has it.
    """
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    source = descriptor_pb2.FileDescriptorProto(name=f"{payload.name}.proto", syntax="proto3")
    message = source.message_type.add(name=message_name(payload))
    for number, field in enumerate(payload.fields, 1):
        kind = layout.type_of(field)
        if wide:
            kind = _WIDE.get(kind, kind)
        repeated = layout.is_repeated(field)
        entry = message.field.add(
            name=field.name,
            number=number,
            type=kinds.Type.Value(f"TYPE_{kind.upper()}"),
            label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL,
        )
        if not repeated and kind != "bytes":
            # Explicit presence is a one-member oneof in a descriptor.
            entry.proto3_optional = True
            entry.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(source)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(message.name))
