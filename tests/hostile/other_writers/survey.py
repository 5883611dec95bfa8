"""What decoders make of the files of other writers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from formats.batch import mismatch
from formats.errors import DecodeError
from formats.parquet.layout import Kind
from formats.registry import FORMATS, LAYOUTS
from tests.formats.cases import bound, decoders_of
from tests.hostile.other_writers import (
    arrow_files,
    csv_files,
    json_files,
    parquet_files,
    protobuf_files,
)
from tests.hostile.other_writers.foreign import Foreign, foreign, installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from formats.payloads import Payload
    from tests.hostile.other_writers.foreign import Writer

WRITERS: dict[str, dict[str, tuple[Writer, str]]] = {
    "csv": csv_files.WRITERS,
    "json": json_files.WRITERS,
    "parquet": parquet_files.WRITERS,
    "protobuf": protobuf_files.WRITERS,
    "arrow": arrow_files.WRITERS,
}
assert set(WRITERS) == set(FORMATS)


@cache
def writers() -> tuple[tuple[str, str], ...]:
    """Return each format with each of its writers that is installed."""
    return tuple(
        (form, name)
        for form, entries in WRITERS.items()
        for name, (_, library) in entries.items()
        if installed(library)
    )


def lacking() -> list[str]:
    """Return the libraries that would write and are not installed."""
    libraries = {library for entries in WRITERS.values() for _, library in entries.values()}
    return sorted(library for library in libraries if not installed(library))


def _fits(writer: str, layout: str, payload: Payload) -> bool:
    """Tell whether a writer can write a payload as a layout has it."""
    if layout.startswith("protobuf/"):
        return (writer == "TFRecord") == layout.endswith("/tfrecord")
    if writer != "fastparquet":
        return True
    shape = parquet_files.shape_of(layout)
    kinds = {shape.kind_of(payload, field) for field in payload.fields}
    return not kinds & {Kind.LIST, Kind.FIXED_LIST}


def file(form: str, writer: str, seed: str) -> Foreign:
    """Return a file of a writer, the same for the same seed."""
    rng = Random(f"{form}/{writer}/{seed}")
    make = WRITERS[form][writer][0]
    return foreign(rng, form, writer, make, lambda layout, kind: _fits(writer, layout, kind))


@dataclass(frozen=True)
class Outcome:
    """What a decoder made of a file: the batch, an error with a reason, or something wrong."""

    codec: str
    kind: str
    """equal, refused or wrong."""
    reason: str = ""


def outcomes(one: Foreign) -> Iterator[Outcome]:
    """Decode a file with all decoders of its layout."""
    for entry in decoders_of(one.layout):
        try:
            batch = bound(entry.codec, one.payload.name).decode(one.written.data)
        except DecodeError as error:
            reason = str(error).removeprefix(f"{entry.codec}: ").split(". The bytes are")[0]
            allowed = [p for p in (one.written.refusal, one.written.limit) if p]
            kind = "refused" if any(re.search(p, reason) for p in allowed) else "wrong"
            yield Outcome(entry.codec, kind, reason)
            continue
        except Exception as error:  # noqa: BLE001  whatever else is raised breaks the contract
            yield Outcome(entry.codec, "wrong", f"raised {error!r}")
            continue
        kept = LAYOUTS[one.layout].kept(one.payload, one.batch)
        wrong = mismatch(one.payload, batch, kept)
        if one.written.refusal:
            wrong = wrong or "read, though it does not hold what was written"
        yield Outcome(entry.codec, "wrong" if wrong else "equal", wrong or "")
