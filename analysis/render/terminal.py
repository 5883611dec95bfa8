"""A document on a terminal: tables, findings and callouts, without figures and details."""

import re
from functools import singledispatch

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from analysis.characters import HIDDEN
from analysis.document import (
    Block,
    Callout,
    Cards,
    Controls,
    Definitions,
    Document,
    Figure,
    Findings,
    Paragraph,
    References,
    Section,
    Table,
    Tone,
)

_STYLES = {Tone.GOOD: "green", Tone.CAUTION: "yellow", Tone.BAD: "red"}
_NAME_WIDTH = 17
"""Names of definitions are padded to it, so that those of several sections line up."""
_TEXT_WIDTH = 22
"""A column of text is wrapped to no less."""
_WIDEST = 1000
_OBEYED = re.compile(f"[\\t\\r{HIDDEN}]")


def show(console: Console, document: Document, *, last_first: bool = False) -> None:
    """Print a document.

    Args:
        console: where to; what does not fit its width is wrapped.
        document: what to print.
        last_first: whether the first section comes last, where the eye rests after a long output.

    """
    if document.lead:
        console.print(_text(document.lead, "dim"), highlight=False)
        console.print()
    sections = [section for section in document.sections if not section.detail]
    for place, section in enumerate(reversed(sections) if last_first else sections):
        if place:
            console.print()
        _section(console, section)


def _section(console: Console, section: Section) -> None:
    if section.title:
        console.print(_text(section.title, "bold"))
    for block in section.blocks:
        if not block.detail:
            for renderable in _renderables(block):
                _print(console, renderable)
    for inner in section.sections:
        if not inner.detail:
            console.print()
            _section(console, inner)


def _print(console: Console, renderable: RenderableType) -> None:
    """Print; a table that does not fit is printed as wide as it needs, and no cell is cut off."""
    before = console.width
    if isinstance(renderable, RichTable):
        wide = console.options.update(width=_WIDEST)
        console.width = max(before, console.measure(renderable, options=wide).minimum)
    console.print(renderable, highlight=False)
    console.width = before


@singledispatch
def _renderables(block: Block) -> tuple[RenderableType, ...]:
    raise TypeError(f"a terminal shows no {type(block).__name__}")


@_renderables.register
def _(block: Paragraph) -> tuple[RenderableType, ...]:
    return (_text(block.text, "dim" if block.quiet else ""),)


@_renderables.register
def _(_block: Figure) -> tuple[RenderableType, ...]:
    return ()


@_renderables.register
def _(block: Findings) -> tuple[RenderableType, ...]:
    lines: list[RenderableType] = []
    for finding in block.items:
        lines.append(_text(f"- {finding.text}"))
        if finding.advice:
            lines.append(Padding(_text(f"-> {finding.advice}", "dim"), (0, 0, 0, 4), expand=False))
    return tuple(lines)


@_renderables.register
def _(block: Callout) -> tuple[RenderableType, ...]:
    lines: list[RenderableType] = [_text(block.title, f"bold {_STYLES[block.tone]}")]
    for reason in block.reasons:
        lines.append(Padding(_text(reason.text), (0, 0, 0, 2), expand=False))
        if reason.advice:
            lines.append(Padding(_text(f"-> {reason.advice}", "dim"), (0, 0, 0, 4), expand=False))
    if block.note:
        lines.append(Padding(_text(block.note), (0, 0, 0, 2), expand=False))
    return tuple(lines)


@_renderables.register
def _(block: Definitions) -> tuple[RenderableType, ...]:
    width = max([_NAME_WIDTH, *(len(name) for name, _ in block.items)])
    return tuple(_text(f"{name:{width}} {cell.text}") for name, cell in block.items)


@_renderables.register
def _(block: References) -> tuple[RenderableType, ...]:
    lines = (f"- {item.text}; {'; '.join(item.places)} ({item.note})" for item in block.items)
    return (_text(block.title, "italic"), *map(_text, lines))


@_renderables.register
def _(block: Cards) -> tuple[RenderableType, ...]:
    return tuple(
        _text(f"{card.title}: {card.text}{f' ({card.note})' if card.note else ''}")
        for card in block.items
    )


@_renderables.register
def _(block: Controls) -> tuple[RenderableType, ...]:
    return (_text(f"{block.title}: {'; '.join(map(str, block.items))}."),)


@_renderables.register
def _(block: Table) -> tuple[RenderableType, ...]:
    shown = [place for place, column in enumerate(block.columns) if not column.detail]
    table = RichTable(padding=(0, 1, 0, 0), box=SIMPLE_HEAD)
    table.show_header = any(block.columns[place].name for place in shown)
    for place in shown:
        column = block.columns[place]
        # The first column names the row; a wide one may wrap where it is text.
        table.add_column(
            _shown(column.name).replace(", ", ",\n"),
            justify="left" if column.left else "right",
            no_wrap=not column.left,
            min_width=_least_width(block, place),
        )
    group = block.rows[0].group if block.rows else 0
    for row in block.rows:
        if row.group != group:
            table.add_section()
            group = row.group
        table.add_row(
            *(
                Text(_shown(row.cells[place].text), no_wrap=row.cells[place].code or None)
                for place in shown
            )
        )
    notes = [_text(note, "dim") for note in block.notes]
    title = [_text(block.title, "italic")] if block.title else []
    return (*title, table, *notes) if block.rows else tuple(notes)


def _least_width(table: Table, place: int) -> int:
    """Return the width that a column keeps: that of its longest number, or of a little text."""
    column = table.columns[place]
    longest = max((len(row.cells[place].text) for row in table.rows), default=0)
    head = max(map(len, column.name.split(", ")))
    return min(_TEXT_WIDTH, longest) if column.left else max(longest, head)


def _text(text: str, style: str = "") -> Text:
    return Text(_shown(text.replace("`", "")), style=style)


def _shown(text: str) -> str:
    """Return text without what a terminal obeys: a stranger's bundle may have put it there."""
    return _OBEYED.sub("?", text)
