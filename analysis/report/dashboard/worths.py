"""What selections are worth at all settings that a page offers: accuracy, and selection gain."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.zero_waste import CLASSES
from analysis.acts.zero_waste.energy import Selection
from analysis.acts.zero_waste.labels import wrong_labels
from analysis.acts.zero_waste.learned import Reached, reached
from analysis.acts.zero_waste.selection_gain import Gain, gain
from hardware_profiles.quantity import stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.acts.outcome import State
    from analysis.acts.zero_waste.training import Trained
    from analysis.report.dashboard.wastes import Wastes
    from hardware_profiles.quantity import Quantity

ACCURACY_KEYS = ("track", "dedup", "filter", "label-quality")
"""The levers that decide accuracy."""
GAIN_KEYS = ("track", "wire-format", "place", "dedup", "filter", "label-quality")
"""Those that decide data selection gain."""
LABEL_KEYS = ("filter", "label-quality")
"""Those that decide how many labels are wrong."""


class Worths:
    """Accuracy and data selection gain of all settings of a page's controls."""

    def __init__(self, wastes: Wastes, trained: Trained | None) -> None:
        """Begin without any; trained: what was learned from how much, if anything was."""
        self._wastes = wastes
        self._trained = trained
        self._wrong = cache(self._wrong_of)
        self._all_wrong = cache(self._every_wrong)
        self._gains = cache(self._every_gain)
        self._texts = cache(self._every_text)
        self._accuracies = cache(self._accuracy)

    def _wrong_of(self, quality: str, filtered: str) -> tuple[Quantity, Quantity]:
        """Return the shares of wrong labels, in all data and in what is learned from."""
        wrong = wrong_labels(self._wastes.machine.catalogue, quality)
        if self._trained is None:
            return wrong, wrong
        kept = 1 - float(LEVERS["filter"].amount(filtered).to("1").value)
        return wrong, self._trained.wrong_after(wrong, kept)

    def _every_wrong(self, quality: str) -> tuple[Quantity, Quantity]:
        """Return the same for all selections, as arrays."""
        pairs = [self._wrong(quality, filtered) for _, filtered in self._wastes.places]
        first, second = zip(*pairs, strict=True)
        return stack(first), stack(second)

    def _every_gain(self, track: str, form: str, place: str, quality: str) -> Gain:
        mission = self._wastes.mission(track, form)
        moved = self._wastes.energies(track, form, place).moved
        classes = self._trained.classes if self._trained else CLASSES
        chosen = self._wastes.all_selections()
        return gain(mission, chosen, moved, self._all_wrong(quality), classes)

    def wrong(self, at: Mapping[str, str], *, after: bool) -> str:
        """Return the share of wrong labels, in all data or in what is learned from."""
        return self._wrong(at["label-quality"], at["filter"])[after].to("percent").text()

    def text(self, name: str, at: Mapping[str, str]) -> str:
        """Return a part of the gain as a text: gain, entropy, gravity or per_sample."""
        # Entropy is the same however, and in whatever form, the data are moved.
        form = at.get("wire-format", LEVERS["wire-format"].default)
        key = (at["track"], form, at.get("place", "cloud"), at["label-quality"])
        return self._texts(name, *key)[self._wastes.place_of(at)]

    def _every_text(self, name: str, *key: str) -> tuple[str, ...]:
        quantity: Quantity = getattr(self._gains(*key), name)
        texts = quantity.texts()
        return texts if len(texts) > 1 else texts * len(self._wastes.places)

    def _accuracy(self, track: str, dedup: str, filtered: str, quality: str) -> Reached:
        assert self._trained is not None  # noqa: S101 - asked only where there is one
        shares = (LEVERS[n].amount(s).to("1") for n, s in (("dedup", dedup), ("filter", filtered)))
        mission = self._wastes.mission(track, LEVERS["wire-format"].default_of(track))
        wrong, _ = self._wrong(quality, filtered)
        return reached(mission, self._trained, Selection(*shares), wrong)

    def accuracy(self, at: Mapping[str, str]) -> str:
        """Return the accuracy after learning from what is selected."""
        return self._at(at).accuracy.to("percent").text()

    def error(self, at: Mapping[str, str]) -> str:
        """Return the error over that of all data as they are."""
        return self._at(at).times.text()

    def state(self, at: Mapping[str, str]) -> State:
        """Return whether the mission's target of accuracy is reached."""
        return self._at(at).state

    def _at(self, at: Mapping[str, str]) -> Reached:
        return self._accuracies(*(at[name] for name in ACCURACY_KEYS))
