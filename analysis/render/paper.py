"""What paper shows of a document, as plain values that a template lays out.

Paper has no controls, and less room than a page: of a long table it shows the first rows, what is
`page_only` it names. Figures and tables are numbered, and the text of their section refers to them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import singledispatchmethod
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from unicodedata import category, normalize

from analysis.characters import by_number, narrow, visible
from analysis.document.blocks import (
    Callout,
    Cards,
    Controls,
    Definitions,
    Figure,
    Findings,
    Paragraph,
    References,
    Table,
)
from analysis.document.figures import Bars
from analysis.render.figures import draw
from analysis.render.figures.canvas import INK, alternative, on_paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analysis.document.blocks import Block, Document, Finding, Section
    from analysis.document.figures import Drawing

FIGURE_FONT = "DejaVu Sans"
_CODE = re.compile(r"`([^`]+)`")
_INTERVAL = re.compile(r"\[(-?[\d.,]+(?: %)?), (-?[\d.,]+(?: %)?)\]")
_SPACE = re.compile(r"\s+")
_LONG_WORD = re.compile(r"[^\s/?&-]{65,}")
"""Beyond a hash: a line breaks before it ends."""
_PIECE = re.compile(r".{16}(?=.)")
_MOST_ROWS = 40
"""Of a table that does not say how many are enough."""
_MOST_COLUMNS = 8
"""With more, those that are detail are left out."""
_MOST_BARS = 24

Runs = list[str]
"""A text in parts: every second one is code."""


def content(document: Document, shown: Callable[[str], str]) -> dict[str, Any]:
    """Return what is to be laid out.

    Args:
        document: all that could be said.
        shown: what a text becomes whose characters the fonts may lack.

    """
    return _Paper(shown).document(document)


class _Paper:
    """Numbers figures and tables as they come."""

    def __init__(self, shown: Callable[[str], str]) -> None:
        self._shown = shown
        self._figures = 0
        self._tables = 0
        self._left_out: list[str] = []

    def document(self, document: Document) -> dict[str, Any]:
        abstract: list[Any] = []
        body: list[Any] = []
        for section in document.sections:
            if section.lead:
                abstract += self._blocks(section.blocks, small=False)
            elif not section.page_only:
                body += self._section(section, 1)
        date = document.date
        return {
            "title": self._plain(document.title),
            "lead": self._runs(document.lead),
            "about": [self._runs(text) for text in document.about],
            "date": list(date.timetuple()[:6]) if date else None,
            "abstract": abstract,
            "body": body,
        }

    def _plain(self, text: str) -> str:
        whole = text.encode(errors="replace").decode()  # a file's name may be no text
        spaced = _SPACE.sub(" ", visible(whole))
        whole = _INTERVAL.sub("[\\1,\u00a0\\2]", _LONG_WORD.sub(_breaking, spaced))
        return self._shown(narrow(whole))

    def _runs(self, text: str) -> Runs:
        return _CODE.split(self._plain(text))

    def _section(self, section: Section, level: int) -> Iterator[dict[str, Any]]:
        if section.title:
            yield {"kind": "heading", "level": level, "title": self._plain(section.title)}
        outer, self._left_out = self._left_out, []
        blocks = self._blocks(section.blocks, small=section.detail)
        _refer(blocks)
        yield from blocks
        left_out, self._left_out = self._left_out, outer
        left_out += [inner.title for inner in section.sections if inner.page_only]
        if left_out:
            text = f"On the page alone: {'; '.join(left_out)}."
            yield {"kind": "paragraph", "text": self._runs(text), "quiet": True, "small": True}
        for inner in section.sections:
            if not inner.page_only:
                yield from self._section(inner, level + bool(section.title))

    def _blocks(self, blocks: Sequence[Block], *, small: bool) -> list[dict[str, Any]]:
        shown = filter(None, map(self._block, blocks))
        return [{"small": small, **block} for block in shown]

    def _items(self, findings: Sequence[Finding], end: str) -> list[dict[str, Runs]]:
        return [
            {"text": self._runs(f"{finding.text}{end}"), "advice": self._runs(finding.advice)}
            for finding in findings
        ]

    @singledispatchmethod
    def _block(self, block: Block) -> dict[str, Any] | None:
        raise TypeError(f"paper shows no {type(block).__name__}")

    @_block.register
    def _(self, block: Paragraph) -> dict[str, Any] | None:
        return {"kind": "paragraph", "text": self._runs(block.text), "quiet": block.quiet}

    @_block.register
    def _(self, block: Findings) -> dict[str, Any] | None:
        items = self._items(block.items, "")
        return {"kind": "findings", "items": items} if items else None

    @_block.register
    def _(self, block: Callout) -> dict[str, Any] | None:
        return {
            "kind": "callout",
            "tone": block.tone.value,
            "title": self._runs(block.title),
            "reasons": self._items(block.reasons, "."),
            "note": self._runs(block.note),
        }

    @_block.register
    def _(self, block: Definitions) -> dict[str, Any] | None:
        items = [
            [self._runs(name), self._cell(cell.text, code=cell.code)] for name, cell in block.items
        ]
        lengths = [60 + len("".join([*name, *cell])) for name, cell in items]
        half = sum(2 * before < sum(lengths) for before in accumulate(lengths, initial=0))
        return {"kind": "definitions", "items": items, "half": half} if items else None

    @_block.register
    def _(self, block: Cards) -> dict[str, Any] | None:
        items = [
            {
                "title": self._runs(card.title),
                "text": self._runs(card.text),
                "note": self._runs(card.note),
                "tone": str(card.tone),
            }
            for card in block.items
        ]
        return {"kind": "cards", "items": items} if items else None

    @_block.register
    def _(self, block: Controls) -> dict[str, Any] | None:
        text = f"{block.title}: {'; '.join(map(str, block.items))}."
        return {"kind": "paragraph", "text": self._runs(text), "quiet": True}

    @_block.register
    def _(self, block: References) -> dict[str, Any] | None:
        items = [
            {
                "text": self._runs(item.text),
                "places": self._runs("; ".join(item.places)),
                "note": self._runs(item.note),
            }
            for item in block.items
        ]
        return {"kind": "references", "items": items} if items else None

    @_block.register
    def _(self, block: Table) -> dict[str, Any] | None:
        count = min(len(block.rows), _MOST_ROWS if block.first is None else block.first)
        if not count:
            if block.rows:
                self._left_out.append(block.title)
            return None
        few = len(block.columns) <= _MOST_COLUMNS
        places = [at for at, column in enumerate(block.columns) if few or not column.detail]
        rows = block.rows[:count]
        notes = list(_notes_of(block, count))
        if count < len(block.rows):
            notes.insert(0, f"The first {count} of {len(block.rows)} rows; the page has all.")
        self._tables += 1
        return {
            "kind": "table",
            "number": self._tables,
            "title": self._runs(block.title),
            "columns": [
                {"name": self._plain(block.columns[at].name), "left": block.columns[at].left}
                for at in places
            ],
            "rows": [
                [self._cell(row.cells[at].text, code=row.cells[at].code) for at in places]
                for row in rows
            ],
            "groups": [row.group for row in rows],
            "notes": [self._runs(note) for note in notes],
        }

    @_block.register
    def _(self, block: Figure) -> dict[str, Any] | None:
        drawing, cut = _shortened(block.drawing)
        drawn = draw(drawing)
        if not drawn.pictures:
            return None
        self._figures += 1
        caption = " ".join(filter(None, (block.caption, cut)))
        return {
            "kind": "figure",
            "number": self._figures,
            "title": self._runs(f"{block.description.rstrip('.')}."),
            "caption": self._runs(caption),
            "finding": self._runs(getattr(block.drawing, "finding", "")),
            "pictures": [
                {
                    "svg": self._plain_picture(picture),
                    "alt": self._plain(alternative(picture)),
                }
                for picture in drawn.pictures
            ],
            "keys": [
                {
                    "sign": key.sign,
                    "colour": INK if key.colour == "currentColor" else key.colour,
                    "name": self._plain(key.name).replace(" ", "\u00a0"),
                }
                for key in drawn.keys
            ],
        }

    def _plain_picture(self, picture: str) -> str:
        whole = _without_marks(visible(picture.encode(errors="replace").decode()))
        return self._shown(on_paper(whole, FIGURE_FONT))

    def _cell(self, text: str, *, code: bool) -> Runs:
        return ["", self._plain(text), ""] if code and text else self._runs(text)


def _breaking(word: re.Match[str]) -> str:
    """Return a word with places, which nobody sees, where a line may break."""
    return _PIECE.sub("\\g<0>\u200b", word[0])


def _without_marks(picture: str) -> str:
    """Return a picture with marks in one with their letters, or by number: none is set alone."""
    if picture.isascii():
        return picture
    whole = normalize("NFC", picture)
    return "".join(by_number(one) if category(one).startswith("M") else one for one in whole)


def _shortened(drawing: Drawing) -> tuple[Drawing, str]:
    """Return what of a drawing fits a sheet, and a remark on what does not."""
    if not isinstance(drawing, Bars) or len(drawing.bars) <= _MOST_BARS:
        return drawing, ""
    remark = f"The first {_MOST_BARS} of {len(drawing.bars)} bars; the page has all."
    return replace(drawing, bars=drawing.bars[:_MOST_BARS]), remark


def _notes_of(table: Table, count: int) -> Iterator[str]:
    """Yield the notes of a table without those of rows that are left out."""
    shown = " ".join(cell.text for row in table.rows[:count] for cell in row.cells)
    rest = " ".join(cell.text for row in table.rows[count:] for cell in row.cells)
    for note in table.notes:
        named = _CODE.match(note)
        if not (named and named[1] in rest and named[1] not in shown):
            yield note


def _refer(blocks: list[dict[str, Any]]) -> None:
    """Let the text of a section refer to its figures and tables."""
    numbered = [block for block in blocks if block["kind"] in {"figure", "table"}]
    if not numbered:
        return
    at = blocks.index(numbered[0])
    before = [block for block in blocks[:at] if block["kind"] == "paragraph"]
    if not before:
        before = [{"kind": "paragraph", "text": [], "quiet": False, "small": False}]
        blocks.insert(at, before[0])
    before[-1]["see"] = [
        {"label": f"{block['kind']}-{block['number']}", "kind": block["kind"]} for block in numbered
    ]
