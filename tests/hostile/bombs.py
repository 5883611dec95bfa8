"""Bytes made by hand to hurt: small ones that unpack to much, deep ones, and ones of other types.

A bomb is a function of layout, payload and scale that returns bytes; scale 1 is for a quick test.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from formats.protobuf import tfrecord
from formats.registry import DECODERS, LAYOUTS
from tests.hostile import bombs_arrow, bombs_jpeg, bombs_parquet, corpus
from tests.hostile.parquet_bytes import unsigned

if TYPE_CHECKING:
    from collections.abc import Callable

    from formats.codec import Layout
    from formats.payloads import Payload

    Bomb: TypeAlias = Callable[[Layout, Payload, int], bytes]

_MB = 1_000_000
DEEP = 100_000


def _valid(layout: Layout, payload: Payload, samples: int = 2) -> bytes:
    return corpus.valid(layout.id, payload.name, samples)


def _csv(body: Callable[[int], bytes]) -> Bomb:
    """Return a bomb of a right header and a body of a scale."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        header = _valid(layout, payload).split(b"\n")[0] + b"\n"
        return header + body(scale)

    return build


def _csv_row(cell: bytes) -> Bomb:
    """Return a bomb of valid rows and one whose last cell is something else."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        data = _valid(layout, payload)
        return data + data.split(b"\n")[1].rsplit(b",", 1)[0] + b"," + cell * scale + b"\n"

    return build


def _wide_header(layout: Layout, payload: Payload, scale: int) -> bytes:
    return b"a," * (5 * _MB // 2 * scale) + b"a\n1\n"


def _implicit_index(layout: Layout, payload: Payload, scale: int) -> bytes:
    """Each row but the header has one value more: 0 first, so that all others still fit."""
    header, *rows = _valid(layout, payload).split(b"\n")[:-1]
    return b"\n".join([header, *(b"0," + row for row in rows), b""])


CSV: dict[str, Bomb] = {
    "one line": _csv(lambda scale: b"1," * (5 * _MB // 2 * scale) + b"1\n"),
    "one line without end": _csv(lambda scale: b"1" * (5 * _MB * scale)),
    "one cell": _csv(lambda scale: b"A" * (5 * _MB * scale) + b"\n"),
    "open quote": _csv(lambda scale: b'"' + b"1,\n" * (_MB * scale)),
    "quotes": _csv(lambda scale: b'""' * (_MB * scale) + b"\n"),
    "blank lines": _csv(lambda scale: b"\n" * (3 * _MB * scale)),
    "carriage returns": _csv(lambda scale: b"\r" * (3 * _MB * scale)),
    "zeros": _csv(lambda scale: b"\0" * (_MB * scale)),
    "wide header": _wide_header,
    "a value more in each row": _implicit_index,
    "digits": _csv_row(b"9" * 10_000),
    "leading zeros": _csv_row(b"0" * 10_000),
    "exponent": _csv_row(b"1e999999999"),
    "no text": lambda layout, payload, scale: bytes(range(256)) * 100 * scale,
}


def _json(value: Callable[[int], bytes]) -> Bomb:
    """Return a bomb of valid keys whose first value is something else."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        data = _valid(layout, payload).split(b"\n")[0]
        start = data.index(b":") + 1
        stop = data.index(b"]", start) + 1 if data[start : start + 1] == b"[" else start + 1
        if data[start : start + 1] == b'"':
            stop = data.index(b'"', start + 1) + 1
        return data[:start] + value(scale) + data[stop:] + b"\n"

    return build


