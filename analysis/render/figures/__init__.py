"""Figures' data as SVG: a module a kind of drawing, and `DRAWINGS` the only list of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any
from weakref import finalize

from analysis.document.figures import (
    Bars,
    Boxes,
    Comparison,
    Dots,
    HeatMap,
    Lines,
    Strips,
    Traces,
)
from analysis.render.figures import bars, boxes, comparison, dots, heat_map, lines, strips, traces

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.document.figures import Drawing
    from analysis.render.figures.canvas import Drawn

DRAWINGS: dict[type, Callable[[Any], Drawn]] = {
    Dots: dots.draw,
    Bars: bars.draw,
    Lines: lines.draw,
    Comparison: comparison.draw,
    Traces: traces.draw,
    Strips: strips.draw,
    Boxes: boxes.draw,
    HeatMap: heat_map.draw,
}


_DRAWN: dict[int, Drawn] = {}
"""By the identity of their data, as long as those are there."""


def draw(drawing: Drawing) -> Drawn:
    """Return a drawing as pictures in SVG, text as text, without a date, and their keys.

    It is drawn once, however many forms of a document show it.
    """
    key = id(drawing)
    if key not in _DRAWN:
        with warnings.catch_warnings():
            # Text stays text: what matplotlib's font lacks, that of the reader may have.
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            _DRAWN[key] = DRAWINGS[type(drawing)](drawing)
        finalize(drawing, _DRAWN.pop, key).atexit = False
    return _DRAWN[key]
