"""A document as Markdown; figures are left out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from textwrap import fill

from analysis.characters import visible
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
)

_WIDTH = 100
_TAG = re.compile(r"(`[^`]*`)|<(?=[A-Za-z/!?])")
"""Code, in which it is none, or the beginning of a tag."""


def render(document: Document) -> bytes:
    """Return a document as a file of Markdown."""
    return text(document).encode(errors="replace")  # a file's name may be no text


def text(document: Document) -> str:
    """Return a document as Markdown."""
    lines = [f"# {document.title}", ""]
    if document.lead:
        lines += [_filled(document.lead), ""]
    for section in document.sections:
        lines += _section(section, 2)
    return visible("\n".join(lines).rstrip() + "\n")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; a pipe in a cell is escaped."""
    yield f"| {' | '.join(map(_escaped, heads))} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(map(_escaped, row))} |"


def _section(section: Section, level: int) -> Iterator[str]:
    if section.title:
        yield f"{'#' * level} {section.title}"
        yield ""
    for block in section.blocks:
        lines = list(_lines(block))
        if lines:
            yield from lines
            yield ""
    for inner in section.sections:
        yield from _section(inner, level + 1)


@singledispatch
def _lines(block: Block) -> Iterator[str]:
    raise TypeError(f"Markdown has no {type(block).__name__}")


@_lines.register
def _(block: Paragraph) -> Iterator[str]:
    yield _filled(block.text)


@_lines.register
def _(_block: Figure) -> Iterator[str]:
    yield from ()


@_lines.register
def _(block: Findings) -> Iterator[str]:
    for finding in block.items:
        advice = f" What to do: {finding.advice}." if finding.advice else ""
        yield _filled(f"- {finding.text}{advice}", "  ")


@_lines.register
def _(block: Callout) -> Iterator[str]:
    yield _filled(f"**{block.title}**")
    for reason in block.reasons:
        advice = f" What to do: {reason.advice}." if reason.advice else ""
        yield _filled(f"- {reason.text}.{advice}", "  ")
    if block.note:
        yield ""
        yield _filled(block.note)


@_lines.register
def _(block: Definitions) -> Iterator[str]:
    for name, cell in block.items:
        yield _filled(f"- **{name}**: {cell.text}", "  ")


@_lines.register
def _(block: References) -> Iterator[str]:
    yield f"**{block.title}**"
    yield ""
    for item in block.items:
        yield _filled(f"- {item.text}; {'; '.join(item.places)} ({item.note})", "  ")


@_lines.register
def _(block: Cards) -> Iterator[str]:
    for card in block.items:
        note = f" ({card.note})" if card.note else ""
        yield _filled(f"- **{card.title}**: {card.text}{note}", "  ")


@_lines.register
def _(block: Controls) -> Iterator[str]:
    yield _filled(f"{block.title}: {'; '.join(map(str, block.items))}.")


@_lines.register
def _(block: Table) -> Iterator[str]:
    if block.title:
        yield f"**{block.title}**"
        yield ""
    rows = (
        [f"`{cell.text}`" if cell.code and cell.text else cell.text for cell in row.cells]
        for row in block.rows
    )
    yield from table([column.name for column in block.columns], rows)
    for note in block.notes:
        yield ""
        yield _filled(note)


def _filled(paragraph: str, indent: str = "") -> str:
    return fill(
        _without_tags(paragraph),
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _escaped(cell: str) -> str:
    return _without_tags(cell.replace("|", "\\|").replace("\n", " "))


def _without_tags(text: str) -> str:
    """Return text in which nothing is a tag of HTML, whoever wrote it."""
    return _TAG.sub(lambda match: match[1] or "\\<", text)
