"""A CSV file of a grade system: some of its cells are filled, all other bytes stay as they are.

Systems compare what comes back with what they gave away. So a file is not written anew from what
was read of it: cells keep their place in its text, and only those that change are replaced.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import GradesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SEPARATORS = (",", ";", "\t")
LARGEST = 64 * 2**20
"""Bytes of a file: a grade book of ten thousand students has three million."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PLAIN = {separator: re.compile(rf"[^{separator}\r\n]*") for separator in SEPARATORS}
"""What goes on to the end of a cell, by what separates."""
_ENDS = ("\r\n", "\n", "\r")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, and where its text stands in the file's."""

    value: str
    start: int
    end: int
    is_quoted: bool


@dataclass(frozen=True)
class Sheet:
    """A file as rows of cells."""

    source: str
    text: str
    codec: str
    mark: bytes
    separator: str
    rows: tuple[tuple[Cell, ...], ...]
    ends: tuple[int, ...]
    """Where each row ends in the text, its line end left out."""

    def value(self, row: int, column: int) -> str:
        """Return what a cell holds; of one that its row is too short for, nothing."""
        cells = self.rows[row]
        return cells[column].value if column < len(cells) else ""

    def header(self, row: int = 0) -> tuple[str, ...]:
        """Return the names of columns, without blanks around them."""
        return tuple(cell.value.strip() for cell in self.rows[row])

    def filled(self, values: Mapping[tuple[int, int], str]) -> bytes:
        """Return the file with other texts in some cells, by row and column; all else as it was."""
        return self._encoded("".join(self._pieces(values)))

    def excerpt(
        self, rows: Iterable[int], columns: Iterable[int], values: Mapping[tuple[int, int], str]
    ) -> bytes:
        """Return some rows and columns, in their order, as they stand there but for some cells."""
        kept, lines = list(columns), []
        for row in rows:
            cells = [
                self._written(values[row, column], self._cell(row, column))
                if (row, column) in values
                else self._raw(row, column)
                for column in kept
            ]
            lines.append(self.separator.join(cells) + self._line_end(row))
        return self._encoded("".join(lines))

    def _pieces(self, values: Mapping[tuple[int, int], str]) -> Iterable[str]:
        place = 0
        for (row, column), value in sorted(values.items()):
            cell = self._cell(row, column)
            start, end = (cell.start, cell.end) if cell else (self.ends[row], self.ends[row])
            yield self.text[place:start]
            if cell is None:
                missing = column - max(len(self.rows[row]), self._filled_until(values, row, column))
                yield self.separator * (missing + 1)
            yield self._written(value, cell)
            place = end
        yield self.text[place:]

    def _filled_until(self, values: Mapping[tuple[int, int], str], row: int, column: int) -> int:
        """Return how many cells a short row has once those before a column are filled."""
        return max((c + 1 for r, c in values if r == row and c < column), default=0)

    def _cell(self, row: int, column: int) -> Cell | None:
        cells = self.rows[row]
        return cells[column] if column < len(cells) else None

    def _raw(self, row: int, column: int) -> str:
        cell = self._cell(row, column)
        return self.text[cell.start : cell.end] if cell else ""

    def _line_end(self, row: int) -> str:
        rest = self.text[self.ends[row] : self.ends[row] + 2]
        return next((end for end in _ENDS if rest.startswith(end)), _usual_end(self.text))

    def _written(self, value: str, cell: Cell | None) -> str:
        was_quoted = cell is not None and cell.is_quoted
        if was_quoted or any(c in value for c in (self.separator, '"', "\n", "\r")):
            return '"' + value.replace('"', '""') + '"'
        return value

    def _encoded(self, text: str) -> bytes:
        # All that the file had can be encoded; what is new may have letters that it has not.
        return self.mark + text.encode(self.codec, errors="replace")


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file, in whatever way a system or a spreadsheet wrote it.

    Args:
        path: of UTF-8, or UTF-16 with a mark; else it is taken for Windows' western letters, and
            each byte is kept. Commas, semicolons or tabs separate, whichever its first line has
            most of.

    Raises:
        GradesError: it cannot be read, is too large, holds nothing, or a quote is never closed.

    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise GradesError(str(path), [error.strerror or str(error)]) from error
    return sheet(data, str(path))


def sheet(data: bytes, source: str) -> Sheet:
    """Return a file's bytes as rows of cells; see `read_sheet`.

    Raises:
        GradesError: as there.

    """
    if len(data) > LARGEST:
        raise GradesError(source, [f"more than {LARGEST // 2**20} MiB: is it the right file?"])
    mark, codec = next((e for e in _MARKS if data.startswith(e[0])), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        text = body.decode(codec)
    except UnicodeDecodeError:
        if mark:
            raise GradesError(source, ["its letters are damaged; export it again"]) from None
        codec, text = "latin-1", body.decode("latin-1")
    if "\0" in text:
        raise GradesError(source, ["no CSV file: it has NUL bytes; export it as CSV"])
    if not text.strip():
        raise GradesError(source, ["the file is empty; export it again"])
    separator = _separator(text)
    rows, ends = _parsed(text, separator, source)
    return Sheet(source, text, codec, mark, separator, rows, ends)


def _separator(text: str) -> str:
    """Return what separates the cells of the first line, quotes left out."""
    counts = dict.fromkeys(SEPARATORS, 0)
    inside = False
    for character in text:
        if character == '"':
            inside = not inside
        elif not inside and character in "\r\n":
            if any(counts.values()):
                break
        elif not inside and character in counts:
            counts[character] += 1
    return max(SEPARATORS, key=counts.__getitem__)


def _usual_end(text: str) -> str:
    return next((end for end in _ENDS if end in text), "\n")


def _parsed(
    text: str, separator: str, source: str
) -> tuple[tuple[tuple[Cell, ...], ...], tuple[int, ...]]:
    rows: list[tuple[Cell, ...]] = []
    ends: list[int] = []
    cells: list[Cell] = []
    place, size = 0, len(text)
    while place < size:
        cell, place = _cell_at(text, place, separator, source)
        cells.append(cell)
        if place < size and text[place] == separator:
            place += 1
            if place < size:
                continue
            cells.append(Cell("", place, place, is_quoted=False))
        rows.append(tuple(cells))
        ends.append(place)
        cells = []
        if place < size:
            place += 2 if text.startswith("\r\n", place) else 1
    return tuple(rows), tuple(ends)


def _cell_at(text: str, start: int, separator: str, source: str) -> tuple[Cell, int]:
    """Return the cell that begins somewhere, and where it ends."""
    place = start
    parts: list[str] = []
    is_quoted = text.startswith('"', start)
    if is_quoted:
        place += 1
        while True:
            close = text.find('"', place)
            if close < 0:
                line = text.count("\n", 0, start) + 1
                raise GradesError(
                    source, [f"line {line}: a quote is never closed; export the file again"]
                )
            parts.append(text[place:close])
            place = close + 1
            if not text.startswith('"', place):
                break
            parts.append('"')
            place += 1
    rest = place
    plain = _PLAIN[separator].match(text, rest)
    place = plain.end() if plain else rest
    parts.append(text[rest:place])
    return Cell("".join(parts), start, place, is_quoted=is_quoted), place
