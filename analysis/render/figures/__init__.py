"""Figures' data as SVG: a module a kind of drawing, and `DRAWINGS` the only list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.document.figures import Bars, Comparison, Dots, Lines
from analysis.render.figures import bars, comparison, dots, lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.document.figures import Drawing

DRAWINGS: dict[type, Callable[[Any], str]] = {
    Dots: dots.svg,
    Bars: bars.svg,
    Lines: lines.svg,
    Comparison: comparison.svg,
}


def svg(drawing: Drawing) -> str:
    """Return a drawing as SVG, text as text, without a date: equal data give equal bytes."""
    return DRAWINGS[type(drawing)](drawing)
