"""EnergyRadar: an operation against what it takes to bring it a number, at one process node.

The energy-movement invariant of the lab's plan, E_move >> E_comp, holds of what leaves the chip. On
the chip it does not: a number from a small memory takes about as much as the operation itself. And
it is of one operation: a whole network can take more than moving its input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Catalogue, Profile
    from hardware_profiles.quantity import Quantity

NODE = "node_7nm"
"""The newest process with a published table of operations and memories."""
INVARIANT = 100.0
"""How many times as much moving is to take as computing: the plan's `>100x`."""
_WORD = exact(32, "b")
"""What an operand in 32 bits has."""
_ON_CHIP = {"sram_8kib": "SRAM, 8 KiB", "sram_32kib": "SRAM, 32 KiB", "sram_1mib": "SRAM, 1 MiB"}
_OFF_CHIP = {"hbm2": "HBM2", "ddr4": "DDR4"}
_MACS = {
    "int8": ("MAC in 8 bits", "int8_mul", "int32_add"),
    "bf16": ("MAC in bfloat16", "bf16_mul", "fp32_add"),
    "fp32": ("MAC in 32 bits", "fp32_mul", "fp32_add"),
}
REFERENCE = "fp32"
"""The operation that a 32-bit operand is moved for."""


@dataclass(frozen=True)
class Row:
    """What one thing takes."""

    name: str
    """For programs."""
    label: str
    energy: Quantity
    """Of a MAC, or of moving 32 bits."""
    times: Quantity | None
    """Over a MAC in 32 bits; None: it is an operation."""
    off_chip: bool = False

    @property
    def chance(self) -> float:
        """The probability that it is more than a hundred times a MAC in 32 bits."""
        return 0.0 if self.times is None else 1 - float(self.times.chance_below(exact(INVARIANT)))


def radar(catalogue: Catalogue, link: Profile) -> tuple[Row, ...]:
    """Return operations, memories and networks, the cheapest kind first.

    Args:
        catalogue: the facts.
        link: over which a mission's data is moved.

    """
    node = catalogue[NODE]
    macs = {
        name: node[f"operation.{mul}"] + node[f"operation.{add}"]
        for name, (_, mul, add) in _MACS.items()
    }
    one = exact(1, "OP")
    rows = [Row(f"mac.{n}", _MACS[n][0], (e * one).to("pJ"), None) for n, e in macs.items()]
    mac = macs[REFERENCE] * one

    def moving(name: str, label: str, per_bit: Quantity, *, off_chip: bool) -> Row:
        energy = (per_bit * _WORD).to("pJ")
        return Row(name, label, energy, (energy / mac).to("1"), off_chip)

    for names, off_chip in ((_ON_CHIP, False), (_OFF_CHIP, True)):
        rows += [
            moving(name, f"32 bits from {label}", node[f"access.{name}"], off_chip=off_chip)
            for name, label in names.items()
        ]
    network = moving("network", f"32 bits over {link.title}", link["wire.energy"], off_chip=True)
    return (*rows, network)


def findings(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Say of what the invariant is true, and of what it is not."""
    texts = []
    for row in rows:
        if row.times is None:
            continue
        where = "off the chip" if row.off_chip else "on the chip"
        texts.append(
            f"{row.label}, {where}: {row.times.text()} times a MAC in 32 bits; more than 100 times "
            f"with a probability of {percent(row.chance)}."
        )
    return tuple(texts)


def invariant_text(rows: tuple[Row, ...]) -> str:
    """Say in a sentence where moving takes more than a hundred times an operation."""
    moved = [row for row in rows if row.times is not None]
    holds = [row.label for row in moved if row.chance >= 0.95]
    fails = [row.label for row in moved if row.chance <= 0.05]
    open_ = [row.label for row in moved if 0.05 < row.chance < 0.95]
    text = f"Moving 32 bits takes more than 100 times a MAC in 32 bits {_listed(holds)}"
    text += f"; it does not {_listed(fails)}"
    if open_:
        text += f"; it cannot be told {_listed(open_)}"
    return f"{text}. All at 7 nm, but for the network."


def _listed(labels: list[str]) -> str:
    short = [label.removeprefix("32 bits ") for label in labels]
    return ", ".join(short) if short else "nowhere"
