"""The data of figures, by how they are drawn: dots, bars, lines, boxes, a map of many cells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from analysis.document.live import Following
    from analysis.statistics.number import Number


@dataclass(frozen=True)
class Dot:
    """A number with its interval, in the row of its label and the colour of its series."""

    label: str
    series: str
    number: Number
    ringed: bool = False


@dataclass(frozen=True)
class Limit:
    """What a number cannot pass: of one row, or of all where label is None."""

    name: str
    value: float
    label: str | None = None


@dataclass(frozen=True)
class Panel:
    """Dots that may be compared with each other."""

    title: str
    dots: tuple[Dot, ...]
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Dots:
    """Panels of dots on a logarithmic axis; series keep their colours over all panels."""

    panels: tuple[Panel, ...]
    series: tuple[str, ...]
    axis: str


@dataclass(frozen=True)
class Part:
    """A piece of a bar."""

    series: str
    start: float
    length: float


@dataclass(frozen=True)
class Bar:
    """A bar of several parts."""

    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Bars:
    """Horizontal bars; shares: the axis goes from 0 to 100 %."""

    bars: tuple[Bar, ...]
    series: tuple[str, ...]
    axis: str
    shares: bool = False


@dataclass(frozen=True)
class Line:
    """Points joined by a line; one of them ringed; ideal: what proportion would give."""

    label: str
    points: tuple[tuple[float, float], ...]
    ringed: float | None = None
    ideal: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Lines:
    """Lines over a common axis of whole numbers."""

    lines: tuple[Line, ...]
    x_axis: str
    y_axis: str


@dataclass(frozen=True)
class Compared:
    """A number with its interval, over what it turned out to be."""

    label: str
    series: str
    predicted: Number
    measured: float


@dataclass(frozen=True)
class Comparison:
    """Predicted over measured on logarithmic axes, with the line where both are equal."""

    points: tuple[Compared, ...]
    x_axis: str
    y_axis: str


@dataclass(frozen=True)
class Axis:
    """Where an axis begins and ends, for all settings of the controls that its data follow."""

    name: str
    low: float
    high: float
    logarithmic: bool = False
    ticks: tuple[tuple[float, str], ...] = ()
    """Places with their labels; none: round numbers."""
    unit: str = ""
    """Of the numbers in the figure's table, where the labels do not say it."""

    @property
    def heading(self) -> str:
        """What it is called where its numbers stand in a table."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True)
class Trace:
    """Points joined by a line, with the ends of their intervals."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    """None: there are no intervals."""
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class TraceSeries:
    """A line of a figure."""

    label: str
    trace: Following[Trace]
    reference: bool = False
    """Whether it is what the others are held against, such as a limit."""


@dataclass(frozen=True)
class Traces:
    """Lines with bands over two axes; they may follow controls."""

    series: tuple[TraceSeries, ...]
    x: Axis
    y: Axis
    finding: str
    """What is to be seen in it."""


class Shape(StrEnum):
    """How a span of a strip is drawn."""

    BAR = "bar"
    RANGE = "range"
    DOT = "dot"


@dataclass(frozen=True)
class Span:
    """A piece of a strip, from one value to another; a dot stands at the first."""

    series: str
    ends: Following[tuple[float, float] | None]
    """None: there is nothing at that setting."""
    shape: Shape = Shape.BAR


@dataclass(frozen=True)
class Strip:
    """A row of a figure."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Strips:
    """Rows with bars, dots and intervals over a common axis; they may follow controls."""

    rows: tuple[Strip, ...]
    series: tuple[str, ...]
    axis: Axis
    finding: str
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Box:
    """How a positive number is distributed over some units, by five of its percentiles."""

    series: str
    units: int
    low: float
    """5th."""
    lower: float
    """25th."""
    middle: float
    upper: float
    """75th."""
    high: float
    """95th."""


@dataclass(frozen=True)
class BoxRow:
    """Boxes that stand below each other, under a label."""

    label: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class BoxPanel:
    """Rows of boxes that may be compared with each other."""

    title: str
    rows: tuple[BoxRow, ...]


@dataclass(frozen=True)
class Boxes:
    """Panels of boxes, each on a logarithmic axis; series keep their colours over all panels."""

    panels: tuple[BoxPanel, ...]
    series: tuple[str, ...]
    axis: str
    units: str
    """What the boxes are distributions over, such as machines."""
    finding: str
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class MapCell:
    """What a cell of a map holds: a logarithm of a ratio; of several, the middle and the ends."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class MapRow:
    """A row of a map; None: there is nothing in that cell."""

    label: str
    cells: tuple[MapCell | None, ...]


@dataclass(frozen=True)
class MapPanel:
    """Rows of a map under a title; all have a cell for every column."""

    title: str
    rows: tuple[MapRow, ...]


@dataclass(frozen=True)
class HeatMap:
    """Cells in rows and columns, each above or below what is expected, more or less."""

    panels: tuple[MapPanel, ...]
    columns: tuple[str, ...]
    """What each is called in the figure's table."""
    axis: str
    """What the columns are, and in which order."""
    ends: tuple[str, str]
    """What the first and the last column are."""
    above: str
    below: str
    """What a cell above and one below 0 is."""
    full: float
    """The logarithm that fills a cell; those that are larger do, too."""
    finding: str


Drawing: TypeAlias = Dots | Bars | Lines | Comparison | Traces | Strips | Boxes | HeatMap
