"""Validation on a machine where the answer is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.model.scoring import errors
from analysis.model.validation import NEVER, ONE_FORMAT, Validation, repetition_floor, validate
from tests.analysis.model.machines import NOISE, machine_of, synthetic_bundle, truth

if TYPE_CHECKING:
    from bench.bundle import Bundle

pytestmark = pytest.mark.simulation

TRUE = truth(4)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return synthetic_bundle(TRUE, most=90)


@pytest.fixture(scope="module")
def validation(bundle: Bundle) -> Validation:
    names = ("the held-out set", ONE_FORMAT, "one number of workers", NEVER)
    return validate(machine_of(bundle), names)


def test_unseen_configurations_are_predicted_to_within_their_noise(validation: Validation) -> None:
    assert [scheme.name for scheme in validation.schemes][1] == ONE_FORMAT
    for scheme in validation.schemes:
        assert scheme.throughput.mape < 2 * NOISE
        assert scheme.idle
        assert scheme.idle.mape < 3
        assert scheme.intervals.coverage >= 0.8
        # For others, parameters or stages are only guessed at, and this machine is easily guessed.
        if scheme.name in {"the held-out set", ONE_FORMAT}:
            assert scheme.intervals.coverage <= 0.99
        for name, baseline in scheme.baselines.items():
            assert baseline.mape > scheme.throughput.mape
            assert scheme.baseline_widths[name] > scheme.intervals.half_width
        assert all(p.predicted.low <= p.predicted.value <= p.predicted.high for p in scheme.points)


def test_bottlenecks_and_gains_are_predicted(validation: Validation) -> None:
    clear = [removal for removal in validation.interventions.removals if removal.clear]
    assert len(clear) >= 5
    assert sum(removal.right for removal in clear) / len(clear) >= 0.9
    changes = validation.interventions.changes
    assert len(changes) >= 8
    assert sum(change.gain.close for change in changes) / len(changes) >= 0.8
    gains = [gain for removal in clear for gain in removal.gains.values()]
    assert sum(gain.close for gain in gains) / len(gains) >= 0.8
    assert all(gain.low <= gain.measured <= gain.high for gain in gains)


def test_errors_are_summed_up_as_they_are() -> None:
    result = errors(np.array([0.1, -0.2, 0.3, 0.0]))
    assert (result.mape, result.median, result.bias) == pytest.approx((0.15, 0.15, 0.05))
    assert result.p90 == pytest.approx(np.quantile([0.0, 0.1, 0.2, 0.3], 0.9))


def test_nothing_to_leave_out_is_an_error() -> None:
    few = synthetic_bundle(TRUE, preset="quick", most=3)
    with pytest.raises(AnalysisError):
        validate(machine_of(few), ("one storage",))


def test_the_repetition_floor_compares_the_late_window_with_those_before(bundle: Bundle) -> None:
    """By hand: the late window of one configuration takes half as long as the mean before."""
    pipeline = machine_of(bundle).pipeline
    record = next(r for r in pipeline.configurations if r.windows and not r.windows[0].step)
    first = record.windows[0]
    late = first.model_copy(update={"repeat": pipeline.repeats, "us": first.us // 2})
    twice = record.model_copy(update={"windows": (first, late)})
    floor = repetition_floor(pipeline.model_copy(update={"configurations": (twice,)}))
    assert floor
    assert floor.throughput.count == 1
    assert floor.throughput.mape == pytest.approx(1.0, rel=1e-3)
    assert floor.throughput.bias == pytest.approx(1.0, rel=1e-3)
    # Twice the noise's variance lies between two windows, half of it in the mean of both.
    assert floor.perfect.mape == pytest.approx(0.5, rel=1e-3)
    assert floor.idle is None
    once = pipeline.model_copy(update={"configurations": (record,)})
    assert (repetition_floor(once) is None) is (len(record.windows) <= pipeline.repeats)


def test_a_perfect_prediction_is_off_by_the_noise_of_what_it_is_compared_with(
    bundle: Bundle,
) -> None:
    """In simulation: windows with 5 % of noise, which is what nothing in them is predicted by."""
    pipeline = machine_of(bundle).pipeline
    record = next(r for r in pipeline.configurations if r.windows and not r.windows[0].step)
    first, rng = record.windows[0], np.random.default_rng(5)
    true_us, records = 1_000_000, []
    for _ in range(400):
        spans = rng.normal(true_us, 0.05 * true_us, pipeline.repeats + 1).astype(int).tolist()
        windows = [first.model_copy(update={"repeat": r, "us": us}) for r, us in enumerate(spans)]
        records.append(record.model_copy(update={"windows": tuple(windows)}))
    floor = repetition_floor(pipeline.model_copy(update={"configurations": tuple(records)}))
    off = [abs(np.mean([w.us for w in r.windows]) / true_us - 1) for r in records]
    assert floor
    assert floor.perfect.mape == pytest.approx(np.mean(off), rel=0.15)
    assert floor.perfect.median == pytest.approx(np.median(off), rel=0.15)
    assert floor.throughput.mape > 1.2 * floor.perfect.mape
