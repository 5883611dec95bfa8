"""Prices in steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles.quantity import Quantity, exact, maximum, minimum

if TYPE_CHECKING:
    from collections.abc import Mapping


def in_steps(amount: Quantity, steps: Mapping[str, Quantity]) -> Quantity:
    """Return what an amount costs by a price list in steps.

    Args:
        amount: of any shape.
        steps: `NAME.price` and `NAME.width` of each step, in order; the last has no width.

    """
    names = list(dict.fromkeys(path.rpartition(".")[0] for path in steps))
    begin: Quantity | float | None = None
    total: Quantity | None = None
    for name in names:
        price, width = steps[f"{name}.price"], steps.get(f"{name}.width")
        rest = amount if begin is None else maximum(amount - begin, exact(0, "B"))
        part = rest if width is None else minimum(rest, width)
        cost = part * price
        total = cost if total is None else total + cost
        if width is not None:
            begin = width if begin is None else begin + width
    if total is None:
        raise ValueError("a price list without steps")
    return total
