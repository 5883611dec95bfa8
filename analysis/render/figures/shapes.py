"""Shapes in the coordinates of a picture, as paths of SVG: what a page's script can exchange."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from html import escape
from math import log10
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.document.live import Live
from analysis.render.figures.canvas import Frame, Target, log_axis, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.document.figures import Axis, Trace
    from analysis.document.live import Following

_SIZE_PT = 3.0
"""Of a mark, from its middle."""
_TICKS = 5
_MOST_MARKS = 6
_MARKS = {
    "o": "m-{s} 0a{s} {s} 0 1 0 {d} 0a{s} {s} 0 1 0-{d} 0",
    "s": "m-{s}-{s}h{d}v{d}h-{d}z",
    "D": "m0-{s}l{s} {s}l-{s} {s}l-{s}-{s}z",
    "^": "m0-{s}l{s} {d}h-{d}z",
    "v": "m0 {s}l{s}-{d}h-{d}z",
    "P": "m-{s} 0h{d}m-{s}-{s}v{d}",
    "X": "m-{s}-{s}l{d} {d}m-{d} 0l{d}-{d}",
}
"""What stands at a point, by matplotlib's name of its shape, from its middle on."""


def _share(axis: Axis, value: float) -> float:
    """Return how far along an axis a value is; what lies beyond is at its end."""
    if axis.logarithmic:
        share = log10(max(value, axis.low) / axis.low) / log10(axis.high / axis.low)
    else:
        share = (value - axis.low) / (axis.high - axis.low)
    return min(max(share, 0.0), 1.0)


def _every(count: int) -> int:
    """Return which of so many points have a mark: some are enough to tell a line by."""
    return max(1, -(-count // _MOST_MARKS))


@dataclass(frozen=True, slots=True)
class Plane:
    """Where values lie in the axes of a picture, from their upper left corner."""

    frame: Frame
    x: Axis
    y: Axis

    @property
    def _height(self) -> float:
        return self.frame.height - self.frame.bottom - self.frame.top

    def _at(self, x: float, y: float) -> str:
        across = self.frame.inner_width * _share(self.x, x)
        down = self._height * (1 - _share(self.y, y))
        return f"{across:.1f} {down:.1f}"

    def line(self, trace: Trace, marker: str | None) -> str:
        """Return a line, with marks at its points."""
        if not trace.x:
            return ""
        points = [self._at(x, y) for x, y in zip(trace.x, trace.y, strict=True)]
        path = f"M{'L'.join(points)}"
        if marker is not None:
            mark = _MARKS[marker].format(s=f"{_SIZE_PT:g}", d=f"{2 * _SIZE_PT:g}")
            path += "".join(f"M{point}{mark}" for point in points[:: _every(len(points))])
        return path

    def band(self, trace: Trace) -> str:
        """Return the area between the ends of a line's intervals."""
        if not trace.low:
            return ""
        over = [self._at(x, y) for x, y in zip(trace.x, trace.high, strict=True)]
        under = [self._at(x, y) for x, y in zip(trace.x, trace.low, strict=True)]
        return f"M{'L'.join([*over, *reversed(under)])}z"

    def bar(self, start: float, end: float, row: float, thick: float) -> str:
        """Return a bar along a row; thick: of it, in rows."""
        left, top = self._at(start, row - thick / 2).split()
        right, bottom = self._at(end, row + thick / 2).split()
        return f"M{left} {top}H{right}V{bottom}H{left}z"

    def dot(self, value: float, row: float, marker: str, size: float = 1.5) -> str:
        """Return a mark on a row; size: over that of a mark at a point of a line."""
        mark = _MARKS[marker].format(s=f"{size * _SIZE_PT:g}", d=f"{2 * size * _SIZE_PT:g}")
        return f"M{self._at(value, row)}{mark}"

    def group(self, paths: str) -> str:
        """Return paths within the axes: what lies beyond is not shown."""
        frame = self.frame
        return (
            f'<svg x="{frame.left:g}" y="{frame.top:g}" width="{frame.inner_width:g}" '
            f'height="{self._height:g}">{paths}</svg>'
        )


class Paths:
    """The paths of a picture, and those of them that follow controls."""

    def __init__(self, name: str) -> None:
        """Begin without any; name: what tells the picture from others."""
        self._name = sha256(name.encode()).hexdigest()[:8]
        self._written: list[str] = []
        self.targets: list[Target] = []

    def add(self, path: Following[str], **attributes: str) -> None:
        """Add a path; attributes: with _ for the - of SVG."""
        attributes_text = "".join(
            f' {name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items()
        )
        if path.controls:
            key = f"p{self._name}-{len(self.targets)}"
            self.targets.append(Target(key, "d", path))
            attributes_text += f' id="{key}"'
        if path.controls or path.at_first:
            self._written.append(f'<path d="{path.at_first}"{attributes_text}/>')

    def described(self, text: str) -> str:
        """Return the attributes of the picture that says a text, which may follow controls."""
        attributes_text = f' role="img" aria-label="{escape(text)}"'
        if isinstance(text, Live):
            key = f"p{self._name}-label"
            self.targets.append(Target(key, "aria-label", text.texts))
            attributes_text += f' id="{key}"'
        return attributes_text

    def __str__(self) -> str:
        """Return all paths."""
        return "".join(self._written)


def ticks(axes: Axes, axis: Axis, *, upright: bool, length: float) -> None:
    """Give an axis of a picture its limits and ticks."""
    (axes.set_ylim if upright else axes.set_xlim)(axis.low, axis.high)
    drawn = axes.yaxis if upright else axes.xaxis
    if axis.ticks:
        names = dict(axis.ticks)
        drawn.set_major_locator(FixedLocator(list(names)))
        drawn.set_minor_locator(NullLocator())
        drawn.set_major_formatter(FuncFormatter(lambda value, _: names.get(value, "")))
    elif axis.logarithmic:
        log_axis(drawn, (axis.low, axis.high), length)
    else:
        whole_numbers(drawn, _TICKS)
