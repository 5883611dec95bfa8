"""Filters by loss, against chance and against a count of their own; copies; what training costs."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import OutOfRangeError
from analysis.model.learning.cost import (
    filter_flop,
    joules_per_flop,
    training_flop,
    training_rate,
)
from analysis.model.learning.filters import LossFilter
from analysis.model.learning.selection import Winner, loss_against_random, without_copies
from hardware_profiles.provenance import Kind
from tests.analysis.model.learning.runs import curve, trained


def loss_filter() -> LossFilter:
    return LossFilter(trained()[0], curve())


def test_noise_after_a_filter_is_what_was_counted() -> None:
    for cell in trained()[0].cells:
        if cell.selection == "loss" and cell.noise == "uniform":
            kept, noise = cell.kept_permille / 1000, cell.noise_permille / 1000
            after = loss_filter().noise_after(kept, noise)
            counted = sum(n.wrong for n in cell.networks) / sum(n.trained for n in cell.networks)
            assert after.value == pytest.approx(counted, abs=1e-9)
            assert after.low <= counted <= after.high
            assert after.kind is Kind.MEASURED


def test_a_filter_that_keeps_all_removes_nothing() -> None:
    after = loss_filter().noise_after(1.0, 0.2)
    assert (after.value, after.low, after.high) == (0.2, 0.2, 0.2)
    assert loss_filter().accuracy(4000, 1.0, 0.2).value == pytest.approx(
        curve().accuracy(4000, 0.2).value
    )


def test_a_filter_removes_at_the_most_what_it_drops() -> None:
    one = loss_filter()
    for noise in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6):
        for kept in (0.95, 0.9, 0.8, 0.6, 0.4, 0.25, 0.1):
            draws = one.noise_after_draws(kept, noise, "uniform")
            assert (draws * kept >= noise - (1 - kept) - 1e-9).all()
            assert (draws <= noise + 1e-9).all()
    assert one.noise_after(0.1, 0.4, "confusing").value == pytest.approx(
        one.noise_after(0.2, 0.4, "confusing").value
    )


def test_mixed_up_labels_are_harder_to_catch() -> None:
    one = loss_filter()
    assert one.noise_after(0.5, 0.4).value < 0.02
    assert one.noise_after(0.5, 0.4, "confusing").value > 0.15


def test_filtered_accuracies_are_those_that_were_trained() -> None:
    """The curve and what filtered samples are worse than it: together what the cell has."""
    for pair in loss_against_random(trained()[0]):
        predicted = loss_filter().accuracy(4000, pair.share, pair.noise_share, pair.kind)
        assert predicted.value == pytest.approx(pair.first, abs=0.002)
        assert predicted.low < pair.first < predicted.high


def test_ways_to_filter_that_nobody_tried_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match=r"no share of samples"):
        loss_filter().noise_after(0.0, 0.2)
    with pytest.raises(OutOfRangeError, match=r"was not trained in this run"):
        loss_filter().noise_after(0.5, 0.9)
    learning = trained()[0]
    plain = tuple(cell for cell in learning.cells if cell.selection != "loss")
    none = LossFilter(learning.model_copy(update={"cells": plain}), curve())
    with pytest.raises(OutOfRangeError, match=r"bench learning --add-to RUN"):
        none.noise_after(0.5, 0.2)


@pytest.mark.parametrize("number", range(12))
def test_pruning_by_loss_loses_on_clean_samples_and_wins_on_noisy_ones(number: int) -> None:
    """In every run: the data of each say so by their own intervals."""
    pairs = {(p.noise_share, p.kind, p.share): p for p in loss_against_random(trained()[number])}
    assert len(pairs) == 20
    for share in (0.2, 0.3, 0.5):
        assert pairs[0.0, "uniform", share].winner is Winner.SECOND
        assert pairs[0.4, "uniform", share].winner is Winner.FIRST
        assert pairs[0.4, "confusing", share].winner is Winner.FIRST


def test_differences_are_seed_by_seed() -> None:
    learning = trained()[0]
    pair = loss_against_random(learning)[0]
    cells = {
        cell.selection: cell
        for cell in learning.cells
        if cell.setting[1:4] == ("none", 0, 0) and cell.kept_permille == 500
    }
    gains = [
        (a.correct - b.correct) / 1000
        for a, b in zip(cells["loss"].networks, cells["random"].networks, strict=True)
    ]
    assert (pair.noise_share, pair.share) == (0.0, 0.5)
    assert pair.difference.value == pytest.approx(np.mean(gains))
    assert pair.first - pair.second == pytest.approx(np.mean(gains))


def test_copies_help_nobody() -> None:
    """Over all runs: half of the samples are copies, and without them networks are as good."""
    clean = [
        pair.difference.value
        for learning in trained()
        for pair in without_copies(learning)
        if pair.share == 0.5 and pair.noise_share == 0.0
    ]
    noisy = [
        pair.difference.value
        for learning in trained()
        for pair in without_copies(learning)
        if pair.share == 0.5 and pair.noise_share == 0.2
    ]
    assert len(clean) == len(noisy) == 12
    assert abs(np.mean(clean)) < 0.01
    # Copies of wrong labels are learnt by heart.
    assert np.mean(noisy) > 0.01


def test_operations_by_hand() -> None:
    """Of 4,000 samples, 20 epochs of 64: 1,250 steps; a reference, 5 epochs: 313."""
    learning = trained()[0]
    per_sample = 2 * (3 * (196 * 64 + 64 * 10) - 196 * 64)
    assert learning.network.flop_per_sample == per_sample
    assert training_flop(learning, 4000) == 1250 * 64 * per_sample
    assert training_flop(learning, 125) == 100 * 64 * per_sample
    scored = 4000 * 2 * (196 * 64 + 64 * 10)
    assert filter_flop(learning, 4000) == 313 * 64 * per_sample + scored


def test_energy_is_that_above_idle() -> None:
    learning = trained()[0]
    assert joules_per_flop(learning) == {}
    groups = tuple(
        group.model_copy(update={"energy_uj": {"a": group.wall_us * 12}})
        for group in learning.groups
    )
    metered = learning.model_copy(update={"groups": groups, "idle_uw": {"a": 10_000_000}})
    joules = joules_per_flop(metered)["a"]
    # Twelve watts, of which ten are idle: two watts over the rate.
    rate = training_rate(learning)
    assert joules.value == pytest.approx(2 / rate.value, rel=0.2)
    assert joules.unit == "J/FLOP"
    idle = learning.model_copy(update={"groups": groups, "idle_uw": {"a": 13_000_000}})
    assert joules_per_flop(idle) == {}
