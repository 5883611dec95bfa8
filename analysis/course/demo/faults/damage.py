"""Files that are damaged, or are something else: what bytes can have."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING

from analysis.course.demo.faults.given import (
    REJECTED,
    SOUND,
    Fault,
    Given,
    packed,
    replaced,
)
from bench.bundle import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGE_BYTES = 5 << 20
_BOMB_BYTES = 64 << 20
_DEEP = 20_000


def _bytes(given: Given, count: int) -> bytes:
    return given.rng.integers(0, 256, count, dtype="uint8").tobytes()


def _fuzzed(given: Given) -> bytes:
    """Some bytes of the packed file are others."""
    data = bytearray(given.contents.packed())
    for place in given.rng.integers(12, len(data), 40).tolist():
        data[place] ^= 0xFF
    return bytes(data)


def _fuzzed_text(given: Given) -> bytes:
    """Some bytes of the text are others; it is packed as it should be."""
    text = bytearray(given.text())
    for place in given.rng.integers(0, len(text), 40).tolist():
        text[place] ^= 0x80
    return packed(bytes(text))


def _cut(given: Given) -> bytes:
    data = given.contents.packed()
    return data[: int(len(data) * given.rng.uniform(0.2, 0.9))]


def _cut_text(given: Given) -> bytes:
    text = given.text()
    return packed(text[: int(len(text) * given.rng.uniform(0.2, 0.9))])


def _one_bit(given: Given) -> bytes:
    """A digit of a sample is another: what a bad disk does."""
    text = bytearray(given.text())
    place = text.index(b'"canary_us":[') + len(b'"canary_us":[')
    text[place] = ord("1") if text[place] != ord("1") else ord("2")
    return packed(bytes(text))


def _bomb(given: Given) -> bytes:
    """A file of some kilobytes that unpacks to many megabytes."""
    del given
    return packed(b"[" + b"0," * (_BOMB_BYTES // 2) + b"0]")


def _zip(given: Given) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("submission.json"), given.text())
    return buffer.getvalue()


def _pdf(given: Given) -> bytes:
    """A report, renamed."""
    del given
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def _utf_16(given: Given) -> bytes:
    """The text as an editor saved it: its digest shows that it is all there."""
    return given.text().decode().encode("utf-16")


def _spaced(given: Given) -> bytes:
    """The text as an editor laid it out."""
    import orjson

    return orjson.dumps(orjson.loads(given.text()), option=orjson.OPT_INDENT_2)


def _twice(given: Given) -> bytes:
    """A key stands twice: which value counts depends on the reader."""
    text = given.text()
    return packed(text[:-1] + b',"pseudonym":"000000000000"}')


def _text(text: bytes) -> Callable[[Given], bytes]:
    def make(given: Given) -> bytes:
        del given
        return text

    return make


def _deep(given: Given) -> bytes:
    del given
    return packed(b'{"bundle":' + b"[" * _DEEP + b"]" * _DEEP + b"}")


def _followed(given: Given) -> bytes:
    return given.contents.packed() + b"rm -rf ~\n"


def _two_members(given: Given) -> bytes:
    return given.contents.packed() + gzip.compress(b"{}", mtime=0)


def _surrogate(given: Given) -> bytes:
    return replaced(b'"bundle":', b'"bun\\ud800dle":')(given)


def _null_byte(given: Given) -> bytes:
    return packed(given.text().replace(b'"schema":', b'"schema\x00":', 1))


def _bundle_alone(given: Given) -> bytes:
    """The run's bundle without a ledger: it can be used, and says less."""
    return canonical.dumps(given.contents.bundle)


_ELAPSED = b'"elapsed_ns":'

DAMAGE: dict[str, Fault] = {
    "random bytes": Fault(lambda given: _bytes(given, 20_000), REJECTED, "json"),
    "fuzzed, packed": Fault(_fuzzed, REJECTED, "compression"),
    "fuzzed, text": Fault(_fuzzed_text, REJECTED, "json"),
    "cut off, packed": Fault(_cut, REJECTED, "compression"),
    "cut off, text": Fault(_cut_text, REJECTED, "json"),
    "a bit flipped": Fault(_one_bit, REJECTED, "digest"),
    "empty": Fault(_text(b""), REJECTED, "json"),
    "huge": Fault(lambda given: _bytes(given, _LARGE_BYTES), REJECTED, "size"),
    "gzip bomb": Fault(_bomb, REJECTED, "compression"),
    "something after its end": Fault(_followed, REJECTED, "compression"),
    "two files in one": Fault(_two_members, REJECTED, "compression"),
    "a zip archive": Fault(_zip, REJECTED, "json", ".zip"),
    "a PDF, renamed": Fault(_pdf, REJECTED, "json", ".json"),
    "a letter": Fault(_text(b"Dear professor, my dog ate it.\n"), REJECTED, "json", ".txt"),
    "a spreadsheet": Fault(_text(b"case,us\r\ncsv,12\r\n=1+1,2\r\n"), REJECTED, "json", ".csv"),
    "a page": Fault(_text(b"<!doctype html><script>alert(1)</script>"), REJECTED, "json", ".html"),
    "a list": Fault(_text(b"[1,2,3]"), REJECTED, "json", ".json"),
    "deeply nested": Fault(_deep, REJECTED, "json"),
    "a key twice": Fault(_twice, REJECTED, "json"),
    "not a number": Fault(replaced(_ELAPSED, b'"elapsed_ns":NaN,"x":'), REJECTED, "json"),
    "infinite": Fault(replaced(_ELAPSED, b'"elapsed_ns":1e999,"x":'), REJECTED, "json"),
    "a huge integer": Fault(
        replaced(_ELAPSED, b'"elapsed_ns":' + b"9" * 400 + b',"x":'), REJECTED, "json"
    ),
    "half a character": Fault(_surrogate, REJECTED, "json"),
    "a null byte": Fault(_null_byte, REJECTED, "json"),
    "in UTF-16": Fault(_utf_16, SOUND, None, ".json"),
    "laid out by an editor": Fault(_spaced, SOUND, None, ".json"),
    "a bundle alone": Fault(_bundle_alone, SOUND, None, ".json"),
}
"""A function each, and what checking must say of it."""
