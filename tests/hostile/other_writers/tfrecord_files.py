"""TFRecord of other programs: features in any order, more of them, numbers that are not packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from formats.cells import as_bytes
from formats.protobuf import tfrecord
from tests.hostile.other_writers.foreign import Written, described, pick, samples_of, shuffled

if TYPE_CHECKING:
    from random import Random

    from formats.payloads import Batch, Payload

_FAULTS = {
    "without a feature": "no feature|doesn't exist",
    "with a value less": "values|bytes|shape|buffer size",
    "with a wide number": "does not fit",
}


def _number(value: int) -> bytes:
    out = bytearray()
    value &= 0xFFFF_FFFF_FFFF_FFFF
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _run(tag: int, octets: bytes) -> bytes:
    return bytes([tag]) + _number(len(octets)) + octets


def _feature(values: list[Any], *, packed: bool) -> bytes:
    """Return a Feature of bytes, or of whole numbers."""
    if values and isinstance(values[0], bytes):
        return _run(0x0A, b"".join(_run(0x0A, cell) for cell in values))
    numbers = [_number(value) for value in values]
    if packed:
        return _run(0x1A, _run(0x0A, b"".join(numbers)))
    return _run(0x1A, b"".join(b"\x08" + number for number in numbers))


def _cells(payload: Payload, batch: Batch) -> list[dict[str, list[Any]]]:
    """Return the values of each feature of each sample."""
    columns: dict[str, list[list[Any]]] = {}
    for field in payload.fields:
        values = batch[field.name]
        if field.blob:
            columns[field.name] = [[cell.tobytes()] for cell in as_bytes(field, values)]
        else:
            columns[field.name] = values.reshape(-1, field.width).tolist()
    rows = range(samples_of(payload, batch))
    return [{name: column[row] for name, column in columns.items()} for row in rows]


def _fault(rng: Random, payload: Payload, samples: list[dict[str, list[Any]]]) -> str:
    """Change the last sample so that it holds something else, and return how."""
    if not samples or rng.random() < 0.7:
        return ""
    fault = rng.choice(list(_FAULTS))
    field = rng.choice(payload.fields)
    values = samples[-1][field.name]
    if fault == "without a feature":
        del samples[-1][field.name]
    elif fault == "with a value less":
        samples[-1][field.name] = [values[0][:-1]] if field.blob else values[:-1]
    elif field.blob:
        return ""
    else:
        samples[-1][field.name] = [*values[:-1], rng.choice([1 << 40, -(1 << 40)])]
    return fault


def write(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    """Write Examples by hand."""
    options = pick(rng, packed=[True, False], more=[False, True], value_first=[False, False, True])
    samples = _cells(payload, batch)
    fault = _fault(rng, payload, samples)
    order = shuffled(rng, payload.field_names)
    records = []
    for sample in samples:
        entries = []
        for name in order:
            if name in sample:
                value = _run(0x12, _feature(sample[name], packed=options["packed"]))
                parts = [_run(0x0A, name.encode()), value]
                entries.append(b"".join(parts[:: -1 if options["value_first"] else 1]))
        if options["more"]:
            floats = _run(0x12, _run(0x12, _run(0x0A, b"\0\0\x80\x3f")))
            entries.insert(rng.randrange(len(entries) + 1), _run(0x0A, b"weight") + floats)
        features = b"".join(_run(0x0A, entry) for entry in entries)
        records.append(_run(0x0A, features))
    return Written(
        tfrecord.frame(records),
        described(options) + (f", {fault}" if fault else ""),
        _FAULTS.get(fault, ""),
    )
