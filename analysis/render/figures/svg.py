"""Drawings as SVG: text as text, without a date, so that equal bundles give equal pages."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 10.5
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "data-factory",
    "font.family": "sans-serif",
}


def svg(drawing: Figure) -> str:
    """Return a drawing as SVG, and let go of it."""
    text = io.StringIO()
    drawing.savefig(text, format="svg", metadata={"Date": None})
    plt.close(drawing)
    found = text.getvalue()
    return found[found.index("<svg") :]
