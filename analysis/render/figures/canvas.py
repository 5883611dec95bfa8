"""What all figures share: size, style, ticks, and how a drawing becomes SVG.

A picture is as wide as a phone, so that its text is read there; a page sets pictures side by side
where there is room. Margins are given, not measured: laying a figure out twice takes longer than
drawing it.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from hashlib import sha256
from html import escape, unescape
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from analysis.render.figures.palette import LIGHT_PAPER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from analysis.document.live import Following

WIDTH_PT = 330.0
"""Of a picture: shown on a phone of 390 px, its text is as large as it is here."""
FONT_PT, SMALL_PT = 12.0, 11.0
INK, LINE = "#1d2430", "#d9dee6"
"""Text and grid; the page gives them the colours of its mode."""
MUTED = "#7d7d7d"
"""Of what is beside the matter; its contrast is 4 with a white page and with a dark one."""
_ON_PAGE = {INK: "currentColor", LINE: "var(--line)"}
_ON_PAPER = {"currentColor": INK, "var(--line)": LINE, "var(--paper)": LIGHT_PAPER}
_LABEL = re.compile(r'<svg[^>]* aria-label="([^"]*)"')
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "data-factory",
    "text.parse_math": False,  # a name with dollars is no formula
    "font.family": "sans-serif",
    "font.size": FONT_PT,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.labelsize": SMALL_PT,
    "axes.titlesize": FONT_PT,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": FONT_PT,
    "xtick.major.pad": 5.5,  # clear of the lowest label of the upright axis
    "ytick.major.size": 0,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
}
_PER_LETTER = 0.56
"""The mean width of a letter over its height, in the usual sans-serif fonts."""
_GAP_PT = 8.0
"""Between the labels of two ticks."""
_RIGHT_PT = 28.0
"""Room for half of the last tick's label, as of 1,000,000."""
_STEPS = (range(1, 10), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
"""Ticks in a decade, the closest first."""
_SPARSE = (2, 3, 4)
"""Decades between two ticks, where one in each has no room."""
_MOST_TICKS = 6
"""More are clutter."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a sign in a colour stands for."""

    sign: str
    colour: str
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """An attribute of an element that follows controls."""

    key: str
    """The element's id."""
    attribute: str
    """"": its text."""
    values: Following[str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing: pictures that may stand side by side, and what their signs stand for."""

    pictures: tuple[str, ...]
    keys: tuple[Key, ...] = ()
    targets: tuple[Target, ...] = ()


def width_pt(text: str, size_pt: float = FONT_PT) -> float:
    """Return about how wide a text is."""
    return _PER_LETTER * size_pt * len(text)


def fitting(text: str, room_pt: float, size_pt: float = FONT_PT) -> str:
    """Return a text that has room, without its middle where it is too long."""
    letters = max(3, int(room_pt / width_pt("x", size_pt)))
    if len(text) <= letters:
        return text
    return f"{text[: letters // 2]}…{text[len(text) - (letters - 1) // 2 :]}"


@dataclass(frozen=True, slots=True)
class Frame:
    """An axes in a picture, with its margins in points."""

    height: float
    left: float
    bottom: float
    top: float

    @property
    def inner_width(self) -> float:
        """Of the axes alone."""
        return WIDTH_PT - self.left - _RIGHT_PT

    def axes(self) -> Axes:
        """Return the axes, in a figure of its own."""
        figure = Figure(figsize=(WIDTH_PT / 72, self.height / 72))
        left, bottom = self.left / WIDTH_PT, self.bottom / self.height
        size = (self.inner_width / WIDTH_PT, 1 - (self.bottom + self.top) / self.height)
        return figure.add_axes((left, bottom, *size))


def style() -> Any:
    """Draw in the style of all figures, within this context."""
    return mpl.rc_context(_STYLE)


def as_svg(axes: Axes, description: str, attributes: str = "", inner: str = "") -> str:
    """Return a picture as SVG that says what it shows; equal data give equal bytes.

    Args:
        axes: of the picture.
        description: what it shows; it stands in `attributes` where those are given.
        attributes: of the picture's element.
        inner: further elements, drawn over the axes.

    """
    return finished(frame_svg(axes), description, attributes, inner)


def frame_svg(axes: Axes) -> str:
    """Return what is drawn of a picture as SVG, for `finished`; equal data give equal bytes."""
    text = io.StringIO()
    figure = axes.get_figure()
    if not isinstance(figure, Figure):
        raise TypeError("these axes are in no figure")
    # Not savefig, which lays a figure out once more before it draws.
    write: Callable[..., None] = FigureCanvasSVG(figure).print_svg
    write(text, metadata={"Date": None})
    whole = text.getvalue()
    whole = re.sub(r'<g id="[^"]*"', "<g", whole[whole.index("<svg") :])
    whole = re.sub(r"\s*<(metadata|style)\b.*?</\1>", "", whole, flags=re.DOTALL)
    # The font is the page's.
    return re.sub(r" font-family: [^;]*;", "", whole)


def finished(whole: str, description: str, attributes: str, inner: str) -> str:
    """Return a picture with what it shows, and further elements over it.

    Args:
        whole: what `frame_svg` gave.
        description: what it shows; it stands in `attributes` where those are given.
        attributes: of the picture's element.
        inner: further elements, drawn over the axes.

    """
    # Names are unique on a page, which has many pictures.
    name = sha256(f"{whole}{inner}{description}".encode(errors="replace")).hexdigest()[:8]
    whole = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", whole)
    for drawn, shown in _ON_PAGE.items():
        whole = whole.replace(drawn, shown)
    written = attributes or f' role="img" aria-label="{escape(description)}"'
    head, _, tail = whole.replace("<svg ", f"<svg{written} ", 1).rpartition("</svg>")
    return f"{head}{inner}</svg>{tail}"


def on_paper(picture: str, font: str) -> str:
    """Return a picture of a page in the colours of a light one, and in a font of its own.

    Raises:
        ValueError: it has a colour that only a page knows.

    """
    for shown, drawn in _ON_PAPER.items():
        picture = picture.replace(shown, drawn)
    if "var(--" in picture:
        raise ValueError("a picture has a colour of the page that paper does not know")
    return picture.replace("<svg ", f'<svg font-family="{escape(font)}" ', 1)


def alternative(picture: str) -> str:
    """Return what a picture says of itself to those who do not see it."""
    known = _LABEL.search(picture)
    return unescape(known[1]) if known else ""


def log_ticks(low: float, high: float, inner_width: float) -> list[float]:
    """Return ticks of a logarithmic axis, as many as have room for their labels.

    Args:
        low: where the axis begins, above 0.
        high: where it ends.
        inner_width: of the axis, in points.

    """
    first, last = floor(log10(low)), ceil(log10(high))
    decades = range(first, last + 1)
    for steps in _STEPS:
        ticks = _within(low, high, (step * 10.0**power for power in decades for step in steps))
        if 1 < len(ticks) <= _MOST_TICKS and _have_room(ticks, low, high, inner_width):
            return ticks
    for apart in _SPARSE:
        ticks = _within(low, high, (10.0**power for power in decades[::apart]))
        if len(ticks) > 1 and _have_room(ticks, low, high, inner_width):
            return ticks
    # Less than a decade, or so many that two labels are all that is wanted.
    even = _within(low, high, MaxNLocator(_SPARSE[0]).tick_values(low, high))
    return even if _have_room(even, low, high, inner_width) else even[:1]


def _within(low: float, high: float, ticks: Iterable[float]) -> list[float]:
    return [float(tick) for tick in ticks if low <= tick <= high]


def _have_room(ticks: Sequence[float], low: float, high: float, inner_width: float) -> bool:
    """Say whether the labels of ticks on a logarithmic axis stand apart."""
    scale = inner_width / log10(high / low)
    ends = []
    for tick in ticks:
        middle, half = scale * log10(tick / low), width_pt(tick_label(tick), SMALL_PT) / 2
        ends.append((middle - half, middle + half))
    return all(right + _GAP_PT <= left for (_, right), (left, _) in pairwise(ends))


def tick_label(value: float) -> str:
    """Return a tick's label."""
    return f"{value:,.10g}"


def log_axis(axis: Axis, limits: Sequence[float], inner_length: float) -> None:
    """Give a logarithmic axis the ticks that have room."""
    low, high = limits
    axis.set_major_locator(FixedLocator(log_ticks(low, high, inner_length)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_label(value)))


def whole_numbers(axis: Axis, most: int) -> None:
    """Give an axis about so many ticks, with thousands separated."""
    axis.set_major_locator(MaxNLocator(most))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_label(value)))
