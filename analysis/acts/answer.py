"""An answer to a track's question: a number, what it rests on, and how it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.devices.facts import RunFact
from hardware_profiles.provenance import Kind
from hardware_profiles.sensitivity import dominant, inputs

if TYPE_CHECKING:
    from hardware_profiles.provenance import Fact
    from hardware_profiles.quantity import Quantity
    from hardware_profiles.sensitivity import Dominant


NATIVE_CODE = (
    "What was measured is vectorised code on a 64-bit core; Python with its workers does not fit "
    "on this one. What code that is written for it takes is not known: the range has an assumed "
    "factor for that."
)
"""What to say of cycles on a device that runs no Python."""


@dataclass(frozen=True)
class Answer:
    """A question with its answer."""

    question: str
    quantity: Quantity
    text: str
    """What the number means, in a sentence."""

    @property
    def inputs(self) -> tuple[Fact, ...]:
        """The facts at the end of its tree, by name."""
        return inputs(self.quantity)

    @property
    def dominant(self) -> Dominant | None:
        """The input that its width comes from most; None: it has none."""
        return dominant(self.quantity)

    @property
    def kind(self) -> Kind:
        """How it is known: extrapolated where a run's measurements were scaled to a device."""
        if any(isinstance(fact, RunFact) for fact in self.inputs):
            return Kind.EXTRAPOLATED
        return self.quantity.kind
