"""Protobuf, canonical: a message a sample, each preceded by its length as a varint.

The framing of Java's writeDelimitedTo and Python's google.protobuf.proto. A scalar has explicit
presence, so that a zero is written too; a vector is a packed repeated field; a blob is `bytes`,
little-endian. Numbers that may be negative are sint32, others uint32.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from formats.layouts.model import Layout

if TYPE_CHECKING:
    from formats.payloads import Field, Payload

LAYOUT = Layout("protobuf", "messages", canonical=True)

_VARINT, _LENGTH_DELIMITED = 0, 2


def is_signed(field: Field) -> bool:
    """Tell whether a field of numbers is written zigzag (sint32)."""
    return field.bounds[0] < 0


def tag(payload: Payload, field: Field) -> int:
    """Return a field's tag: its number, counted from 1, and its wire type."""
    wire_type = _LENGTH_DELIMITED if field.shape else _VARINT
    return (payload.fields.index(field) + 1) << 3 | wire_type


def _type_name(field: Field) -> str:
    if field.blob:
        return "bytes"
    return "sint32" if is_signed(field) else "uint32"


def message_name(payload: Payload) -> str:
    """Return the name of a payload's message."""
    return payload.name.capitalize()


def proto(payload: Payload) -> str:
    """Return the .proto source of a payload's message."""
    lines = ['syntax = "proto3";', "", f"message {message_name(payload)} {{"]
    for number, field in enumerate(payload.fields, 1):
        label = "" if field.blob else "repeated " if field.shape else "optional "
        lines.append(f"  {label}{_type_name(field)} {field.name} = {number};")
    return "\n".join([*lines, "}", ""])


@cache
def message_class(payload: Payload) -> Any:
    """Return the generated class of a payload's message."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    source = descriptor_pb2.FileDescriptorProto(name=f"{payload.name}.proto", syntax="proto3")
    message = source.message_type.add(name=message_name(payload))
    for number, field in enumerate(payload.fields, 1):
        entry = message.field.add(
            name=field.name,
            number=number,
            type=kinds.Type.Value(f"TYPE_{_type_name(field).upper()}"),
            label=kinds.LABEL_REPEATED if field.shape and not field.blob else kinds.LABEL_OPTIONAL,
        )
        if not field.shape:
            # Explicit presence is a one-member oneof in a descriptor.
            entry.proto3_optional = True
            entry.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(source)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(message.name))
