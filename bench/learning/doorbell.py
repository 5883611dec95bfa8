"""The doorbell's classifier: trained on all cities before an update, tried on what an update does.

Each network sees what a camera's small processor would: means of 4 x 4 pixels. Only the colours
change between the variants that it is tried on; pictures and labels are the same.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench.identity import source_hash
from bench.learning.networks import Recipe, train
from bench.learning.samples import Samples, generator
from formats.payloads.doorbell import (
    CITIES,
    CLASSES,
    SIDE,
    Firmware,
    firmware,
    grey_world,
    scenes,
    white_balance,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.energy import Account

    Pictures = NDArray[np.uint8]

_POOLED = 4
_WIDTH = (SIDE // _POOLED) ** 2 * 3
RECIPE = Recipe((_WIDTH, 48, 24, len(CLASSES)), epochs=12)
NETWORKS = 3
TRAINED_DAYS, TESTED_DAY = range(-5, 0), -6
"""Before any day that a fleet is watched on."""
TRAINED, TESTED = 300, 500
"""Scenes of a city on a day."""
_MIDDLE, _SPREAD = 110, 60
"""About the mean of grey levels, and their standard deviation."""


def _corrected_after(pictures: Pictures, update: Firmware) -> Pictures:
    return grey_world(white_balance(pictures, update.red, update.blue))


VARIANTS: dict[str, Callable[[Pictures, Firmware], Pictures]] = {
    "plain": lambda pictures, _: pictures,
    "corrected": lambda pictures, _: grey_world(pictures),
    "updated": lambda pictures, update: white_balance(pictures, update.red, update.blue),
    "updated_corrected": _corrected_after,
}
"""What is done to colours; as `bench.bundle.Variant` names it."""


def source() -> str:
    """Return the hash of the code that makes scenes and trains on them."""
    return source_hash(
        "bench.learning.doorbell", "bench.learning.networks", "formats.payloads.doorbell"
    )


def doorbell(
    nonce: str, account: Account | None = None, recipe: Recipe = RECIPE, trained: int = TRAINED
) -> dict[str, Any]:
    """Train, and try on each city; return the bundle's record.

    What the update would do is tried on all cities, though it reaches one.

    Args:
        nonce: scenes, the update and first weights follow from it.
        account: energy meters; None: there are none.
        recipe: of the networks.
        trained: scenes of a city on a day to train on.

    """
    if account:
        account.mark()
    began_ns = time.perf_counter_ns()
    update = firmware(nonce)
    parts = [scenes(nonce, city, day, trained) for city in CITIES for day in TRAINED_DAYS]
    inputs = _inputs(np.concatenate([pictures for pictures, _ in parts]))
    labels = np.concatenate([kinds for _, kinds in parts])
    samples = Samples(np.arange(len(labels)), labels)
    chances = [generator(nonce, "doorbell", number) for number in range(NETWORKS)]
    networks = train(recipe, inputs, [samples] * NETWORKS, chances)
    results = [
        [seed, city, variant, correct, TESTED]
        for city in CITIES
        for pictures, kinds in [scenes(nonce, city, TESTED_DAY, TESTED)]
        for variant, change in VARIANTS.items()
        for seed, correct in enumerate(networks.correct(_inputs(change(pictures, update)), kinds))
    ]
    return {
        "source": source(),
        "classes": list(CLASSES),
        "updated": [update.city],
        "trained": len(labels),
        "network": recipe.record(),
        "steps": recipe.steps(len(labels)),
        "wall_us": max(1, (time.perf_counter_ns() - began_ns) // 1000),
        "energy_uj": account.taken_uj() if account else {},
        "results": results,
    }


def _inputs(pictures: Pictures) -> torch.Tensor:
    """Return means of 4 x 4 pixels of each channel, around 0: shape (n, 192)."""
    side = SIDE // _POOLED
    parts = pictures.reshape(len(pictures), side, _POOLED, side, _POOLED, 3)
    means = parts.mean((2, 4), dtype=np.float32).reshape(len(pictures), _WIDTH)
    return torch.from_numpy((means - np.float32(_MIDDLE)) / np.float32(_SPREAD))
