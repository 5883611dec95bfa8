"""Text that people make with a shell or an editor, whatever its Unicode encoding and line ends.

PowerShell's `>` writes UTF-16, Windows' Notepad may put a mark before UTF-8, and each system ends
lines in its own way. All that users write is read here: configurations, profiles, bundles. Light:
the standard library only.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from hardware_profiles.errors import TextError

if TYPE_CHECKING:
    from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32", "utf-32-le"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "UTF-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "UTF-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "UTF-16", "utf-16-be"),
    (codecs.BOM_UTF8, "UTF-8", "utf-8"),
)
"""Byte order marks, with what they say that follows, and Python's name for it."""
_REMEDY = "save it as UTF-8"


def read_text(path: Path) -> str:
    """Return the text of a file; its lines end in line feeds.

    Args:
        path: of a file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Raises:
        TextError: it is no such text; it says where, and what to do.
        OSError: it cannot be read.

    """
    return decoded(path.read_bytes(), str(path))


def decoded(data: bytes, source: str = "") -> str:
    """Return the text that bytes hold; its lines end in line feeds.

    Args:
        data: UTF-8, or UTF-16 or UTF-32 with a byte order mark.
        source: what they come from, for errors; empty: the caller says it.

    Raises:
        TextError: they hold no such text; it says where, and what to do.

    """
    mark, name, codec = next(
        (entry for entry in _MARKS if data.startswith(entry[0])), (b"", "UTF-8", "utf-8")
    )
    where = f"{source}: " if source else ""
    body = data[len(mark) :]
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        line = _lines(body[: error.start].decode(codec, errors="replace"))
        byte = len(mark) + error.start
        raise TextError(f"{where}byte {byte} (line {line}) is no {name}; {_REMEDY}") from error
    place = text.find("\0")
    if place >= 0:
        byte = len(mark) + len(text[:place].encode(codec))
        kind = "is it UTF-16 without a mark, or no text" if not mark else "is it no text"
        raise TextError(
            f"{where}byte {byte} (line {_lines(text[:place])}) is a NUL, which no text has "
            f"({kind}?); {_REMEDY}"
        )
    return _with_line_feeds(text)


def _lines(before: str) -> int:
    """Return the number of the line that begins, or goes on, after some text; from 1."""
    return _with_line_feeds(before).count("\n") + 1


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
