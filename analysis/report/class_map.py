"""The residuals of a class as a map: a row a case, a column a machine, or a group of machines."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analysis.document.figures import HeatMap, MapCell, MapPanel, MapRow
from analysis.report.class_text import clipped
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from analysis.course.results import Residuals

_MOST_COLUMNS = 60
_MOST_ROWS = 30
"""Of a panel: those that were measured on most machines."""
_PARTS = 6
"""Of a case's name: kind, format, layout, decoder, shape, batch."""
_FULL = (1.1, 1.25, 1.5, 2.0, 4.0)
"""Ratios that may fill a cell: the least that few of the cells are beyond."""
_BEYOND = 0.97
_OTHER = "other cases"


def residual_maps(taken: Residuals) -> Iterator[tuple[HeatMap, str, str]]:
    """Yield maps of the residuals, one for each kind of case: drawing, title and caption."""
    order = _order(taken)
    bins = np.array_split(order, min(len(order), _MOST_COLUMNS))
    kinds: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for case, name in enumerate(taken.cases):
        kind, panel, _ = _named(name)
        kinds[kind][panel].append(case)
    full = _full(taken, bins)
    for kind, panels in kinds.items():
        drawn = tuple(_panel(taken, title, cases, bins) for title, cases in panels.items())
        cases = [case for those in panels.values() for case in those]
        drawing = HeatMap(
            panels=drawn,
            columns=tuple(_columns(taken, bins)),
            axis="machines",
            ends=("fastest", "slowest"),
            above="takes longer than case and machine say",
            below="takes less",
            full=float(np.log(full)),
            finding=_finding(taken, cases),
        )
        yield drawing, f"Residuals of cases that {kind}", _caption(bins, panels, full)


def _full(taken: Residuals, bins: Sequence[NDArray[np.intp]]) -> float:
    """Return the ratio that fills a cell: few cells' ends are beyond it."""
    left = taken.polish.residuals
    ends = [
        max(abs(cell.low), abs(cell.high))
        for row in left
        for those in bins
        if (cell := _cell(row[those])) is not None
    ]
    most = float(np.exp(np.quantile(ends, _BEYOND))) if ends else 1.0
    return next((ratio for ratio in _FULL if ratio >= most), _FULL[-1])


def _order(taken: Residuals) -> NDArray[np.intp]:
    """Return machines with any cell, the fastest first."""
    known = np.isfinite(taken.polish.residuals).any(axis=0)
    order = np.argsort(np.where(known, taken.polish.machines, np.inf), kind="stable")
    return order[: max(1, int(known.sum()))]


def _named(case: str) -> tuple[str, str, str]:
    """Return what a case does, in which panel it stands, and its label there."""
    parts = case.split("/")
    if len(parts) != _PARTS:
        return _OTHER, _OTHER, clipped(case)
    kind, *codec, shape, batch = parts
    return (
        clipped(kind, 20),
        f"{clipped(shape, 20)}, {clipped(batch, 8)}",
        clipped("/".join(codec), 40),
    )


def _panel(
    taken: Residuals, title: str, cases: Sequence[int], bins: Sequence[NDArray[np.intp]]
) -> MapPanel:
    left = taken.polish.residuals
    counts = {case: int(np.isfinite(left[case]).sum()) for case in cases}
    kept = sorted(sorted(cases, key=lambda case: -counts[case])[:_MOST_ROWS])
    return MapPanel(
        title,
        tuple(
            MapRow(_named(taken.cases[case])[2], tuple(_cell(left[case, those]) for those in bins))
            for case in kept
        ),
    )


def _cell(values: NDArray[np.float64]) -> MapCell | None:
    known = values[np.isfinite(values)]
    if not known.size:
        return None
    return MapCell(float(np.median(known)), float(known.min()), float(known.max()))


def _columns(taken: Residuals, bins: Sequence[NDArray[np.intp]]) -> Iterator[str]:
    first = 1
    for those in bins:
        last = first + len(those) - 1
        yield clipped(taken.pseudonyms[int(those[0])], 16) if first == last else f"{first}-{last}"
        first = last + 1


def _caption(bins: Sequence[NDArray[np.intp]], panels: dict[str, list[int]], full: float) -> str:
    most = max(map(len, bins))
    columns = (
        "A column is a machine, by its effect on all cases."
        if most == 1
        else f"A column is {counted(most, 'machine')} or one fewer, by their effect on all cases: "
        "what is filled is the middle one's residual, the thin lines reach to the outermost ones."
    )
    dropped = sum(max(0, len(cases) - _MOST_ROWS) for cases in panels.values())
    rows = f" {counted(dropped, 'case')} measured on fewer machines left out." if dropped else ""
    return (
        f"{columns} Up: longer than expected; down: less. A full cell is a factor of {full:g} or "
        "more; "
        f"where there is no line, nothing was measured. The machine's own speed is taken "
        f"away.{rows}"
    )


def _finding(taken: Residuals, cases: Sequence[int]) -> str:
    left = taken.polish.residuals[list(cases)]
    known = np.abs(left[np.isfinite(left)])
    if not known.size:
        return "0 cells were measured."
    beyond = float((known > np.log(1.25)).mean())
    typical = [
        np.median(np.abs(row[np.isfinite(row)])) if np.isfinite(row).any() else 0 for row in left
    ]
    widest = taken.cases[cases[int(np.argmax(typical))]]
    return (
        f"{percent(beyond)} of {counted(known.size, 'cell')} lie more than 25 % from what case and "
        f"machine say; machines differ most in {clipped(widest, 60)}."
    )
