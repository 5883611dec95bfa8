"""What a selection is worth: data selection gain, as entropy over gravity.

Entropy: bits that the labels hold on the task, of all samples that are learned from; a repeat holds
none, a wrong label takes some away. Gravity: the bytes that are moved to where it is learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.outcome import Result
from analysis.acts.zero_waste.architectures import as_it_is
from analysis.acts.zero_waste.information import label_information
from analysis.acts.zero_waste.results import BYTES

if TYPE_CHECKING:
    from analysis.acts.zero_waste.energy import Mission, Selection
    from hardware_profiles.quantity import Quantity


@dataclass(frozen=True)
class Gain:
    """Data selection gain, and its terms."""

    entropy: Quantity
    """Bits of all labels on the task."""
    gravity: Quantity
    """Bytes moved."""
    gain: Quantity
    """Entropy over gravity, over the same of all data as they are, all moved."""
    per_sample: Quantity
    """Bits a label that is learned from holds on the task."""

    @property
    def results(self) -> tuple[Result, ...]:
        """As an act returns them."""
        return (
            Result(
                "gain",
                "Data Selection Gain",
                self.gain,
                "Entropy over gravity, over that of all data, moved as they are.",
            ),
            Result("gain.entropy", "Entropy: what the labels hold", self.entropy),
            Result("gain.gravity", "Gravity: what is moved", self.gravity),
            Result("gain.per_sample", "What a label holds", self.per_sample),
        )

    @property
    def terms_text(self) -> str:
        """The gain, taken apart."""
        return (
            f"Data Selection Gain = entropy / gravity: {self.entropy.text()} of label information "
            f"over {self.gravity.text()} moved, {self.gain.text()} times what all data give, moved "
            f"as they are; a label that is learned from holds {self.per_sample.text()}."
        )


def gain(
    mission: Mission,
    chosen: Selection,
    moved: Quantity,
    wrong: tuple[Quantity, Quantity],
    classes: int,
) -> Gain:
    """Return what a selection is worth.

    Args:
        mission: whose data it is.
        chosen: which shares are removed; what is removed as redundant holds nothing.
        moved: bytes that are moved.
        wrong: shares of wrong labels, in all data and in what is learned from.
        classes: of the task.

    """
    all_labels, learned_labels = (label_information(share, classes) for share in wrong)
    distinct = mission.items * (1 - chosen.dedup)
    entropy = distinct * (1 - chosen.filtered) * learned_labels
    stored = as_it_is(mission.machine, mission.track).stored
    return Gain(
        entropy=entropy.to("Mb"),
        gravity=moved.to(BYTES[mission.track]),
        gain=((entropy / moved) / (distinct * all_labels / stored)).to("1"),
        per_sample=learned_labels.to("b/sample"),
    )
