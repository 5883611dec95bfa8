"""Linux: the processor packages that the kernel counts by RAPL, on Intel and AMD.

A package is the processor with its caches and its own graphics, without memory, screen and disk.
Zones inside it (core, uncore, dram) are not read: some are part of it, and would count twice.
psys, the whole platform, includes the packages; it is used only where no package can be read.
Since Linux 5.10 only root may read these counters, unless the machine's owner changes that.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench.availability import UnavailableError
from bench.energy.meter import Meter, counting, label

if TYPE_CHECKING:
    from collections.abc import Iterable

_ZONES = (re.compile(r"package-\d+(-die-\d+)?"), re.compile(r"psys"))
"""Names of zones to read: those of the first pattern that has any."""


class Tree(Protocol):
    """The kernel's zones, each with files."""

    def zones(self) -> list[str]:
        """Return all zones, at any depth."""

    def read(self, zone: str, file: str) -> str:
        """Return the content of a file of a zone."""


class Sysfs:
    """The zones as folders."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def zones(self) -> list[str]:
        """Return the folders' names."""
        return [path.name for path in self._root.iterdir()]

    def read(self, zone: str, file: str) -> str:
        """Return the content of a file of a zone, without its end of line."""
        return (self._root / zone / file).read_text(encoding="ascii").strip()


_THIS_MACHINE = Sysfs(Path("/sys/class/powercap"))


def find(tree: Tree = _THIS_MACHINE) -> list[Meter]:
    """Return a meter for each package that can be read; for psys where there are none.

    Raises:
        UnavailableError: there are no such zones, or only root may read them.

    """
    named = _named(tree)
    reasons: list[str] = []
    for pattern in _ZONES:
        names = sorted(name for name in named if pattern.fullmatch(name))
        results = [_first(tree, name, named[name]) for name in names]
        if meters := [meter for meter in results if isinstance(meter, Meter)]:
            return meters
        reasons += [reason for reason in results if isinstance(reason, str)]
    raise UnavailableError(reasons[0] if reasons else "powercap has no package")


def _named(tree: Tree) -> dict[str, list[str]]:
    """Return the top-level zones by name.

    A package may have two: one reads the processor's registers (intel-rapl:0), the other its memory
    (intel-rapl-mmio:0). The registers come first.
    """
    try:
        zones = [zone for zone in tree.zones() if zone.count(":") == 1]
    except FileNotFoundError:
        raise UnavailableError("no powercap, as in most virtual machines") from None
    named = defaultdict(list)
    for zone in sorted(zones, key=lambda zone: (not zone.startswith("intel-rapl:"), zone)):
        try:
            named[tree.read(zone, "name")].append(zone)
        except (OSError, ValueError):
            continue
    return named


def _first(tree: Tree, name: str, zones: Iterable[str]) -> Meter | str:
    """Return the first of some zones that can be read, or why none can."""
    reasons: list[str] = []
    for zone in zones:
        try:
            return _meter(tree, name, zone)
        except PermissionError:
            reasons.append("powercap is for root only")
        except UnavailableError as error:
            reasons.append(str(error))
        except (OSError, ValueError):
            reasons.append("powercap gives no number")
    return reasons[0]


def _meter(tree: Tree, name: str, zone: str) -> Meter:
    counter = partial(_uj, tree, zone, "energy_uj")
    range_uj = _uj(tree, zone, "max_energy_range_uj")
    return counting(Meter(f"powercap/{label(name)}", counter, range_uj=range_uj))


def _uj(tree: Tree, zone: str, file: str) -> int:
    return int(tree.read(zone, file))
