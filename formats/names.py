"""The parts of the names of codecs, `format/layout/decoder`, and of payloads, `kind-values`."""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """What is known of a format without its libraries."""

    title: str
    """As it is written in a text."""
    canonical: str
    """The layout that a codec is of where none is named."""


# A folder of this package each.
FORMATS: dict[str, Format] = {
    "csv": Format("CSV", "rows"),
    "json": Format("JSON", "lines"),
    "parquet": Format("Parquet", "columns"),
    "protobuf": Format("Protobuf", "messages"),
    "arrow": Format("Arrow", "columns"),
}

TITLES = {name: known.title for name, known in FORMATS.items()}
"""Formats as they are written in a text."""


def format_of(codec: str) -> str:
    """Return the format of a codec, or of the start of one: `csv` of `csv/rows/pandas`."""
    return codec.partition("/")[0]


def layout_of(codec: str) -> str | None:
    """Return the layout of a codec as `format/layout`; None where only its format is named."""
    parts = codec.split("/")
    return "/".join(parts[:2]) if len(parts) > 1 else None


def decoder_of(codec: str) -> str | None:
    """Return the name of a codec's decoder; None where none is named."""
    parts = codec.split("/")
    return parts[2] if len(parts) > 2 else None


def kind_of(payload: str) -> str:
    """Return a payload's kind, whatever its values: `tabular` of `tabular-sorted`."""
    return payload.partition("-")[0]
