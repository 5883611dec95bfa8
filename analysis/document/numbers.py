"""Numbers as a reader wants them: three significant digits, intervals beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.statistics.number import Number


def number(value: float) -> str:
    """Return a number with three significant digits, thousands separated, never in exponents."""
    if not math.isfinite(value):
        return "?"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:,.{max(0, digits)}f}"


def interval(estimate: Number) -> str:
    """Return an estimate's interval as [low, high]; ? where one process gives no idea of it."""
    if not estimate.bounded:
        return "[?]"
    return f"[{number(estimate.low)}, {number(estimate.high)}]"


def spread(estimate: Number) -> str:
    """Return the half-width of an estimate's interval, such as ±2.1 %."""
    half = estimate.half_width
    if not math.isfinite(half):
        return "±?"
    percent = 100 * math.expm1(half)
    return f"±{percent:.1f} %" if percent < 100 else f"x/÷{number(1 + percent / 100)}"
