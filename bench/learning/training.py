"""Groups of networks, trained and tested: what a bundle's rows of them say."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from bench.learning.networks import Recipe, train
from bench.learning.samples import Samples, collected, generator, selected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bench.energy import Account
    from bench.learning.digits import Digits
    from bench.learning.plan import Group, Setting

RECIPE = Recipe(layers=(196, 64, 10))
"""What every network of the curve is. Wider ones, and longer training, gain half a percent."""
REFERENCE = replace(RECIPE, steps=200)
"""What scores samples by their loss: trained briefly, since networks learn rare wrong labels last
(Arpit et al., A Closer Look at Memorization in Deep Networks, 2017)."""


@dataclass(frozen=True)
class Trained:
    """What a group came to."""

    rows: tuple[tuple[int, int, int, int], ...]
    """Of each network: samples trained on, wrong ones, copies, and how many tested are correct."""
    references: int
    """Networks that were trained to score samples."""
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

    def train(self, group: Group) -> Trained:
        """Train the networks of a group, and those that score their samples; test them."""
        if self._account:
            self._account.mark()
        began_ns = time.perf_counter_ns()
        sets = [collected(self._digits, s, self._nonce, group.seed) for s in group.settings]
        losses = self._losses(group, sets)
        chances = [generator(self._nonce, group.seed, "training", s) for s in group.settings]
        chosen = [
            selected(self._digits, samples, setting, rng, losses.get(setting[:4]))
            for samples, setting, rng in zip(sets, group.settings, chances, strict=True)
        ]
        networks = train(self.recipe, self._inputs, chosen, chances)
        tested = self._digits.tested
        correct = networks.correct(self._inputs[tested], self._digits.labels[tested])
        counts = [samples.counts(self._digits) for samples in chosen]
        return Trained(
            rows=tuple((*count, right) for count, right in zip(counts, correct, strict=True)),
            references=len(losses),
            scored=sum(len(scored) for scored in losses.values()),
            wall_us=max(1, (time.perf_counter_ns() - began_ns) // 1000),
            energy_uj=self._account.taken_uj() if self._account else {},
        )

    def _losses(
        self, group: Group, sets: list[Samples]
    ) -> dict[tuple[Any, ...], NDArray[np.float32]]:
        """Return the losses of the samples that are kept by loss, by what was collected."""
        needed: dict[tuple[Any, ...], tuple[Setting, Samples]] = {
            setting[:4]: (setting, samples)
            for setting, samples in zip(group.settings, sets, strict=True)
            if setting.selection == "loss"
        }
        if not needed:
            return {}
        own = [samples for _, samples in needed.values()]
        chances = [generator(self._nonce, group.seed, "reference", *key) for key in needed]
        networks = train(self.reference, self._inputs, own, chances)
        return dict(zip(needed, networks.losses(self._inputs, own), strict=True))
