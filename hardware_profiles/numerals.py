"""Numbers as people read them."""

from __future__ import annotations

import math


def rounded(value: float, figures: int = 4) -> str:
    """Write a number to some significant figures, with thousands apart: 92592.6 is `92,590`.

    >>> rounded(2180.36), rounded(0.92593), rounded(1.5e-12)
    ('2,180', '0.9259', '1.5e-12')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = figures - 1 - math.floor(math.log10(abs(value)))
    if not -15 < places < figures + 4:
        return f"{value:.{figures}g}".replace("e+", "e").replace("e-0", "e-")
    text = f"{round(value, places):,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float, places: int = 0, *, signed: bool = False) -> str:
    """Write a share in percent, to some decimal places.

    >>> percent(0.942), percent(0.0615, 1), percent(48.56, signed=True)
    ('94 %', '6.2 %', '+4,856 %')
    """
    return f"{100 * share:{'+' if signed else ''},.{places}f} %"


def counted(count: int, noun: str) -> str:
    """Write how many there are of what a noun names.

    >>> counted(1, "worker"), counted(2, "worker"), counted(1200, "measured block")
    ('1 worker', '2 workers', '1,200 measured blocks')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def interval(value: float, low: float, high: float, figures: int = 4) -> str:
    """Write a number and its range, where it has one.

    >>> interval(2180.36, 1994.1, 2455.2), interval(80, 80, 80)
    ('2,180 [1,994, 2,455]', '80')
    """
    numbers = [rounded(part, figures) for part in (value, low, high)]
    return numbers[0] if low == high else f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"
