"""Samples that are selected or copied, beside others: what was trained, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from analysis.statistics.number import MEASURED_LEVEL, Number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.model.learning.curve import NoiseKind
    from bench.bundle import Learning, LearningCell


class Winner(StrEnum):
    """Which of two ways of selecting gives the better networks."""

    FIRST = "first"
    SECOND = "second"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Comparison:
    """Two cells whose networks have the same seeds; accuracies on the tested pictures."""

    noise_share: float
    """Of labels that were wrong when the samples were collected."""
    kind: NoiseKind
    samples: int
    """Collected."""
    share: float
    """That was kept; or that are copies."""
    first: float
    """Mean accuracy by loss; or without copies."""
    second: float
    """Mean accuracy at random; or with copies."""
    difference: Number
    """First less second, with a 95 % interval."""

    @property
    def winner(self) -> Winner:
        """Which of them the interval allows to be called better."""
        if self.difference.low > 0:
            return Winner.FIRST
        return Winner.SECOND if self.difference.high < 0 else Winner.UNDECIDED


def loss_against_random(learning: Learning) -> tuple[Comparison, ...]:
    """Return a filter by loss against as many samples kept at random, by noise and share."""
    return _compared(
        learning,
        lambda cell: cell.selection == "loss",
        lambda cell: cell.selection == "random",
        lambda cell: (*cell.setting[:4], cell.kept_permille),
        lambda cell: cell.kept_permille / 1000,
    )


def without_copies(learning: Learning) -> tuple[Comparison, ...]:
    """Return samples freed of copies against the same samples with them."""
    return _compared(
        learning,
        lambda cell: cell.selection == "dedup",
        lambda cell: cell.selection == "none" and cell.duplicates_permille > 0,
        lambda cell: cell.setting[:4],
        lambda cell: cell.duplicates_permille / 1000,
    )


def _compared(
    learning: Learning,
    is_first: Callable[[LearningCell], bool],
    is_second: Callable[[LearningCell], bool],
    key: Callable[[LearningCell], tuple[object, ...]],
    share: Callable[[LearningCell], float],
) -> tuple[Comparison, ...]:
    tested = learning.dataset.tested
    seconds = {key(cell): cell for cell in learning.cells if is_second(cell)}
    pairs = [
        (cell, seconds[key(cell)])
        for cell in learning.cells
        if is_first(cell) and key(cell) in seconds
    ]
    gains = [_gains(one, other, tested) for one, other in pairs]
    error = _pooled_sd([own for own in gains if own])
    return tuple(
        Comparison(
            noise_share=one.noise_permille / 1000,
            kind="confusing" if one.noise == "confusing" else "uniform",
            samples=one.samples,
            share=share(one),
            first=fmean(row.correct for row in one.networks) / tested,
            second=fmean(row.correct for row in other.networks) / tested,
            difference=_difference(own, *error),
        )
        for (one, other), own in zip(pairs, gains, strict=True)
        if own
    )


def _gains(one: LearningCell, other: LearningCell, tested: int) -> list[float]:
    """Return the differences of accuracies, seed by seed."""
    theirs = {row.seed: row.correct for row in other.networks}
    return [(row.correct - theirs[row.seed]) / tested for row in one.networks if row.seed in theirs]


def _pooled_sd(groups: Sequence[Sequence[float]]) -> tuple[float, int]:
    """Return the SD within groups, pooled, and its degrees of freedom."""
    freedom = sum(len(own) - 1 for own in groups)
    squares = sum(float(((np.array(own) - fmean(own)) ** 2).sum()) for own in groups)
    return (float(np.sqrt(squares / freedom)), freedom) if freedom else (float("inf"), 0)


def _difference(gains: Sequence[float], sd: float, freedom: int) -> Number:
    middle = fmean(gains)
    if not freedom:
        return Number(middle, -1.0, 1.0, MEASURED_LEVEL, "1", n=len(gains))
    reach = float(stdtrit(freedom, (1 + MEASURED_LEVEL) / 2)) * sd / np.sqrt(len(gains))
    return Number(middle, middle - reach, middle + reach, MEASURED_LEVEL, "1", n=len(gains))
