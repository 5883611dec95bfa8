"""Groups of networks, trained and tested: what a bundle's rows of them say."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import torch

from bench.learning import doorbell
from bench.learning.networks import Recipe, train
from bench.learning.samples import collected, generator, selected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bench.energy import Account
    from bench.learning.digits import Digits
    from bench.learning.plan import Group, Member
    from bench.learning.samples import Samples

RECIPE = Recipe(layers=(196, 64, 10))
"""What every network of the curve is. Wider ones, and longer training, gain half a percent."""
REFERENCE = replace(RECIPE, epochs=5)
"""What scores samples by their loss: trained briefly, since networks learn rare wrong labels last
(Arpit et al., A Closer Look at Memorization in Deep Networks, 2017)."""


_Collected: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Trained:
    """What a group came to."""

    rows: tuple[tuple[int, int, int, int], ...]
    """Of each network: samples trained on, wrong ones, copies, and how many tested are correct."""
    steps: int
    """Of each network."""
    references: int
    """Networks that were trained to score samples; what they found serves later groups, too."""
    reference_steps: int
    """Of each of those; 0 where there are none."""
    scored: int
    """Samples that these scored."""
    wall_us: int
    energy_uj: dict[str, int]
    """By meter."""


class Trainer:
    """Trains on a data set, in one thread.

    Two would be a third faster on two idle cores, and several times slower beside another program,
    since each small product ends with a wait for both. Sums are the same on any count of cores.
    """

    def __init__(
        self,
        digits: Digits,
        nonce: str,
        account: Account | None = None,
        recipes: tuple[Recipe, Recipe] = (RECIPE, REFERENCE),
    ) -> None:
        """Take what is trained on.

        Args:
            digits: the data set.
            nonce: of the run; what is random follows from it.
            account: energy meters; None: there are none.
            recipes: of networks, and of those that score samples.

        """
        torch.set_num_threads(1)
        self.threads: int = torch.get_num_threads()
        self._digits = digits
        self._nonce = nonce
        self._account = account
        self.recipe, self.reference = recipes
        self._inputs = torch.from_numpy(digits.inputs)
        self._losses: dict[_Collected, NDArray[np.float32]] = {}

    def train(self, group: Group) -> Trained:
        """Train the networks of a group, and those that score their samples; test them."""
        if self._account:
            self._account.mark()
        began_ns = time.perf_counter_ns()
        sets = [collected(self._digits, m.setting, self._nonce, m.seed) for m in group.members]
        new = self._score(group, sets)
        chances = [generator(self._nonce, m.seed, "training", m.setting) for m in group.members]
        chosen = [
            selected(self._digits, samples, member.setting, rng, self._losses.get(_scored(member)))
            for samples, member, rng in zip(sets, group.members, chances, strict=True)
        ]
        networks = train(self.recipe, self._inputs, chosen, chances)
        tested = self._digits.tested
        correct = networks.correct(self._inputs[tested], self._digits.labels[tested])
        counts = [samples.counts(self._digits) for samples in chosen]
        return Trained(
            rows=tuple((*count, right) for count, right in zip(counts, correct, strict=True)),
            steps=self.recipe.steps(len(chosen[0].places)),
            references=len(new),
            reference_steps=self.reference.steps(len(new[0].places)) if new else 0,
            scored=sum(len(samples.places) for samples in new),
            wall_us=max(1, (time.perf_counter_ns() - began_ns) // 1000),
            energy_uj=self._account.taken_uj() if self._account else {},
        )

    @property
    def doorbell_networks(self) -> int:
        """How many networks the doorbell's classifier is trained as."""
        return doorbell.NETWORKS

    def train_doorbell(self) -> dict[str, Any]:
        """Train the doorbell's classifier; return its record."""
        return doorbell.doorbell(self._nonce, self._account)

    def _score(self, group: Group, sets: list[Samples]) -> list[Samples]:
        """Find the losses of samples that are kept by loss, where they are not known yet.

        Returns the sets that were scored, each by a network that was trained on it.
        """
        needed = {
            _scored(member): samples
            for member, samples in zip(group.members, sets, strict=True)
            if member.setting.selection == "loss" and _scored(member) not in self._losses
        }
        if not needed:
            return []
        own = list(needed.values())
        chances = [generator(self._nonce, "reference", *key) for key in needed]
        networks = train(self.reference, self._inputs, own, chances)
        self._losses.update(zip(needed, networks.losses(self._inputs, own), strict=True))
        return own


def _scored(member: Member) -> _Collected:
    """Return what tells the samples of a member from others before any are selected."""
    return (member.seed, *member.setting[:4])