def _list_bomb(*values: bytes) -> Bomb:
    """Return a bomb whose every list holds the right number of values, and these among them."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        parts = []
        for field in payload.fields:
            cells = [*values, *[b"0"] * field.width][: field.width]
            value = b"[" + b",".join(cells) + b"]" if field.shape or layout.name == "flat" else b"0"
            parts.append(b'"%s":%s' % (field.name.encode(), value))
        return b"{" + b",".join(parts) + b"}" + (b"" if layout.name == "flat" else b"\n")

    return build


JSON: dict[str, Bomb] = {
    "deep lists": lambda layout, payload, scale: b"[" * DEEP + b"]" * DEEP,
    "deep lists without end": lambda layout, payload, scale: b"[" * DEEP,
    "deep objects": lambda layout, payload, scale: b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a deep value": _json(lambda scale: b"[" * DEEP + b"]" * DEEP),
    "a value nested to the limit of most": _json(lambda scale: b"[" * 900 + b"1" + b"]" * 900),
    "a deep value without end": _json(lambda scale: b"[" * DEEP),
    "a list of lists": _list_bomb(b"[]"),
    "a ragged list of lists": _list_bomb(b"[1]", b"[1,2]"),
    "empty lists": lambda layout, payload, scale: b"[]\n" * (_MB // 3 * scale),
    "empty objects": lambda layout, payload, scale: b"{}\n" * (_MB // 3 * scale),
    "many small lists": _json(lambda scale: b"[" + b"[]," * (_MB // 3 * scale) + b"1]"),
    "many small objects": _json(lambda scale: b"[" + b'{"":0},' * (_MB // 7 * scale) + b"1]"),
    "many values": _json(lambda scale: b"[" + b"1," * (_MB * scale) + b"1]"),
    "many keys": lambda layout, payload, scale: (
        b"{" + b",".join(b'"%x":0' % key for key in range(100_000 * scale)) + b"}"
    ),
    "one key many times": lambda layout, payload, scale: (
        b"{" + b",".join([b'"ids":[1]'] * (100_000 * scale)) + b"}"
    ),
    "long text among numbers": _list_bomb(b'"' + b"a" * 1_000_000 + b'"', b'"b"'),
    "text among numbers": _list_bomb(b'"1"'),
    "digits": _json(lambda scale: b"9" * (100_000 * scale)),
    "digits in a list": _list_bomb(b"9" * 4_000),
    "20 digits in a list": _list_bomb(b"9" * 20),
    "exponent": _list_bomb(b"1e999"),
    "a fraction": _list_bomb(b"1.5"),
    "null": _list_bomb(b"null"),
    "true": _list_bomb(*[b"true"] * 3_000),
    "NaN": _list_bomb(b"NaN"),
    "a lone surrogate": _list_bomb(b'"\\ud800"'),
    "blank lines": lambda layout, payload, scale: b"\n" * (_MB * scale),
    "carriage returns": lambda layout, payload, scale: b"\r" * (_MB * scale),
    "UTF-16": lambda layout, payload, scale: _valid(layout, payload).decode().encode("utf-16"),
    "a byte order mark": lambda layout, payload, scale: b"\xef\xbb\xbf" + _valid(layout, payload),
    "no text": lambda layout, payload, scale: bytes(range(256)) * 100 * scale,
    "one string": lambda layout, payload, scale: b'"' + b"a" * (5 * _MB * scale) + b'"\n',
    "escapes": _json(lambda scale: b'"' + b"\\u0041" * (_MB // 2 * scale) + b'"'),
}


def _message(body: bytes) -> bytes:
    return unsigned(len(body)) + body


def _framed(layout: Layout, body: bytes) -> bytes:
    if layout.name == "tfrecord":
        return tfrecord.frame([body])
    return body if layout.name == "packed" else _message(body)


def _protobuf(body: Callable[[int], bytes]) -> Bomb:
    """Return a bomb of one message."""
    return lambda layout, payload, scale: _framed(layout, body(scale))


PROTOBUF: dict[str, Bomb] = {
    "empty records": lambda layout, payload, scale: tfrecord.frame([b""] * (_MB // 16 * scale)),
    "records of no features": (
        lambda layout, payload, scale: tfrecord.frame([b"\x0a\0"] * (_MB // 18 * scale))
    ),
    "a record of 2**62 bytes": lambda layout, payload, scale: tfrecord.head(1 << 62) + b"\0" * 99,
    "a record of 2**64 bytes": lambda layout, payload, scale: tfrecord.head((1 << 64) - 1),
    "many features": (
        lambda layout, payload, scale: tfrecord.frame(
            [b"".join(b"\x0a\x08\x0a\x06\x0a\x04%04x" % n for n in range(50_000 * scale))]
        )
    ),
    "empty messages": lambda layout, payload, scale: b"\0" * (_MB * scale),
    "packed zeros": _protobuf(lambda scale: b"\x0a" + _message(b"\0" * (_MB * scale))),
    "zeros in the second field": _protobuf(lambda scale: b"\x12" + _message(b"\0" * (_MB * scale))),
    "zeros that are not packed": _protobuf(lambda scale: b"\x10\0" * (_MB // 2 * scale)),
    "one field many times": _protobuf(lambda scale: b"\x0a\0" * (_MB // 2 * scale)),
    "unknown fields": _protobuf(lambda scale: b"\x98\x06\0" * (_MB // 3 * scale)),
    "unknown bytes": _protobuf(lambda scale: b"\x9a\x06\0" * (_MB // 3 * scale)),
    "small messages of unknown fields": (
        lambda layout, payload, scale: _message(b"\x98\x06\0") * (_MB // 4 * scale)
    ),
    "deep groups": _protobuf(lambda scale: b"\x9b\x06" * DEEP + b"\x9c\x06" * DEEP),
    "open groups": _protobuf(lambda scale: b"\x9b\x06" * DEEP),
    "closed groups": _protobuf(lambda scale: b"\x9c\x06" * DEEP),
    "groups of no depth": _protobuf(lambda scale: b"\x9b\x06\x9c\x06" * (_MB // 4 * scale)),
    "a long length": lambda layout, payload, scale: b"\xff" * 9 + b"\x01" + b"1" * 100,
    "a length of 2 GiB": lambda layout, payload, scale: unsigned(2**31 - 1) + b"\x0a\0",
    "a length of 8 EiB": lambda layout, payload, scale: unsigned(2**63 - 1) + b"\x0a\0",
    "a longer length": lambda layout, payload, scale: b"\xff" * _MB,
    "a field of 2 GiB": _protobuf(lambda scale: b"\x0a" + unsigned(2**31 - 1)),
    "field 0": _protobuf(lambda scale: b"\x02\0"),
    "wire type 7": _protobuf(lambda scale: b"\x0f\0"),
    "a varint where bytes should be": _protobuf(lambda scale: b"\x08\x01"),
    "bytes where a varint should be": _protobuf(lambda scale: b"\x0a\x01\x01"),
    "numbers of 64 bits": _protobuf(lambda scale: (b"\x08" + b"\xff" * 9 + b"\x01") * 300),
}


def _chunk(name: bytes, body: bytes) -> bytes:
    sealed = name + body
    return len(body).to_bytes(4, "big") + sealed + zlib.crc32(sealed).to_bytes(4, "big")


def _picture(
    *extra: bytes, side: int = 3, depth: int = 8, color: int = 2, interlaced: int = 0,
    pixels: bytes = b"\0" * 30, end: bytes = b"",
) -> bytes:  # fmt: skip
    head = side.to_bytes(4, "big") * 2 + bytes([depth, color, 0, 0, interlaced])
    data = _chunk(b"IDAT", zlib.compress(pixels, 9))
    parts = [_chunk(b"IHDR", head), *extra, data, end, _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@lru_cache
def _packed_text(size: int) -> bytes:
    return zlib.compress("\U0001f4a3".encode() * (size // 4), 9)


def _text(kind: bytes, size: int, key: int = 0) -> bytes:
    head = {b"zTXt": b"%d\0\0", b"iCCP": b"%d\0\0", b"iTXt": b"%d\0\x01\0\0\0"}[kind] % key
    return _chunk(kind, head + _packed_text(size))


def _many_texts(kind: bytes) -> tuple[bytes, ...]:
    return tuple(_text(kind, 1_000_000, key) for key in range(256))


PICTURES: dict[str, Callable[[], bytes]] = {
    "a picture": _picture,
    "100,000 pixels a side": lambda: _picture(side=100_000),
    "10,000 pixels a side": lambda: _picture(side=10_000),
    "2**31 pixels a side": lambda: _picture(side=2**31 - 1),
    "no pixels": lambda: _picture(side=0),
    "too few pixels": lambda: _picture(pixels=b"\0" * 29),
    "a zlib bomb": lambda: _picture(pixels=b"\0" * 100_000_000),
    "16 bits": lambda: _picture(depth=16, pixels=b"\0" * 57),
    "a palette": lambda: _picture(_chunk(b"PLTE", bytes(768)), color=3, pixels=b"\0" * 12),
    "grey": lambda: _picture(color=0, pixels=b"\0" * 12),
    "transparent": lambda: _picture(_chunk(b"tRNS", bytes(6))),
    "interlaced": lambda: _picture(interlaced=1, pixels=b"\0" * 40),
    "a bomb of text": lambda: _picture(_text(b"zTXt", 100_000_000)),
    "256 bombs of text": lambda: _picture(*_many_texts(b"zTXt")),
    "256 bombs of Unicode": lambda: _picture(*_many_texts(b"iTXt")),
    "a bomb of a profile": lambda: _picture(_text(b"iCCP", 100_000_000)),
    "256 bombs of profiles": lambda: _picture(*_many_texts(b"iCCP")),
    "text after the pixels": lambda: _picture(end=b"".join(_many_texts(b"iTXt"))),
    "an animation": lambda: _picture(_chunk(b"acTL", b"\0\0\xff\xff\0\0\0\0")),
    "a GIF": lambda: b"GIF89a\x03\0\x03\0\0\0\0,\0\0\0\0\x03\0\x03\0\0\x02\x02L\x01\0;",
    "nothing": lambda: b"",
}


def _in_message(picture: Callable[[], bytes]) -> Bomb:
    return lambda layout, payload, scale: _framed(layout, b"\x0a" + _message(picture()))


BOMBS: dict[str, dict[str, Bomb]] = {
    "csv": CSV,
    "json": JSON,
    "parquet": bombs_parquet.BOMBS,
    "arrow": bombs_arrow.BOMBS,
    "protobuf": dict(PROTOBUF),
}
"""By format; one of a format is for each of its layouts and payloads."""

CODED = {"PNG": PICTURES, "JPEG": bombs_jpeg.PICTURES}
"""By the name of a coding: pictures that only its layouts are tried on."""

for _coding, _pictures in CODED.items():
    for _name, _picture_of in _pictures.items():
        BOMBS["protobuf"][f"{_coding}: {_name}"] = _in_message(_picture_of)
        BOMBS["parquet"][f"{_coding}: {_name}"] = bombs_parquet.of_cell(_picture_of)


def _is_for(bomb: str, layout: Layout) -> bool:
    """Tell whether a bomb is meant for a layout: one of pictures for those of their coding."""
    coding, is_picture, _ = bomb.partition(": ")
    return not is_picture or (layout.pictures is not None and layout.pictures.name == coding)


def names() -> list[tuple[str, str, str]]:
    """Return every bomb with every codec and payload that it is meant for."""
    return [
        (bomb, codec, name)
        for codec, name in corpus.pairs()
        for bomb in BOMBS[DECODERS[codec].format]
        if _is_for(bomb, LAYOUTS[DECODERS[codec].layout])
    ]


@lru_cache(maxsize=8)
def build(bomb: str, layout: str, name: str, scale: int) -> bytes:
    """Return a bomb for a layout and a payload."""
    result = LAYOUTS[layout]
    return BOMBS[result.format][bomb](result, corpus.subject(name), scale)
