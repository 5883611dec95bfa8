"""The limits of the lab's badges: those of its plan, or a course's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from bench.course import Lab
    from hardware_profiles.quantity import Quantity

_ALERT_AT = 0.5
"""Of what may be paid for egress: from there on the log has a line about it."""
_STEPS = ((1e6, "M"), (1e3, "k"), (1.0, ""))


@dataclass(frozen=True)
class Limits:
    """What the badges are held against."""

    egress_usd: float = 100_000.0
    """What data may cost to leave the cloud."""
    hunger: float = 0.1
    """The share of the time that an accelerator may wait."""

    @classmethod
    def of(cls, lab: Lab) -> Limits:
        """Return a course's."""
        return cls(lab.egress_usd, lab.hunger)

    @property
    def egress(self) -> Quantity:
        """What data may cost to leave the cloud."""
        return exact(self.egress_usd, "USD")

    @property
    def egress_alert(self) -> Quantity:
        """From this on the log has a line about it."""
        return exact(self.egress_usd * _ALERT_AT, "USD")

    @property
    def egress_title(self) -> str:
        """How the badge of egress reads: `Egress < $100k`."""
        size, letter = next((step for step in _STEPS if self.egress_usd >= step[0]), _STEPS[-1])
        return f"Egress < ${self.egress_usd / size:.9g}{letter}"

    @property
    def hunger_title(self) -> str:
        """How the badge of hunger reads: `GPU Hunger < 10%`."""
        return f"GPU Hunger < {100 * self.hunger:.9g}%"

    @property
    def hunger_percent(self) -> str:
        """The limit of hunger, as in `10 %`."""
        return f"{100 * self.hunger:.9g} %"


PLAN = Limits()
"""Those of the lab's plan."""
