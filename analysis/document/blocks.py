"""The parts of a document.

Text may mark code with `backticks`; nothing else is markup. What has `detail` is left out where
there is little room, as on a terminal. Paper has more room than a terminal, and less than a page:
it shows the first rows of a long table, and leaves out what is `page_only`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from analysis.document.figures import Drawing
    from analysis.document.live import Control
    from analysis.statistics.number import Number


class Tone(StrEnum):
    """How a callout is to be taken."""

    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    quiet: bool = False
    """Whether it is an explanation beside the matter."""
    detail: bool = False


@dataclass(frozen=True)
class Finding:
    """A sentence, and the numbers in it."""

    text: str
    numbers: Mapping[str, Number] = field(default_factory=dict)
    advice: str = ""
    """What to do about it."""


@dataclass(frozen=True)
class Findings:
    """A list of findings."""

    items: tuple[Finding, ...]
    detail: bool = False


@dataclass(frozen=True)
class Callout:
    """What must not be overlooked: a word, with reasons."""

    tone: Tone
    title: str
    reasons: tuple[Finding, ...] = ()
    note: str = ""
    detail: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, made once, and the number that it shows."""

    text: str
    number: Number | float | None = None
    code: bool = False
    """Whether it is a name in a program."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    left: bool = False
    """Whether it is aligned left, as text is; numbers are aligned right."""
    detail: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table; rows of another group are set apart."""

    cells: tuple[Cell, ...]
    group: int = 0


@dataclass(frozen=True)
class Table:
    """A table; every row has a cell for every column."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    """Lines below it; one that begins with a row's `name` is of that row."""
    detail: bool = False
    first: int | None = None
    """How many of its first rows are enough on paper; None: paper has all."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"{self.title}: {len(row.cells)} cells in a row")


@dataclass(frozen=True)
class Definitions:
    """Names with what each is."""

    items: tuple[tuple[str, Cell], ...]
    detail: bool = False


@dataclass(frozen=True)
class Reference:
    """A source of numbers."""

    text: str
    places: tuple[str, ...] = ()
    """Where in it they stand."""
    note: str = ""
    """What it is good for."""


@dataclass(frozen=True)
class References:
    """A list of sources, each of them once."""

    title: str
    items: tuple[Reference, ...]
    detail: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure's data; a renderer draws it, or leaves it out."""

    drawing: Drawing
    description: str
    """What it shows: the title of its numbers as a table."""
    caption: str = ""
    detail: bool = False


@dataclass(frozen=True)
class Card:
    """A value under its name, with what is to be known of it, as on an instrument panel."""

    title: str
    text: str
    note: str = ""
    tone: str = ""
    """One of `Tone`, or "" for none; it may follow controls, as the texts may."""


@dataclass(frozen=True)
class Cards:
    """Cards side by side."""

    items: tuple[Card, ...]
    detail: bool = False


@dataclass(frozen=True)
class Controls:
    """What a reader sets on a page; elsewhere it says how they are set."""

    title: str
    items: tuple[Control, ...]
    note: str = ""
    result: str = ""
    """What they come to in a sentence: read out when one of them was set."""
    detail: bool = False


Block: TypeAlias = (
    Paragraph | Findings | Callout | Table | Definitions | References | Figure | Cards | Controls
)


@dataclass(frozen=True)
class Section:
    """A part of a document, with its own title."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    detail: bool = False
    lead: bool = False
    """Whether it is of the first screen, before the table of contents."""
    page_only: bool = False
    """Whether it is so long that paper leaves it to the page."""


@dataclass(frozen=True)
class Document:
    """All that is said, in reading order."""

    title: str
    sections: tuple[Section, ...]
    lead: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What a program wants by name: numbers, texts, and lists and mappings of them."""
    about: tuple[str, ...] = ()
    """What is to be known of the record that it rests on, such as its date."""
    date: datetime | None = None
    """Of that record, in UTC."""
