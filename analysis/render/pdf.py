"""A document as a paper in PDF: tagged, for archives (PDF/A-2a) and for everyone (PDF/UA-1).

typst sets it from a template that is given the content as data, never as markup. Nothing of the
system gets in, neither fonts nor the clock, so that equal documents give equal bytes.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, cast
from unicodedata import category

import orjson
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font

from analysis.characters import by_number
from analysis.errors import AnalysisError
from analysis.render.paper import content

if TYPE_CHECKING:
    from types import ModuleType

    from analysis.document import Document

STANDARDS = ("a-2a", "ua-1")
_UNDATED = ("ua-1",)
"""Archives want to know a date."""
_FONTS = Path(get_data_path(), "fonts", "ttf")
_WIDEST_FONT = "DejaVuSans.ttf"
"""Has what the others lack: matplotlib brings it."""
_NOT_SHOWN = {"Cc", "Cs", "Co", "Cn"}
"""Categories of characters that mean nothing, or nothing to others."""
_BYTE_ORDER_MARK = "\ufeff"
"""PDF/A wants it nowhere in a text."""
LACKING = (
    "a PDF needs typst, which cannot be imported here ({}); `python -m pip install typst` may get "
    "it, and a page needs none: end the name in .html, and print it"
)


def render(document: Document) -> bytes:
    """Return the whole PDF.

    Raises:
        AnalysisError: typst is not installed, or could not set the document.

    """
    typst = _typst()
    template = files("analysis.render").joinpath("templates/paper.typ").read_bytes()
    data = orjson.dumps(content(document, _with_glyphs))
    try:
        whole = typst.compile(
            {"main": template, "content.json": data},
            format="pdf",
            font_paths=[str(_FONTS)],
            ignore_system_fonts=True,
            pdf_standards=list(STANDARDS if document.date else _UNDATED),
        )
    except typst.TypstError as error:
        raise AnalysisError(f"typst could not set the PDF: {error}") from error
    return cast("bytes", whole)


def _typst() -> ModuleType:
    try:
        import typst
    except ImportError as error:
        raise AnalysisError(LACKING.format(error)) from None
    return cast("ModuleType", typst)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Return the characters that can be shown."""
    numbers = FT2Font(_FONTS / _WIDEST_FONT).get_charmap()
    shown = {one for one in map(chr, numbers) if category(one) not in _NOT_SHOWN}
    return frozenset(shown - {_BYTE_ORDER_MARK} | {"\n"})


def _with_glyphs(text: str) -> str:
    """Return text in which characters that no font has stand by their numbers."""
    if text.isascii():
        return text
    known = _known()
    return "".join(one if one in known else by_number(one) for one in text)
