"""What all figures share: size, style, and how a drawing becomes SVG."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import seaborn as sns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.figure import Figure

WIDTH = 10.5
"""Of a figure, in inches."""
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "data-factory",
    "font.family": "sans-serif",
}

Colours = dict[str, tuple[float, float, float]]


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of all figures."""
    with sns.axes_style("whitegrid"), mpl.rc_context(_STYLE):
        yield


def colours(series: Sequence[str]) -> Colours:
    """Return a colour for each series, told apart by colour-blind readers too."""
    return dict(zip(series, sns.color_palette("colorblind", len(series)), strict=True))


def as_svg(figure: Figure) -> str:
    """Return a figure as SVG, and let go of it."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    plt.close(figure)
    whole = text.getvalue()
    return whole[whole.index("<svg") :]
