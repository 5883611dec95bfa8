"""Colours and marks of series, for light and dark pages, colour-blind readers and print.

A colour alone tells nothing apart: points of series differ in shape too, and parts of a bar are set
apart by the colour of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = (
    "#1073d0",  # blue
    "#fe6000",  # orange
    "#2ea862",  # green
    "#cd2900",  # red
    "#a484af",  # lilac
    "#587055",  # olive
    "#6e5d93",  # purple
    "#3796f7",  # sky
)
"""Each has a contrast of 3 with a white and with a dark page, as WCAG 2.2 (1.4.11) asks of figures.

They are about the hues of seaborn's palette `colorblind`, with the lightness that this asks for,
and further from each other, also for readers without red or green cones.
"""
LIGHT_PAPER, DARK_PAPER = "#ffffff", "#14181e"
"""The page's colour in both modes, as in templates/style.css."""
_SHAPES = (("o", "●"), ("s", "■"), ("D", "◆"), ("^", "▲"), ("v", "▼"), ("P", "✚"), ("X", "✖"))
"""How points look, as matplotlib calls it, and as a character."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a series is drawn."""

    colour: str
    marker: str
    """matplotlib's name of its shape."""
    sign: str
    """A character of that shape."""


LINE_SIGN = "╌"
"""The sign of a dashed line, or of an interval."""
SQUARE = "■"
"""The sign of what is drawn as an area."""


def marks(series: Sequence[str]) -> dict[str, Mark]:
    """Return a mark for each series; colours, and then shapes, begin again where they end."""
    return {
        name: Mark(COLOURS[place % len(COLOURS)], *_SHAPES[place % len(_SHAPES)])
        for place, name in enumerate(series)
    }
