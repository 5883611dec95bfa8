"""A document as one page: no network, no script, everything inside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.render.figures import draw

if TYPE_CHECKING:
    from analysis.document import Block, Document

_CODE = re.compile(r"`([^`]+)`")
_PERCENT = re.compile(r"(?<=\d) %")


def render(document: Document) -> bytes:
    """Return the page, as UTF-8."""
    return text(document).encode()


def text(document: Document) -> str:
    """Return the page. All text is escaped: some of it may come from a stranger's bundle."""
    environment = Environment(
        loader=PackageLoader("analysis.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"marked": _marked, "kind": _kind, "draw": draw, "anchor": anchor}
    return environment.get_template("document.html").render(document=document)


def anchor(title: str) -> str:
    """Return a title as a name to link to."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _marked(text: str) -> Markup:
    """Return text with what stands in backticks as code, and percent signs at their numbers."""
    whole = _CODE.sub(r"<code>\1</code>", str(escape(text)))
    return Markup(_PERCENT.sub("\u202f%", whole))  # noqa: S704  escaped


def _kind(block: Block) -> str:
    return type(block).__name__.lower()
