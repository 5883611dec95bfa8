"""Codecs, layouts and payloads as the tests combine them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from formats.payloads import PAYLOADS, Payload, payload
from formats.registry import DECODERS, KNOWN, LAYOUTS, bind

if TYPE_CHECKING:
    from formats.codec import Codec, Decoder
    from formats.payloads import Batch

# Small enough to be quick, odd enough to break what assumes a round number.
SIZES = {"tabular": 5, "image": 3, "tokens": 300, "audio": 77}


def small(name: str) -> Payload:
    """Return a payload at the size that tests use."""
    return payload(name, SIZES[name])


def layout_cases() -> list[tuple[str, str]]:
    """Return each layout with each payload that it fits."""
    return [
        (layout.id, name)
        for layout in LAYOUTS.values()
        for name in PAYLOADS
        if layout.fits(small(name))
    ]


def codec_cases(*formats: str) -> list[tuple[str, str]]:
    """Return each codec, or those of some formats, with each payload that its layout fits."""
    fitting = layout_cases()
    return [
        (entry.codec, name)
        for entry in DECODERS.values()
        for name in PAYLOADS
        if (entry.layout, name) in fitting and (not formats or entry.format in formats)
    ]


def decoders_of(layout: str) -> list[Decoder]:
    """Return the installed decoders of a layout."""
    return [entry for entry in DECODERS.values() if entry.layout == layout]


def first_of(layout: str) -> Decoder:
    """Return the first registered decoder of a layout, which writes what the others read."""
    return next(entry for entry in KNOWN.values() if entry.layout == layout)


@cache
def bound(codec: str, name: str) -> Codec[Any]:
    """Return a codec for a small payload, the same one each time."""
    return bind(DECODERS[codec], small(name))


def encoded(layout: str, payload: Payload, batch: Batch) -> bytes:
    """Return a batch as the bytes of a layout."""
    return bind(first_of(layout), payload).encode(batch)


def widened(payload: Payload, dtype: str) -> Payload:
    """Return a payload of the same fields that hold wider numbers."""
    fields = tuple(replace(field, dtype=dtype, low=field.bounds[0]) for field in payload.fields)
    return replace(payload, fields=fields)
