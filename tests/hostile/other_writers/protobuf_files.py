"""Protobuf of other programs: classes of another schema, and any bytes that the wire allows.

Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from formats.cells import as_bytes
from formats.protobuf.layout import ProtobufLayout
from formats.registry import LAYOUTS
from tests.hostile.other_writers import tfrecord_files
from tests.hostile.other_writers.foreign import Written, described, pick, samples_of

if TYPE_CHECKING:
    from random import Random

    from formats.payloads import Batch, Field, Payload
    from tests.hostile.other_writers.foreign import Writer

_VARINT, _I64, _LEN, _OPEN, _CLOSE, _I32 = range(6)

# What a message may have that is none of the layout: the reason that it is refused for.
_FAULTS = {
    "without a field": "lacks|has 0|0 values|0 bytes|do not make|samples",
    "with a value less": "values|bytes|has .* samples",
    "with a wide number": "does not fit",
}


def shape_of(layout: str) -> ProtobufLayout:
    """Return a layout of Protobuf by its name."""
    shape = LAYOUTS[layout]
    assert isinstance(shape, ProtobufLayout)
    return shape


def messages(layout: str, payload: Payload, batch: Batch) -> list[dict[str, Any]]:
    """Return what each message of a batch holds: bytes, a number or a list of them, by field."""
    shape = shape_of(layout)
    columns: dict[str, list[Any]] = {}
    for field in payload.fields:
        values = batch[field.name]
        if shape.whole_batch:
            is_bytes = shape.type_of(field) == "bytes"
            octets = as_bytes(field, values).tobytes()
            columns[field.name] = [octets if is_bytes else values.ravel().tolist()]
        elif shape.pictures:
            columns[field.name] = shape.pictures.write(field, values)
        elif shape.type_of(field) == "bytes":
            columns[field.name] = [cell.tobytes() for cell in as_bytes(field, values)]
        else:
            columns[field.name] = values.tolist()
    count = 1 if shape.whole_batch else samples_of(payload, batch)
    return [{name: column[row] for name, column in columns.items()} for row in range(count)]


class _Wire:
    """Writes messages in any form that the wire format allows."""

    def __init__(self, rng: Random, layout: str, payload: Payload, options: dict[str, Any]) -> None:
        self._rng = rng
        self._shape = shape_of(layout)
        self._payload = payload
        self._options = options

    def _varint(self, value: int, longest: int = 10) -> bytes:
        """Return a varint, of more bytes than it needs now and then."""
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        if self._options["long_varints"] and self._rng.random() < 0.3 and len(out) < longest:
            out[-1] |= 0x80
            out += b"\x80" * self._rng.randrange(longest - len(out))
            out.append(0)
        return bytes(out)

    def _tag(self, number: int, kind: int) -> bytes:
        return self._varint(number << 3 | kind, 5)

    def _run(self, number: int, octets: bytes) -> bytes:
        return self._tag(number, _LEN) + self._varint(len(octets), 5) + octets

    def _number(self, field: Field, value: int) -> bytes:
        kind = self._shape.type_of(field)
        if kind.endswith("fixed32"):
            return struct.pack("<i" if kind == "sfixed32" else "<I", value)
        if kind == "sint32":
            value = value << 1 ^ value >> 63
        return self._varint(value & 0xFFFF_FFFF_FFFF_FFFF)

    def _repeated(self, field: Field, number: int, values: list[int]) -> list[bytes]:
        how = self._options["repeated"]
        kind = _I32 if self._shape.type_of(field).endswith("fixed32") else _VARINT
        parts: list[bytes] = []
        position = 0
        while position < len(values):
            size = self._rng.randint(1, len(values)) if how != "packed" else len(values)
            some = [self._number(field, v) for v in values[position : position + size]]
            if how == "unpacked" or (how == "mixed" and self._rng.random() < 0.5):
                parts += [self._tag(number, kind) + value for value in some]
            else:
                parts.append(self._run(number, b"".join(some)))
            position += size
        return parts

    def _field(self, field: Field, number: int, value: Any) -> list[bytes]:
        """Return the parts of a field, whose order matters."""
        if isinstance(value, list):
            return self._repeated(field, number, value)
        parts = []
        if self._options["twice"] and self._rng.random() < 0.5:  # the last one counts
            other = b"before" if isinstance(value, bytes) else self._number(field, 1)
            parts.append(other)
        parts.append(value if isinstance(value, bytes) else self._number(field, value))
        if isinstance(value, bytes):
            return [self._run(number, part) for part in parts]
        return [self._tag(number, _VARINT) + part for part in parts]

    def unknown(self, depth: int = 0) -> bytes:
        """Return a field that no payload has."""
        rng = self._rng
        number = rng.choice([4, 15, 16, 100, 18_999, 20_000, (1 << 29) - 1])
        kind = rng.choice([_VARINT, _I64, _LEN, _OPEN, _I32] if depth < 3 else [_VARINT])
        if kind == _VARINT:
            return self._tag(number, kind) + self._varint(rng.getrandbits(rng.choice([1, 32, 64])))
        if kind == _LEN:
            return self._run(number, rng.randbytes(rng.choice([0, 1, 200])))
        if kind == _OPEN:
            inner = b"".join(self.unknown(depth + 1) for _ in range(rng.randrange(3)))
            return self._tag(number, _OPEN) + inner + self._tag(number, _CLOSE)
        return self._tag(number, kind) + rng.randbytes(4 if kind == _I32 else 8)

    def message(self, values: dict[str, Any]) -> bytes:
        """Return a message: fields in any order, and those that no payload has between them."""
        rng = self._rng
        queues = [
            self._field(field, number, values[field.name])
            for number, field in enumerate(self._payload.fields, 1)
            if field.name in values
        ]
        if self._options["order"] == "reversed":
            queues.reverse()
        if self._options["unknown"]:
            queues += [[self.unknown()] for _ in range(rng.randint(1, 3))]
        if self._options["order"] != "any":
            if self._options["unknown"] == "first":
                queues.sort(key=lambda queue: queue in queues[: len(values)])
            return b"".join(part for queue in queues for part in queue)
        out = []
        while queues := [queue for queue in queues if queue]:
            out.append(rng.choice(queues).pop(0))
        return b"".join(out)

    def delimited(self, octets: bytes) -> bytes:
        """Return a message after its length."""
        return self._varint(len(octets), 5) + octets


def _wide(rng: Random, shape: ProtobufLayout, payload: Payload, samples: list[Any]) -> bool:
    """Put a number that no field of 32 bits may hold into a message, if it has varints."""
    fields = [field for field in payload.fields if shape.type_of(field).endswith("int32")]
    if not fields:
        return False
    field = rng.choice(fields)
    wide = rng.choice([1 << 32, (1 << 32) + 5, 1 << 40, (1 << 62) + 1])
    value = samples[-1][field.name]
    samples[-1][field.name] = [*value[:-1], wide] if isinstance(value, list) else wide
    return True


def _faulty(rng: Random, layout: str, payload: Payload, samples: list[Any]) -> str:
    """Change messages so that they hold something else, and return how."""
    fault = rng.choice(list(_FAULTS)) if samples and rng.random() < 0.2 else ""
    field = rng.choice(payload.fields)
    value = samples[-1][field.name] if samples else None
    if fault == "with a wide number":
        return fault if _wide(rng, shape_of(layout), payload, samples) else ""
    if fault == "with a value less":
        if shape_of(layout).pictures or not isinstance(value, (bytes, list)) or not value:
            return ""
        samples[-1][field.name] = value[:-1]
    if fault == "without a field":
        alone = shape_of(layout).whole_batch and len(payload.fields) == 1
        if alone or (isinstance(value, (bytes, list)) and not value):
            return ""  # an empty batch
        del samples[-1][field.name]
    return fault


def _wire(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    options = pick(
        rng,
        order=["own", "reversed", "any"],
        unknown=["", "", "first", "last"],
        repeated=["packed", "packed", "unpacked", "mixed", "split"],
        long_varints=[False, False, True],
        twice=[False, False, True],
    )
    samples = messages(layout, payload, batch)
    fault = _faulty(rng, layout, payload, samples)
    wire = _Wire(rng, layout, payload, options)
    parts = [wire.message(values) for values in samples]
    data = b"".join(parts if shape_of(layout).whole_batch else map(wire.delimited, parts))
    refusal = _FAULTS.get(fault, "")
    if fault and shape_of(layout).pictures:
        refusal += "|not a PNG|not a JPEG"
    return Written(data, described(options) + (f", {fault}" if fault else ""), refusal)


def _class(shape: ProtobufLayout, payload: Payload, options: dict[str, Any]) -> Any:
    """Return the class of another schema that the same messages follow: wider, or with more."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    source = descriptor_pb2.FileDescriptorProto(name="other.proto", syntax="proto2")
    message = source.message_type.add(name="Other")
    wider = {"uint32": "uint64", "sint32": "sint64"} if options["wider"] else {}
    for number, field in enumerate(payload.fields, 1):
        kind = shape.type_of(field)
        repeated = shape.is_repeated(field)
        entry = message.field.add(
            name=field.name,
            number=number,
            type=kinds.Type.Value(f"TYPE_{wider.get(kind, kind).upper()}"),
            label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL,
        )
        if repeated:
            entry.options.packed = options["packed"]
    if options["more"]:
        types = [kinds.TYPE_STRING, kinds.TYPE_DOUBLE, kinds.TYPE_FLOAT, kinds.TYPE_SINT64]
        for number, kind_number in enumerate(types, 20):
            message.field.add(
                name=f"more_{number}", number=number, type=kind_number, label=kinds.LABEL_OPTIONAL
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(source)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Other"))


def _google(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    from google.protobuf import proto

    options = pick(rng, wider=[False, True], packed=[True, False], more=[False, True])
    shape = shape_of(layout)
    message_class = _class(shape, payload, options)
    stream = io.BytesIO()
    for values in messages(layout, payload, batch):
        message = message_class(**values)
        if options["more"]:
            message.more_20, message.more_21 = "a source", 1.5
            message.more_22, message.more_23 = 0.25, -1
        if shape.whole_batch:
            return Written(message.SerializeToString(), described(options))
        proto.serialize_length_prefixed(message, stream)
    return Written(stream.getvalue(), described(options))


WRITERS: dict[str, tuple[Writer, str]] = {
    "wire format": (_wire, "struct"),
    "another schema": (_google, "google.protobuf"),
    "TFRecord": (tfrecord_files.write, "struct"),
}
"""Each writer with the library that it needs."""
