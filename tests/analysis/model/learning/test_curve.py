"""The curve: a known law comes back, and intervals hold what they have not seen as they claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import binom

from analysis.errors import NotEnoughDataError, OutOfRangeError
from analysis.model.learning.cells import Cells, curve_cells
from analysis.model.learning.curve import LearningCurve, fitted, learning_curve
from analysis.model.learning.law import CHANCE, bent, log_z, straight
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from hardware_profiles.provenance import Kind
from tests.analysis.model.learning.runs import SEEDS, TESTED, TRUTH, curve, simulated, trained
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analysis.model.learning.curve import NoiseKind


def kind_of(cells: Cells, place: int) -> NoiseKind:
    return "confusing" if cells.confusing[place] else "uniform"


def test_the_law_by_hand() -> None:
    """Of 4,000 samples, clean: 0.01 + 0.1 * 4^-0.5 = 0.06, which bends to a millionth less."""
    parameters = np.array([np.log(0.1), np.log(0.5), np.log(0.01), 2, 0, 0, 0, 0, 0, 0])
    at = np.array([4000.0]), np.array([0.0]), np.array([False])
    assert np.exp(log_z(parameters, *at)) == pytest.approx(0.06)
    assert straight(log_z(parameters, *at)) == pytest.approx(0.06, rel=1e-3)
    # A fifth wrong at random: exp(2 * 0.2) times the part that falls.
    noisy = log_z(parameters, at[0], np.array([0.2]), at[2])
    assert np.exp(noisy) == pytest.approx(0.01 + 0.05 * np.exp(0.4))
    # Confusing labels raise the floor by f (p / 0.4)^k, here 1 * 0.5^1.
    mixed = log_z(parameters, at[0], np.array([0.2]), np.array([True]))
    assert np.exp(mixed) == pytest.approx(0.01 + 0.5 + 0.05)


def test_no_error_is_beyond_chance_and_bending_is_undone() -> None:
    assert straight(np.array([10.0]))[0] == pytest.approx(CHANCE, rel=1e-6)
    errors = np.array([0.001, 0.05, 0.3, 0.6, 0.85])
    assert straight(bent(errors)) == pytest.approx(errors)


def test_a_known_law_comes_back() -> None:
    one = fitted(simulated(np.random.default_rng(1)), TESTED, "one")
    sd = np.sqrt(np.diag(one.fit.covariance))
    assert (np.abs(one.fit.parameters - TRUTH) < 4 * sd).all()
    assert 0.06 < one.spread.at_1000 < 0.1
    assert 0.01 < one.misfit < 0.06


def covered(one: LearningCurve, cells: Cells, place: int) -> bool:
    predicted = one.accuracy(
        cells.samples[place],
        cells.share[place],
        kind_of(cells, place),
        predictive=True,
        networks=int(cells.networks[place]),
    )
    return bool(predicted.low <= 1 - cells.error[place] <= predicted.high)


def each_alone(cells: Cells) -> Iterator[NDArray[np.bool_]]:
    for place in range(len(cells)):
        yield np.arange(len(cells)) == place


def held_out(cells: Cells, masks: Iterator[NDArray[np.bool_]], seed: str) -> Iterator[bool]:
    """Yield whether each cell is where a curve expects it that has not seen it."""
    for mask in masks:
        one = fitted(cells.kept(~mask), TESTED, seed)
        yield from (covered(one, cells, int(place)) for place in np.flatnonzero(mask))


@pytest.mark.simulation
def test_cells_that_a_trained_run_held_out_are_within_their_intervals() -> None:
    """Of twelve runs with nonces of their own, all 504 cells: as often as binomial chance allows.

    Each is predicted from the others of its run alone.
    """
    hits = [
        hit
        for number, learning in enumerate(trained())
        for cells in [curve_cells(learning)]
        for hit in held_out(cells, each_alone(cells), f"run {number}")
    ]
    assert len(hits) == 504
    low, high = binom.interval(0.95, len(hits), 0.9)
    assert low <= sum(hits) <= high


@pytest.mark.simulation
@pytest.mark.parametrize("largest", [2000, 4000])
def test_sizes_beyond_those_a_run_was_fitted_to_are_within_their_intervals(largest: int) -> None:
    """The curve goes on by a factor of two, and of four; there it may be more careful than 90 %."""
    hits = [
        hit
        for number, learning in enumerate(trained())
        for cells in [curve_cells(learning)]
        for hit in held_out(cells, iter([cells.samples >= largest]), f"run {number}")
    ]
    assert len(hits) == {4000: 84, 2000: 168}[largest]
    assert sum(hits) >= binom.ppf(0.025, len(hits), 0.9)


@pytest.mark.simulation
def test_cells_of_a_known_law_are_within_their_intervals() -> None:
    rng = np.random.default_rng(2)
    hits = [
        hit
        for number in range(12)
        for cells in [simulated(rng)]
        for hit in held_out(cells, each_alone(cells), f"{number}")
    ]
    low, high = binom.interval(0.99, len(hits), 0.9)
    assert low <= sum(hits) <= high


@pytest.mark.simulation
def test_a_million_samples_of_a_known_law_are_within_their_intervals() -> None:
    """The truth goes on as the law says; what might change beyond is allowed for on top."""
    rng = np.random.default_rng(3)
    settings: tuple[tuple[float, float, NoiseKind], ...] = (
        (1e4, 0.0, "uniform"),
        (1e6, 0.4, "uniform"),
        (1e6, 0.2, "confusing"),
    )
    hits = []
    for number in range(80):
        one = fitted(simulated(rng), TESTED, f"{number}")
        for samples, share, kind in settings:
            at = np.array([samples]), np.array([share]), np.array([kind == "confusing"])
            true = 1 - float(straight(log_z(TRUTH, *at))[0])
            predicted = one.accuracy(samples, share, kind)
            hits.append(predicted.low <= true <= predicted.high)
    assert sum(hits) >= binom.ppf(0.005, len(hits), 0.9)


def test_intervals_grow_with_the_distance_from_what_was_trained() -> None:
    numbers = [curve().accuracy(samples) for samples in (4e3, 1e4, 1e5, 1e6, 1e7)]
    reach = [np.log((1 - n.low) / (1 - n.high)) for n in numbers]
    assert reach == sorted(reach)
    assert reach[-1] > 2 * reach[0]
    assert [n.kind for n in numbers] == [Kind.CALIBRATED] + [Kind.EXTRAPOLATED] * 4


def test_more_samples_help_and_wrong_labels_hurt() -> None:
    accuracy = curve().accuracy
    assert accuracy(4000).value > accuracy(1000).value > accuracy(1000, 0.2).value
    assert accuracy(1000, 0.4, "confusing").value < accuracy(1000, 0.4).value
    assert 0.88 < accuracy(1000).value < 0.91


def test_differences_are_known_better_than_each_accuracy() -> None:
    """What a million and ten thousand samples share, such as the tested pictures, cancels."""
    many, few = (curve().accuracy_draws(n)[1:] for n in (4000, 4001))
    assert (many - few).std() < 0.7 * many.std()


def test_draws_follow_from_the_digest() -> None:
    learning = trained()[0]
    first, again, other = (learning_curve(learning, digest) for digest in ("a", "a", "b"))
    assert first.accuracy(1e6) == again.accuracy(1e6)
    assert first.accuracy(1e6).low != other.accuracy(1e6).low


def test_a_noisy_sample_is_worth_a_part_of_a_clean_one() -> None:
    one = curve()
    assert one.worth(4000, 0.0).value == pytest.approx(1.0)
    shares = [one.worth(4000, share).value for share in (0.1, 0.2, 0.4, 0.6)]
    assert shares == sorted(shares, reverse=True)
    clean = one.accuracy(4000 * shares[2]).value
    assert clean == pytest.approx(one.accuracy(4000, 0.4).value, abs=1e-6)


def test_what_nothing_was_trained_on_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match=r"70\.0 % wrong labels .* 0 to 60 %"):
        curve().accuracy(1000, 0.7)
    with pytest.raises(OutOfRangeError, match=r"confusing kind: .* 0 to 40 %"):
        curve().accuracy(1000, 0.5, "confusing")
    with pytest.raises(OutOfRangeError, match="20 samples"):
        curve().accuracy(20)
    learning = trained()[0]
    few = learning.model_copy(update={"cells": learning.cells[:13]})
    with pytest.raises(NotEnoughDataError, match="--add-to RUN goes on"):
        learning_curve(few, "one")


def test_how_the_law_may_change_beyond_is_what_domains_differ_by() -> None:
    """The constant in the code is that of the profile."""
    from analysis.model.learning.curve import _BEYOND_SD
    from analysis.statistics.number import Z90

    published = catalogue()["scaling"]["exponent.learning_curve"]
    assert pytest.approx((published.high - published.low) / 2 / Z90, abs=1e-3) == _BEYOND_SD


def test_one_seed_is_enough_for_a_curve() -> None:
    learning = trained()[0]
    cells = tuple(
        cell.model_copy(update={"networks": cell.networks[:1]}) for cell in learning.cells
    )
    one = learning_curve(learning.model_copy(update={"cells": cells}), "one")
    whole = curve()
    assert one.accuracy(4000).value == pytest.approx(whole.accuracy(4000).value, abs=0.01)
    assert one.spread.at_1000 == pytest.approx(0.09, rel=0.05)
    assert len(curve_cells(learning).networks) == 42
    assert set(curve_cells(learning).networks) == {SEEDS}


def test_the_page_shows_what_the_golden_run_says() -> None:
    """Each row of the table in docs/explanation/learning.md, to the last digit shown."""
    bundle = read(ROOT / "tests/golden/two-cores-learning.json")
    assert bundle.learning is not None
    one = learning_curve(bundle.learning, bundle.digest)
    text = (ROOT / "docs/explanation/learning.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([\d,]+)(?: curated|, (\d+) % wrong, (\w+)) \| ([\d.]+) % \[([\d.]+), ([\d.]+)\] \|$",
        text,
        re.MULTILINE,
    )
    assert len(rows) == 6
    for samples, wrong, kind, *shown in rows:
        number = one.accuracy(
            float(samples.replace(",", "")), int(wrong or 0) / 100, kind or "uniform"
        )
        assert [f"{100 * n:.1f}" for n in (number.value, number.low, number.high)] == shown
