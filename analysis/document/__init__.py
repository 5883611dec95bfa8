"""What is said, in whatever form: a document of sections; `analysis.render` shows it.

Numbers and sentences are made once, when a document is made, so that they read the same on a
terminal, on a page, in JSON and in Markdown.
"""

from analysis.document.blocks import (
    Block,
    Callout,
    Card,
    Cards,
    Cell,
    Column,
    Controls,
    Definitions,
    Document,
    Figure,
    Finding,
    Findings,
    Paragraph,
    Reference,
    References,
    Row,
    Section,
    Table,
    Tone,
)

__all__ = [
    "Block",
    "Callout",
    "Card",
    "Cards",
    "Cell",
    "Column",
    "Controls",
    "Definitions",
    "Document",
    "Figure",
    "Finding",
    "Findings",
    "Paragraph",
    "Reference",
    "References",
    "Row",
    "Section",
    "Table",
    "Tone",
]
