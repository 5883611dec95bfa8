"""Where the model fails: predicted against measured, by class of machines and configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import (
    Callout,
    Cell,
    Column,
    Figure,
    Finding,
    Paragraph,
    Row,
    Section,
    Table,
    Tone,
)
from analysis.document.figures import Compared, Comparison
from analysis.document.numbers import PREDICTED_PERCENT
from analysis.report.class_text import (
    ON_PAPER,
    caution,
    class_label,
    clipped,
    few_each,
    is_shown,
)
from analysis.statistics.number import PREDICTED_LEVEL, Number
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.course.results import ClassResults, PredictionError
    from analysis.document import Block

_TITLE = "Predicted against measured"
_IN_FIGURE = 240
_MOST_CLASSES = 7
"""That have a colour and a shape of their own."""
_REST = "other classes"
_NO_BIAS = 0.0005
"""What percents with one decimal place would call 0."""
_OFF = 0.1
"""Below what was claimed, from which an interval's share is worth a warning."""


def predictions(results: ClassResults) -> Section:
    """Return how predictions of held-out configurations lie against what was measured."""
    those = [e for e in results.predicted if is_shown(results, e.machine_class, e.machines)]
    whole = [e for e in those if e.machine_class is None and e.configuration is None]
    if not whole:
        text = (
            f"Fewer than {results.group} machines predicted configurations that they had not been "
            "calibrated on: there is nothing to be seen."
        )
        return Section(_TITLE, (Paragraph(text),))
    return Section(_TITLE, tuple(_blocks(results, those, whole[0])))


def _blocks(
    results: ClassResults, those: list[PredictionError], whole: PredictionError
) -> Iterator[Block]:
    yield Paragraph(
        f"{counted(whole.points, 'configuration')} on {counted(whole.machines, 'machine')}, left "
        f"out of the calibration: the median error is {percent(whole.median_error, 1)}, "
        f"predictions are {_bias(whole.bias)}, and {percent(whole.held)} of the "
        f"{PREDICTED_PERCENT} intervals hold what was measured.{_worst(results, those)}"
    )
    yield from caution(whole.machines, results.group, "an error")
    if whole.held < PREDICTED_LEVEL - _OFF:
        reason = (
            f"Of {PREDICTED_PERCENT} intervals {percent(whole.held)} held: read each as narrower "
            "than it should be"
        )
        yield Callout(Tone.BAD, "the model's intervals are too narrow here", (Finding(reason),))
    if results.points:
        yield _figure(results)
    classes = [e for e in those if e.configuration is None]
    configurations = [e for e in those if e.configuration is not None]
    yield _table(
        "By class of machines",
        [(class_label(results, e.machine_class), e) for e in _ordered(classes)],
        "class",
    )
    if configurations:
        yield _table(
            "By configuration, those that are predicted worst first",
            [(_configuration(results, e), e) for e in _ordered(configurations)],
            "configuration",
        )


def _bias(bias: float) -> str:
    if abs(bias) < _NO_BIAS:
        return "neither high nor low in the middle"
    return f"{percent(abs(bias), 1)} too {'high' if bias > 0 else 'low'} in the middle"


def _ordered(errors: Sequence[PredictionError]) -> list[PredictionError]:
    """Return the whole class first, then the largest errors."""
    return sorted(
        errors,
        key=lambda e: (e.machine_class is None and e.configuration is None) * -1e9 - e.median_error,
    )


def _worst(results: ClassResults, those: Sequence[PredictionError]) -> str:
    """Say where the model fails most."""
    classes = [e for e in those if e.machine_class is not None and e.configuration is None]
    configurations = [e for e in those if e.configuration is not None]
    parts = []
    if classes:
        worst = max(classes, key=lambda e: e.median_error)
        label = class_label(results, worst.machine_class)
        parts.append(f"on the class {label} ({percent(worst.median_error, 1)})")
    if configurations:
        worst = max(configurations, key=lambda e: e.median_error)
        label = clipped(worst.configuration or "", 80)
        parts.append(f"with {label} ({percent(worst.median_error, 1)})")
    return f" It misses most {' and '.join(parts)}." if parts else ""


def _configuration(results: ClassResults, error: PredictionError) -> str:
    label = clipped(error.configuration or "", 80)
    if error.machine_class is None:
        return label
    return f"{label}; {class_label(results, error.machine_class)}"


def _table(title: str, errors: list[tuple[str, PredictionError]], first: str) -> Table:
    rows = tuple(
        Row(
            (
                Cell(label),
                Cell(f"{e.machines:,}", e.machines),
                Cell(f"{e.points:,}", e.points),
                Cell(percent(e.median_error, 1), e.median_error),
                Cell(percent(e.bias, 1, signed=True), e.bias),
                Cell(percent(e.held), e.held),
            )
        )
        for label, e in errors
    )
    columns = (
        Column(first, left=True),
        Column("machines"),
        Column("points"),
        Column("median error"),
        Column("bias"),
        Column(f"{PREDICTED_PERCENT} intervals that held"),
    )
    return Table(title, columns, rows, first=ON_PAPER)


def _figure(results: ClassResults) -> Figure:
    usable = [point for point in results.points if min(point[1:]) > 0]
    step = max(1, -(-len(usable) // _IN_FIGURE))
    shown = usable[::step]
    names = {point[0]: class_label(results, point[0]) for point in shown}
    largest = [name for name in results.machine_classes if is_shown(results, name)]
    kept = {class_label(results, name) for name in largest[:_MOST_CLASSES]} | {few_each(results)}
    counts: dict[str, int] = {}
    points = []
    for machine_class, predicted, low, high, measured in sorted(shown, key=lambda p: names[p[0]]):
        series = names[machine_class] if names[machine_class] in kept else _REST
        counts[series] = counts.get(series, 0) + 1
        value = Number(
            predicted, min(low, predicted), max(high, predicted), PREDICTED_LEVEL, "samples/s",
            Kind.EXTRAPOLATED,
        )  # fmt: skip
        points.append(Compared(f"{series}, {counts[series]}", series, value, measured))
    drawing = Comparison(tuple(points), "measured, samples/s", "predicted, samples/s")
    caption = "On the dashed line both are equal; both axes are logarithmic."
    if len(shown) < len(results.points):
        caption += f" A sample of {len(shown)} of all points."
    return Figure(drawing, "Predicted over measured samples/s", caption)
