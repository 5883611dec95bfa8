"""Ways to damage bytes: pure functions of a random generator, valid bytes, and others to mix in."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, TypeAlias

from formats.errors import DecodeError
from formats.protobuf import tfrecord
from tests.hostile import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    Mutation: TypeAlias = Callable[[Random, bytes, Sequence[bytes]], bytes]

DEEP = 100_000

NUMBERS = (
    b"-1", b"-0", b"007", b"+1", b"1.0", b"1.5", b"1e3", b"1e999", b"-1e999", b"0x10", b"1_0",
    b"NaN", b"Infinity", b"null", b"true", b"false", b"", b"-", b"--1", b" 1", b"1 ", b"\t1",
    b'"1"', b"'1'", b"[1]", b"[]", b"{}", b'"', b'""', b"1,1", b"1\n1", b"1\r\n", b"\\u0031",
    b"\xef\xbc\x91", b"255", b"256", b"65536", b"2147483647", b"2147483648", b"-2147483649",
    b"4294967296", b"9223372036854775807", b"9223372036854775808", b"18446744073709551616",
    b"9" * 16, b"1" * 40, b"9" * 400, b"9" * 5_000, b"1" + b"0" * 30, b"0" * 64,
)  # fmt: skip

VARINTS = (
    b"\x00", b"\x01", b"\x7f", b"\x80\x00", b"\x80\x01", b"\xff\xff\x03", b"\xff\xff\xff\xff\x07",
    b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x10", b"\xff" * 9 + b"\x01", b"\xff" * 12,
    b"\x80" * 9 + b"\x00", b"\x80" * 4 + b"\x00",
)  # fmt: skip

WORDS = (
    b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\x01\0\0\0", b"\0\0\0\x01",
    b"\0" * 8, b"\xff" * 8, b"\xff" * 7 + b"\x7f",
)  # fmt: skip


def _span(rng: Random, data: bytes, longest: int = 64) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.randint(1, longest))


def _put(data: bytes, start: int, stop: int, result: bytes) -> bytes:
    return data[:start] + result + data[stop:]


def truncate(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Cut off the end, often only little of it, or the beginning."""
    keep = rng.choice([rng.randrange(len(data) + 1), max(0, len(data) - rng.randint(1, 9))])
    return data[:keep] if rng.random() < 0.8 else data[-keep:]


