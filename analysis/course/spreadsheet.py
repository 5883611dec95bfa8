"""CSV that people open in a spreadsheet: no text of a stranger becomes a formula, no number a text.

A text that a spreadsheet would read as a formula gets an apostrophe before it, as OWASP advises
(CSV Injection, 2024): one that begins with = + - @ or their full-width forms, whatever blanks and
hidden characters stand before them. Where a comma file is opened in a country that separates with
semicolons, a cell also begins behind each semicolon; the same is done there. Numbers are written
by us, as numbers: a negative one is no text, and stays as it is. So does a text that is a number
and nothing else.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

from analysis.characters import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MARK = "\ufeff".encode()
"""UTF-8's byte order mark: without it Excel reads letters with accents as two others."""
APOSTROPHE = "'"
LONGEST = 32_000
"""Characters of a cell: Excel keeps 32,767."""
_LINE = "\r\n"
"""As RFC 4180 has it."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_LIKE_A_NUMBER = re.compile(r"\s*[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?\s*", re.ASCII)
_NEEDS_QUOTES = re.compile(r'[",;\t\r\n]|^\s|\s$')
_BREAKS = re.compile(r"\s*[\r\n\v\f\x85\u2028\u2029]+\s*")
_SEMICOLON = re.compile(r"(;)([^;]*)")


def number(value: float, places: int = 6) -> str:
    """Write a number without blanks or thousands apart, and no more places than it needs.

    >>> number(8.0), number(-0.50), number(1e-9, 12)
    ('8', '-0.5', '0.000000001')
    """
    if not math.isfinite(value):
        return ""
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def safe(text: str) -> str:
    """Return a text as one line that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("-5"), safe("a;=1"), safe("-x")
    ("'=1+1", '-5', "a;'=1", "'-x")
    """
    line = visible(_BREAKS.sub(" / ", text.replace("\t", " ")))
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
    if _NUMBER.fullmatch(line):
        return line
    line = _SEMICOLON.sub(lambda part: part[1] + _guarded(part[2], skipped='"'), line)
    return _guarded(line)


def label(text: str) -> str:
    """Return a name, such as a pseudonym, as a text that no spreadsheet takes for a number.

    Excel makes 1.2E+130 of the pseudonym 000012345e12, and saves that.

    >>> label("000012345e12"), label("a1b2c3d4e5f6"), unlabelled("'000012345e12")
    ("'000012345e12", 'a1b2c3d4e5f6', '000012345e12')
    """
    line = safe(text)
    return APOSTROPHE + line if _LIKE_A_NUMBER.fullmatch(line) else line


def unlabelled(text: str) -> str:
    """Return the name that a cell of a file that came back holds."""
    return text.strip().removeprefix(APOSTROPHE).strip()


def cell(value: object) -> str:
    """Return a value as a cell, without quotes: text made safe, a number as such, None as blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return safe(str(value))


def quoted(text: str) -> str:
    """Return a cell in quotes, where a reader of CSV in any country needs them."""
    if _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, for_people: bool) -> bytes:
    """Return a CSV file.

    Args:
        header: names of columns, ours.
        rows: values as `cell` takes them, as many as there are columns.
        for_people: whether it is to be opened in a spreadsheet, and so begins with a mark; what a
            system imports does without.

    """
    lines = [",".join(map(quoted, header))]
    lines += [",".join(quoted(cell(value)) for value in row) for row in rows]
    text = "".join(line + _LINE for line in lines)
    return (MARK if for_people else b"") + text.encode("utf-8", errors="backslashreplace")


def _guarded(text: str, skipped: str = "") -> str:
    """Return text with an apostrophe before it where it would begin a formula."""
    for character in text:
        if character in skipped or character.isspace() or unicodedata.category(character) == "Cf":
            continue
        first = unicodedata.normalize("NFKC", character)[:1]
        return APOSTROPHE + text if first in {"=", "+", "-", "@"} else text
    return text
