"""What a student sets: one of some names, or an amount with its unit and limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware_profiles.quantity import Quantity

# Light: the command line names levers in its help. What counts with units is imported where it is
# used.

MISSION = "mission"
"""The setting of a lever that is as the track's mission says."""

_WHERE_IS_THE_UNIT = ", with the unit: 30% or 0.3, not 30"
_QUANTITY = re.compile(
    r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)\s*(\S.*?)?\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Lever:
    """What can be set: one of some names, or an amount."""

    name: str
    label: str
    help: str
    names: tuple[str, ...] = ()
    """What it can be set to by a name, in order."""
    stops: tuple[str, ...] = ()
    """Amounts that a page offers, in order; others within the limits are taken, too."""
    unit: str = ""
    """Of an amount; "": there is none."""
    limits: tuple[str, str] = ("", "")
    """Least and most of an amount."""
    default: str = MISSION
    pattern: str = ""
    """What else it can be set to, as a regular expression; "": nothing."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Where they differ from `default`, by track."""
    on_page: Mapping[str, str] = field(default_factory=dict)
    """The settings that a page offers, with how they read; none: it has no control for it."""
    slider: tuple[int, int, int] | None = None
    """Least, most and step of its whole numbers, evenly spaced; None: they are not."""

    @property
    def takes_mission(self) -> bool:
        """Whether it can be as the mission says."""
        return MISSION in (self.default, *self.defaults.values())

    def default_of(self, track: str) -> str:
        """Return what it is set to where nobody sets it."""
        return self.defaults.get(track, self.default)

    def check(self, setting: str) -> str:
        """Return a setting as it is written: `1 PB` for `1PB`.

        Raises:
            AnalysisError: it is none of the names, no amount, or one out of range.

        """
        if setting in self.names or (self.takes_mission and setting == MISSION):
            return setting
        if self.pattern and re.fullmatch(self.pattern, setting):
            return setting
        if not self.unit:
            raise AnalysisError(f"--{self.name}: {setting!r} is none of {', '.join(self.names)}")
        from hardware_profiles.quantity import exact

        number, unit = self._read(setting)
        amount = exact(number, unit)
        if self.unit == "1" and not number.is_integer():
            raise AnalysisError(f"--{self.name}: {setting} is no whole number")
        least, most = (exact(*self._read(limit)) for limit in self.limits)
        if (amount - least).value < 0 or (amount - most).value > 0:
            raise AnalysisError(
                f"--{self.name}: {setting} is out of range; choose from {self.limits[0]} to "
                f"{self.limits[1]}{_WHERE_IS_THE_UNIT if self.unit == 'percent' else ''}"
            )
        return f"{number:.15g} {unit}".removesuffix(" 1")

    def amount(self, setting: str) -> Quantity:
        """Return a setting as a quantity, exact by declaration."""
        from hardware_profiles.quantity import exact

        return exact(*self._read(setting))

    def _read(self, setting: str) -> tuple[float, str]:
        from hardware_profiles.errors import UnitError
        from hardware_profiles.quantity import exact

        match = _QUANTITY.fullmatch(setting)
        example = (self.stops or self.limits)[-1]
        if match is None:
            raise AnalysisError(
                f"--{self.name}: {setting!r} is no amount; write a number and a unit, as in "
                f"{example!r}" + (f", or one of {', '.join(self.names)}" if self.names else "")
            )
        number, unit = float(match[1].replace(",", "").replace("_", "")), match[2] or "1"
        unit = "percent" if unit == "%" else unit
        try:
            exact(number, unit).to(self.unit)
        except UnitError as error:
            raise AnalysisError(f"--{self.name}: {error}; write it as in {example!r}") from error
        return number, unit