def extend(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Put bytes before or after."""
    more = rng.choice(
        [
            rng.randbytes(rng.randint(1, 20)),
            b"\0" * rng.randint(1, 40),
            b"\n",
            b"\xef\xbb\xbf",
            data,
        ]
    )
    return data + more if rng.random() < 0.8 else more + data


def flip(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Flip some bits."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 8]) if data else 0):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write other bytes over some."""
    start, stop = _span(rng, data, rng.choice([1, 1, 4, 64]))
    size = stop - start
    return _put(data, start, stop, rng.choice([rng.randbytes(size), b"\0" * size, b"\xff" * size]))


def nudge(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Make a byte larger or smaller by one."""
    changed = bytearray(data)
    if data:
        place = rng.randrange(len(data))
        changed[place] = (changed[place] + rng.choice([-1, 1])) & 0xFF
    return bytes(changed)


def delete(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Leave a slice out."""
    start, stop = _span(rng, data, rng.choice([1, 4, 64, max(1, len(data))]))
    return data[:start] + data[stop:]


def duplicate(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Repeat a slice."""
    start, stop = _span(rng, data, rng.choice([1, 4, 64, max(1, len(data))]))
    return data[:stop] + data[start:stop] * rng.choice([1, 1, 3, 50]) + data[stop:]


def swap(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Exchange two slices."""
    a, b, c, d = sorted(rng.randrange(len(data) + 1) for _ in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def splice(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Go on with, or put in, a part of another encoding."""
    other = rng.choice(others)
    if rng.random() < 0.2:
        return other
    start, stop = _span(rng, other, max(1, len(other)))
    left, right = _span(rng, data)
    if rng.random() < 0.5:
        return data[:left] + other[start:]
    return _put(data, left, right, other[start:stop])


def word(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write a length of four or eight bytes over some."""
    result = rng.choice([*WORDS, len(data).to_bytes(4, "little"), len(data).to_bytes(4, "big")])
    start = rng.randrange(len(data) + 1)
    return _put(data, start, start + len(result), result)


def varint(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write a varint over a byte or more, or between two."""
    start = rng.randrange(len(data) + 1)
    return _put(data, start, start + rng.choice([0, 1, 2, 5]), rng.choice(VARINTS))


GENERAL: tuple[Mutation, ...] = (
    truncate, extend, flip, flip, overwrite, nudge, delete, duplicate, swap, splice, word, varint,
)  # fmt: skip


def number(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write something else where a number is."""
    items = [match.span() for match in re.finditer(rb"-?\d+", data[: 1 << 16])]
    start, stop = rng.choice(items) if items else (0, 0)
    return _put(data, start, stop, rng.choice(NUMBERS))


def lines(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Leave out, repeat, exchange or blank lines, or end them otherwise."""
    result = data.split(b"\n")
    first, second = rng.randrange(len(result)), rng.randrange(len(result))
    match rng.randrange(7):
        case 0:
            del result[first]
        case 1:
            result.insert(second, result[first])
        case 2:
            result[first], result[second] = result[second], result[first]
        case 3:
            result.insert(first, b"" if rng.random() < 0.5 else b" ")
        case 4:
            return data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"", b"\0\n", b"\x85"]))
        case 5:
            result[first] += b"\r"
        case _:
            result[first] = result[second] + result[first]
    return b"\n".join(result)


def punctuation(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Exchange one mark for another, or all of a kind."""
    marks = b',:;"[]{}\n \\#'
    at = [match.start() for match in re.finditer(rb'[,:"\[\]{}\n]', data[: 1 << 16])]
    if not at:
        return data
    place = rng.choice(at)
    new = rng.choice([b"", bytes([rng.choice(marks)]), bytes([rng.choice(marks)]) * 2])
    if rng.random() < 0.2:
        return data.replace(data[place : place + 1], new)
    return _put(data, place, place + 1, new)


def nest(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Nest deeply, where a value is or anywhere."""
    depth = rng.choice([2, 70, 1_100, DEEP])
    opened, closed = rng.choice([(b"[", b"]"), (b'{"a":', b"}"), (b"[[],", b"]"), (b'"', b'"')])
    items = [match.span() for match in re.finditer(rb"\[|-?\d+", data[: 1 << 14])]
    start, stop = rng.choice([*items, (0, 0)])
    if rng.random() < 0.5:
        closed = b""
    return _put(data, start, stop, opened * depth + data[start:stop] + closed * depth)


def keys(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Repeat, rename or leave out a key and its value."""
    items = list(
        re.finditer(rb'"(\w+)":(\[[^\]]{0,4096}\]|"[^"]{0,4096}"|-?\d+),?', data[: 1 << 16])
    )
    if not items:
        return data
    item, two = rng.choice(items), rng.choice(items)
    match rng.randrange(4):
        case 0:
            return _put(data, item.start(), item.start(), item[0].rstrip(b",") + b",")
        case 1:
            return _put(data, *item.span(1), two[1])
        case 2:
            return _put(data, *item.span(2), two[2])
        case _:
            return _put(data, *item.span(), b"")


def strings(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Put text where a number or a cell is: long, escaped, or not text at all."""
    items = [match.span() for match in re.finditer(rb"[\w+/=-]+", data[: 1 << 16])]
    start, stop = rng.choice(items) if items else (0, 0)
    text = rng.choice(
        [b'"' + b"a" * rng.choice([1, 300, 30_000]) + b'"', b'"\\ud800"', b"\xff\xfe", b"\0",
         b"=" * 4, b"A" * 8, b"=SUM(A1)", b"\x1b[2J", "\u2028".encode(), b'"\\""', b'"a""b"',
         b'"1\n2"']
    )  # fmt: skip
    return _put(data, start, stop, text)


TEXT: tuple[Mutation, ...] = (number, number, number, lines, punctuation, strings)
JSON: tuple[Mutation, ...] = (*TEXT, nest, keys, keys)


def picture(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change a chunk of a PNG and make its checksum right again."""
    kinds = [match.start() for match in re.finditer(rb"IHDR|IDAT|IEND", data)]
    if not kinds:
        return data
    kind = rng.choice(kinds)
    size = min(int.from_bytes(data[kind - 4 : kind], "big"), len(data))
    body = kind + 4
    changed = rng.choice(GENERAL)(rng, data[body : body + size], others)
    if rng.random() < 0.7:
        changed = changed[:size].ljust(size, b"\0")
    name = (
        data[kind:body] if rng.random() < 0.8 else rng.choice([b"zTXt", b"iCCP", b"PLTE", b"fdAT"])
    )
    sealed = name + changed
    chunk = len(changed).to_bytes(4, "big") + sealed + zlib.crc32(sealed).to_bytes(4, "big")
    return _put(data, kind - 4, body + size + 4, chunk)


def record(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Damage a record of a TFRecord and make its checksums right again, if it is one."""
    try:
        rows = tfrecord.records(data)
    except DecodeError:
        return data
    if not rows:
        return data
    row = rng.randrange(len(rows))
    rows[row] = rng.choice([*GENERAL, varint])(rng, rows[row], others)
    return tfrecord.frame(rows)


def jpeg(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change a segment of a JPEG, or its scan, mostly without moving what follows."""
    marks = [match.start() for match in re.finditer(rb"\xff[\xc0-\xcf\xda-\xdd\xe0-\xef]", data)]
    if not marks:
        return data
    mark = rng.choice(marks)
    if rng.random() < 0.2:
        kind = rng.choice([0x01, 0xC0, 0xC2, 0xC3, 0xC4, 0xC9, 0xCC, 0xD0, 0xD8, 0xD9, 0xDA, 0xDC])
        return _put(data, mark + 1, mark + 2, bytes([kind]))
    size = int.from_bytes(data[mark + 2 : mark + 4], "big")
    start = mark + 2 + rng.choice([0, 2, size])
    stop = min(len(data), start + rng.choice([2, 17, max(size, 2)]))
    changed = rng.choice(GENERAL)(rng, data[start:stop], others)
    if rng.random() < 0.8:
        changed = changed[: stop - start].ljust(stop - start, b"\0")
    return _put(data, start, stop, changed)


def footer_size(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write another length of the footer of a Parquet file."""
    size = int.from_bytes(data[-8:-4], "little")
    new = rng.choice([0, 1, size + 1, size - 1, len(data), len(data) - 8, 2**31 - 1, 2**32 - 1])
    return data[:-8] + (new % 2**32).to_bytes(4, "little") + data[-4:]


def footer_bytes(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Damage the footer of a Parquet file, and make its length right again."""
    start = parquet_bytes.footer_start(data)
    return parquet_bytes.with_footer(data, rng.choice(GENERAL)(rng, data[start:-8], others))


def footer_number(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write another number, size or count into the footer of a Parquet file."""
    start = parquet_bytes.footer_start(data)
    footer = parquet_bytes.renumbered(rng, data[start:-8], 0, len(data))
    return parquet_bytes.with_footer(data, footer)


def page_header(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write another number into the header of a page, mostly without moving what follows."""
    pages = parquet_bytes.pages(data)
    return parquet_bytes.renumbered(rng, data, rng.choice(pages)[0], len(data)) if pages else data


def page_body(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Damage a page and make its checksum right again, so that the damage reaches the decoder."""
    pages = parquet_bytes.pages(data)
    if not pages:
        return data
    _, start, stop = rng.choice(pages)
    damage = rng.choice([flip, overwrite, nudge, swap, word, varint, picture, jpeg])
    body = damage(rng, data[start : min(stop, start + 4096)], others)
    size = min(stop, start + 4096) - start
    changed = _put(data, start, start + size, body[:size].ljust(size, b"\0"))
    return parquet_bytes.resealed(changed)


PARQUET: tuple[Mutation, ...] = (
    footer_size, footer_bytes, footer_number, footer_number, page_header, page_body, page_body,
)  # fmt: skip


def arrow_metadata(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Write another number into the footer of an Arrow file, or before a record batch."""
    end = len(data) - 10
    start = max(0, end - int.from_bytes(data[-10:-6], "little"))
    if rng.random() < 0.5:
        start, end = 8, min(len(data), 2_000)
    place = rng.randrange(start, max(start + 1, end)) & ~3
    number = rng.choice([*WORDS, *(n.to_bytes(4, "little") for n in (1, 2, 8, 24, len(data)))])
    return _put(data, place, place + len(number), number)


_BY_FORMAT: dict[str, tuple[Mutation, ...]] = {
    "csv": TEXT,
    "json": JSON,
    "parquet": PARQUET,
    "protobuf": (varint, picture, jpeg, record),
    "arrow": (arrow_metadata,),
}


def mutate(rng: Random, format_name: str, data: bytes, others: Sequence[bytes]) -> bytes:
    """Damage valid bytes of a format in one to three ways."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        pool = _BY_FORMAT[format_name] if rng.random() < 0.5 else GENERAL
        data = rng.choice(pool)(rng, data, others)
    return data
