"""Samples as somebody collected them: some labels wrong, some samples copied, some left out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.learning.digits import CLASSES

if TYPE_CHECKING:
    from bench.learning.digits import Digits
    from bench.learning.plan import Setting

Places = NDArray[np.int64]


class Samples(NamedTuple):
    """What a network is trained on."""

    places: Places
    """Of the pictures in the data set, shape (n,)."""
    labels: Places
    """As they were collected, shape (n,)."""

    def chosen(self, which: Places) -> Samples:
        """Return some of them."""
        return Samples(self.places[which], self.labels[which])

    def counts(self, digits: Digits) -> tuple[int, int, int]:
        """Return how many there are, have a wrong label, and repeat another."""
        wrong = int((self.labels != digits.labels[self.places]).sum())
        return len(self.places), wrong, len(self.places) - len(np.unique(self.places))


def generator(nonce: str, *purpose: object) -> np.random.Generator:
    """Return a generator of numbers for one purpose: the same for the same nonce, everywhere."""
    text = "/".join(map(str, (nonce, "learning", *purpose)))
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16]))


def collected(digits: Digits, setting: Setting, nonce: str, seed: int) -> Samples:
    """Return the samples of a setting before any are selected.

    Those of a seed are the first of one order, so that a smaller set is part of a larger one.
    Copies have the labels of their originals, wrong ones too.
    """
    originals = setting.samples - round(setting.samples * setting.duplicates_permille / 1000)
    places = generator(nonce, seed, "order").permutation(digits.pool)[:originals]
    labels = digits.labels[places]
    rng = generator(nonce, seed, "noise", *setting[:4])
    wrong = rng.permutation(originals)[: round(originals * setting.noise_permille / 1000)]
    if setting.noise == "uniform":
        labels[wrong] = (labels[wrong] + rng.integers(1, CLASSES, len(wrong))) % CLASSES
    elif setting.noise == "confusing":
        labels[wrong] = digits.confused[labels[wrong]]
    copied = rng.integers(0, originals, setting.samples - originals)
    all_of_them = np.concatenate([np.arange(originals), copied])
    return Samples(places, labels).chosen(rng.permutation(all_of_them))


def selected(
    digits: Digits,
    samples: Samples,
    setting: Setting,
    rng: np.random.Generator,
    losses: NDArray[np.float32] | None = None,
) -> Samples:
    """Return what a setting keeps of its samples.

    Args:
        digits: the pictures.
        samples: those that were collected.
        setting: says which are kept, and what share.
        rng: chooses where chance does.
        losses: of the samples under a network that was trained on them, shape (n,).

    """
    keep = setting.trained
    if setting.selection == "random":
        return samples.chosen(rng.permutation(len(samples.places))[:keep])
    if setting.selection == "loss" and losses is not None:
        return samples.chosen(np.argsort(losses, kind="stable")[:keep])
    if setting.selection == "dedup":
        # By the pictures themselves, as one who knows nothing of copies would.
        _, first = np.unique(digits.images[samples.places], axis=0, return_index=True)
        return samples.chosen(np.sort(first))
    return samples
