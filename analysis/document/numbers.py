"""Numbers as a reader wants them: three significant digits, intervals beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.document.blocks import Cell
from analysis.statistics.number import MEASURED_LEVEL, PREDICTED_LEVEL
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from analysis.statistics.number import Number

MEASURED_PERCENT, PREDICTED_PERCENT = percent(MEASURED_LEVEL), percent(PREDICTED_LEVEL)
"""The levels of intervals, as sentences say them."""
_LARGEST_PERCENT = 10.0
"""From this gain on, a factor reads better than percent."""
_NO_SHARE = 5e-5
"""A predicted share below it is shown as 0."""
_ALMOST_CERTAIN = 0.995
"""Beyond this probability, which would be rounded to 100 %, something is called certain."""


def number(value: float) -> str:
    """Return a number with three significant digits, thousands separated, never in exponents."""
    if not math.isfinite(value):
        return "?"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:,.{max(0, digits)}f}"


def significant_percent(share: float) -> str:
    """Return a share in percent with three significant digits, such as 12.3 %."""
    return f"{number(100 * share)} %"


def interval(estimate: Number) -> str:
    """Return an interval as [low, high]; [?] where a single observation gives no idea of it."""
    if not estimate.bounded:
        return "[?]"
    return f"[{number(estimate.low)}, {number(estimate.high)}]"


def plain_interval(value: float, low: float, high: float) -> str:
    """Return a number and the ends of its interval, such as 5,560 [4,900, 6,100]."""
    return f"{number(value)} [{number(low)}, {number(high)}]"


def plus_minus(estimate: Number) -> str:
    """Return the half-width of an interval, such as ±2.1 %."""
    half = estimate.half_width
    if not math.isfinite(half):
        return "±?"
    share = 100 * math.expm1(half)
    return f"±{share:.1f} %" if share < 100 else f"x/÷{number(1 + share / 100)}"


def gain(share: float) -> str:
    """Return a gain in percent, or as a factor where nobody would say percent."""
    return percent(share, signed=True) if share < _LARGEST_PERCENT else f"x{number(1 + share)}"


def probability(value: float) -> str:
    """Return a probability in words, such as: 98 % probability."""
    return "certain" if value > _ALMOST_CERTAIN else f"{100 * value:.0f} % probability"


def with_interval(estimate: Number, unit: str | None = None) -> str:
    """Return value, interval and unit, such as 5,560 [4,900, 6,100] samples/s."""
    unit = estimate.unit if unit is None else unit
    text = f"{number(estimate.value)} {interval(estimate)}"
    return text if unit == "1" else f"{text} {unit}"


def share_with_interval(estimate: Number) -> str:
    """Return a share and its interval in percent."""
    shares = (estimate.value, estimate.low, estimate.high)
    # What is left of a tax where nothing waits is rounding.
    value, low, high = (significant_percent(0.0 if abs(s) < _NO_SHARE else s) for s in shares)
    return f"{value} [{low}, {high}]"


def gain_with_interval(estimate: Number) -> str:
    """Return a gain and its interval."""
    return f"{gain(estimate.value)} [{gain(estimate.low)}, {gain(estimate.high)}]"


def words(text: str) -> Cell:
    """Return a cell of text."""
    return Cell(text)


def code(text: str) -> Cell:
    """Return a cell that holds a name in a program."""
    return Cell(text, code=True)


def plain(value: float | None) -> Cell:
    """Return a cell of a number without an interval; an empty one for None."""
    return Cell("") if value is None else Cell(number(value), value)


def share(value: float | None) -> Cell:
    """Return a cell of a share in percent; an empty one for None."""
    return Cell("") if value is None else Cell(significant_percent(value), value)


def measured(estimate: Number | None, *, trusted: bool = True) -> Cell:
    """Return a cell of a number with its half-width; ~ marks one that is not to be trusted."""
    if estimate is None:
        return Cell("")
    mark = "" if trusted else "~"
    return Cell(f"{mark}{number(estimate.value)} {plus_minus(estimate)}", estimate)


def ranged(estimate: Number | None, unit: str | None = None) -> Cell:
    """Return a cell of a number with its interval; an empty one for None."""
    return Cell("") if estimate is None else Cell(with_interval(estimate, unit), estimate)


def binary_size(size: int) -> str:
    """Return a number of bytes in the largest binary unit that holds it: 64 KiB, 3 MiB, 900 B."""
    for unit, shift in (("MiB", 20), ("KiB", 10)):
        if size >= 1 << shift:
            return f"{size >> shift} {unit}"
    return f"{size} B"
