"""Arithmetic on quantities beside its peers: `python -m tests.benchmarks.quantities [FILE]`.

Each computes what it costs to move data over a link: four operations with as many draws as
everywhere. Turns are interleaved, so that a slow spell of the machine meets all alike. With FILE,
the table is written there; `nox -s peers` renews docs/performance-of-quantities.md so.
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pint
from uncertainties import ufloat

from hardware_profiles.draws import DRAWS
from hardware_profiles.provenance import Fact, Kind
from hardware_profiles.quantity import Quantity, sourced

OPERATIONS = 100_000
IN_FORMULA = 4
TURNS = 20

FACTS = [
    Fact("size", 1e15, 0.9e15, 1.1e15, "B", Kind.PUBLISHED, "a source"),
    Fact("rate", 1.25e9, 1e9, 1.4e9, "B/s", Kind.DATASHEET, "a source"),
    Fact("latency", 0.05, 0.04, 0.07, "s", Kind.MEASURED, "a source"),
    Fact("price", 6e-4, 4e-4, 8e-4, "USD/s", Kind.ASSUMED, "a source"),
    Fact("fee", 300, 250, 600, "USD", Kind.PUBLISHED, "a source"),
]


def formula(size: Any, rate: Any, latency: Any, price: Any, fee: Any) -> Any:
    return (size / rate + latency) * price + fee


def operands() -> dict[str, tuple[str, list[Any]]]:
    """Return, for each library, what it keeps of a number and the numbers."""
    ours = [sourced(fact) for fact in FACTS]
    registry: Any = pint.UnitRegistry()
    registry.define("USD = [money]")
    in_pint = {"B": "byte", "B/s": "byte/s", "s": "s", "USD/s": "USD/s", "USD": "USD"}
    arrays = [np.array(quantity.draws) for quantity in ours]
    return {
        "this project": ("unit, draws, provenance", ours),
        f"pint {version('pint')}": (
            "unit, draws",
            [
                registry.Quantity(draws, in_pint[fact.unit])
                for draws, fact in zip(arrays, FACTS, strict=True)
            ],
        ),
        f"uncertainties {version('uncertainties')}": (
            "standard deviation, by a linear rule",
            [ufloat(fact.value, (fact.high - fact.low) / 3.29) for fact in FACTS],
        ),
        f"numpy {version('numpy')}": ("draws", arrays),
    }


def timings() -> dict[str, tuple[str, float]]:
    """Return what each library keeps, and its seconds for all operations."""
    libraries = operands()
    each = OPERATIONS // IN_FORMULA // TURNS
    seconds: dict[str, list[float]] = {name: [] for name in libraries}
    for _ in range(TURNS):
        for name, (_, numbers) in libraries.items():
            seconds[name].append(_turn(numbers, each))
    return {name: (libraries[name][0], median(seconds[name]) * TURNS) for name in libraries}


def _turn(numbers: list[Any], times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        formula(*numbers)
    return perf_counter() - start


def page(results: dict[str, tuple[str, float]]) -> str:
    """Return the table as Markdown."""
    ours = results["this project"][1]
    where = f"{platform.system()}, CPython {platform.python_version()}"
    rows = [
        f"| {name} | {keeps} | {seconds:.2f} | {seconds / ours:.2f} |"
        for name, (keeps, seconds) in results.items()
    ]
    return "\n".join(
        [
            "# Performance of quantities",
            "",
            "Written by `nox -s peers`, never by hand: the same formula of five numbers by each,",
            "in turns, in one process. [Quantities, explained](explanation/quantities.md).",
            "",
            f"{where}. {OPERATIONS:,} operations on {DRAWS:,} draws, seconds.",
            "",
            "| by | keeps of a number | s | times ours |",
            "|---|---|---:|---:|",
            *rows,
            "",
        ]
    )


def main() -> int:
    """Measure, print, write; exit status 1 where pint, which keeps less, is faster."""
    results = timings()
    text = page(results)
    sys.stdout.write(text)
    for name in sys.argv[1:2]:
        Path(name).write_text(text, encoding="utf-8")
    pints = next(seconds for name, (_, seconds) in results.items() if name.startswith("pint"))
    slower = pints < results["this project"][1]
    if slower:
        sys.stderr.write("error: slower than pint, which keeps no provenance\n")
    return int(slower)


if __name__ == "__main__":
    assert isinstance(formula(*operands()["this project"][1]), Quantity)
    sys.exit(main())
