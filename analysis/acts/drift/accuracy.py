"""How often the doorbell's classifier is right, before the update, after it, and corrected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.statistics.number import PREDICTED_LEVEL, Number
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.bundle import Bundle, Doorbell, DoorbellResult

VARIANTS = {
    "plain": "before the update",
    "updated": "after it",
    "corrected": "before it, grey world",
    "updated_corrected": "after it, grey world",
}
"""What is done to pictures before they are classified, and how that reads."""
LACKING = (
    "Accuracies: this run has no classifier of doorbells; `python -m bench learning --add-to RUN` "
    "trains one."
)
NO_RUN = "Accuracies: there is no run; `python -m bench learning` trains the classifier."


@dataclass(frozen=True)
class Accuracies:
    """Of a city, by variant."""

    city: str
    shares: dict[str, Number]


def doorbell_of(bundle: Bundle | None) -> Doorbell | None:
    """Return the record of the classifier; None: a run has none."""
    return bundle.learning.doorbell if bundle is not None and bundle.learning else None


def accuracies(record: Doorbell, city: str) -> Accuracies:
    """Return the shares that are right of one city's scenes, with 90 % intervals.

    Networks of several seeds are a sample: the interval is by Student's t over their shares, and
    no narrower than the binomial one of all scenes together.
    """
    shares = {
        variant: share_of(
            row for row in record.results if (row.city, row.variant) == (city, variant)
        )
        for variant in VARIANTS
        if any((row.city, row.variant) == (city, variant) for row in record.results)
    }
    return Accuracies(city, shares)


def share_of(rows: Iterable[DoorbellResult]) -> Number:
    """Return the share that is right, over seeds and scenes; rows: at least one."""
    from scipy.special import stdtrit  # slow to import

    from analysis.statistics.drift import wilson

    kept = list(rows)
    correct, tested = sum(row.correct for row in kept), sum(row.tested for row in kept)
    whole = wilson(correct / tested, tested)
    low, high = whole.low, whole.high
    seeds = np.array([row.correct / row.tested for row in kept])
    if len(seeds) > 1:
        tail = (1 + PREDICTED_LEVEL) / 2
        reach = float(stdtrit(len(seeds) - 1, tail) * seeds.std(ddof=1) / np.sqrt(len(seeds)))
        low, high = min(low, whole.value - reach), max(high, whole.value + reach)
    return Number(
        whole.value, max(low, 0.0), min(high, 1.0), PREDICTED_LEVEL, "1", Kind.MEASURED, len(kept)
    )
