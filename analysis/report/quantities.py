"""Quantities of facts in documents: as a cell, and for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.document import Cell
from analysis.statistics.number import number_of
from hardware_profiles.sensitivity import dominant, inputs

if TYPE_CHECKING:
    from hardware_profiles.quantity import Quantity


def quantity_cell(quantity: Quantity | None) -> Cell:
    """Return a quantity with its interval and unit; an empty cell where there is none."""
    return Cell("") if quantity is None else Cell(quantity.text(), number_of(quantity))


def quantity_value(quantity: Quantity) -> dict[str, Any]:
    """Return a quantity with what it rests on, by name."""
    widest = dominant(quantity)
    return {
        "value": quantity.value,
        "low": quantity.low,
        "high": quantity.high,
        "unit": str(quantity.unit),
        "kind": quantity.kind,
        "inputs": [fact.name for fact in inputs(quantity)],
        "width_from": widest and {"input": widest.name, "share": widest.share},
    }
