"""Many small networks trained at once, as batched matrix products.

A single network of this size leaves a core waiting for calls; two dozen side by side take a fifth
of the time each. They share nothing: each has its weights, samples, order and gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.learning.samples import Samples


@dataclass(frozen=True)
class Recipe:
    """A multi-layer perceptron with rectifiers, and how it is trained: Adam, the rate falls to 0.

    All networks see each of their samples equally often. Work then grows with the data, as where
    people train, so that dropping a sample saves its work; and a network has no more time to learn
    wrong labels by heart where samples are few, as it would with equally many steps, which would
    bend the curve. Only the smallest sets need more: `least_steps`, below which a network shows how
    short its training was.
    """

    layers: tuple[int, ...]
    """Widths, inputs first."""
    batch: int = 64
    epochs: int = 20
    least_steps: int = 100
    learning_rate_ppm: int = 3000

    def steps(self, samples: int) -> int:
        """Return how many steps of the optimiser a network takes on so many samples."""
        return max(self.least_steps, -(-self.epochs * samples // self.batch))

    @property
    def parameters(self) -> int:
        """Weights and offsets."""
        return sum((before + 1) * after for before, after in pairwise(self.layers))

    @property
    def flop_per_scored(self) -> int:
        """Of the matrix products that a sample takes forward; two a weight."""
        return sum(2 * before * after for before, after in pairwise(self.layers))

    @property
    def flop_per_sample(self) -> int:
        """To train on a sample once: forward, gradients of weights and of inputs but the first's.

        What is done a parameter or a value, such as the optimiser's step, is left out.
        """
        first = 2 * self.layers[0] * self.layers[1]
        return 3 * self.flop_per_scored - first

    def record(self) -> dict[str, Any]:
        """Return what a bundle says of it."""
        return {
            "layers": list(self.layers),
            "parameters": self.parameters,
            "flop_per_sample": self.flop_per_sample,
            "flop_per_scored": self.flop_per_scored,
            "batch": self.batch,
            "epochs": self.epochs,
            "least_steps": self.least_steps,
            "learning_rate_ppm": self.learning_rate_ppm,
        }


class Networks:
    """Trained networks, k of them."""

    def __init__(self, weights: list[torch.Tensor], offsets: list[torch.Tensor]) -> None:
        self._weights = weights
        """A layer each, shape (k, before, after)."""
        self._offsets = offsets
        """A layer each, shape (k, 1, after)."""

    def scores(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the scores of classes, shape (k, n, classes), of inputs of shape (k, n, width)."""
        values = inputs
        for place, (weight, offset) in enumerate(zip(self._weights, self._offsets, strict=True)):
            values = torch.baddbmm(offset, torch.relu(values) if place else values, weight)
        return values

    def correct(self, inputs: torch.Tensor, labels: NDArray[np.int64]) -> list[int]:
        """Return how many of n inputs, shape (n, width), each network classifies rightly."""
        with torch.no_grad():
            scores = self.scores(inputs.expand(len(self._weights[0]), -1, -1))
            right = scores.argmax(-1) == torch.from_numpy(labels)
        counts: list[int] = right.sum(-1).tolist()
        return counts

    def losses(self, inputs: torch.Tensor, sets: Sequence[Samples]) -> list[NDArray[np.float32]]:
        """Return the cross entropy of each network's own samples; sets are equally large.

        Args:
            inputs: of all pictures, shape (pictures, width).
            sets: places and labels, one set a network.

        """
        places = torch.from_numpy(np.stack([samples.places for samples in sets]))
        labels = torch.from_numpy(np.stack([samples.labels for samples in sets]))
        with torch.no_grad():
            scores = self.scores(inputs[places])
            losses = functional.cross_entropy(
                scores.flatten(0, 1), labels.flatten(), reduction="none"
            )
        return list(losses.reshape(labels.shape).numpy())


def train(
    recipe: Recipe,
    inputs: torch.Tensor,
    sets: Sequence[Samples],
    generators: Sequence[np.random.Generator],
) -> Networks:
    """Train a network on each set of samples.

    Chance is NumPy's alone: first weights and the order of samples are the same on every machine,
    while matrix products may round otherwise.

    Args:
        recipe: what is trained, and how long.
        inputs: of all pictures, shape (pictures, width).
        sets: places and labels, one set a network, all equally large.
        generators: of first weights and orders, one a network.

    """
    weights, offsets = _first(recipe, generators)
    networks = Networks(weights, offsets)
    steps = recipe.steps(len(sets[0].places))
    places, labels = _batches(recipe, steps, sets, generators)
    rate = recipe.learning_rate_ppm / 1e6
    optimizer = torch.optim.Adam([*weights, *offsets], lr=rate, fused=True)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - step / steps)
        chosen = inputs.index_select(0, places[step].flatten())
        scores = networks.scores(chosen.reshape(*places[step].shape, -1))
        # A sum over networks of means over samples: no gradient of one reaches another.
        loss = functional.cross_entropy(
            scores.flatten(0, 1), labels[step].flatten(), reduction="sum"
        )
        optimizer.zero_grad()
        (loss / recipe.batch).backward()
        optimizer.step()
    return networks


def _first(
    recipe: Recipe, generators: Sequence[np.random.Generator]
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return first weights (He et al., 2015) and offsets of 0."""
    weights, offsets = [], []
    for before, after in pairwise(recipe.layers):
        drawn = np.stack([rng.standard_normal((before, after), np.float32) for rng in generators])
        scaled = torch.from_numpy(drawn * np.float32(np.sqrt(2 / before)))
        weights.append(scaled.requires_grad_())
        offsets.append(torch.zeros(len(generators), 1, after, requires_grad=True))
    return weights, offsets


def _batches(
    recipe: Recipe, steps: int, sets: Sequence[Samples], generators: Sequence[np.random.Generator]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return places and labels of all batches, each of shape (steps, k, batch).

    Samples come in random order, all of them before one comes again.
    """
    shape = (steps, len(sets), recipe.batch)
    places, labels = np.empty(shape, np.int64), np.empty(shape, np.int64)
    for number, (samples, rng) in enumerate(zip(sets, generators, strict=True)):
        count = len(samples.places)
        rounds = -(-steps * recipe.batch // count)
        order = np.concatenate([rng.permutation(count) for _ in range(rounds)])
        chosen = order[: steps * recipe.batch].reshape(steps, recipe.batch)
        places[:, number], labels[:, number] = samples.places[chosen], samples.labels[chosen]
    return torch.from_numpy(places), torch.from_numpy(labels)
