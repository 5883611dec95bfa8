"""Batches in order: the recurrence against worked examples, and slow records in the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.errors import OutOfRangeError
from analysis.model.order import blocking, timeline
from analysis.model.prediction import predict
from analysis.model.regimes import uneven, with_tail
from bench.bundle import Setup
from tests.analysis.model.machines import machine_of, synthetic_bundle, truth

if TYPE_CHECKING:
    from analysis.model.machine import Machine


def test_one_slow_batch_holds_up_those_behind_it() -> None:
    """Two workers, one batch ahead each: the second worker waits for the first's slow batch."""
    assert timeline([30, 10, 10, 10, 10, 10], 0, workers=2, ahead=2) == [30, 30, 40, 40, 50, 50]


def test_batches_ahead_bridge_a_slow_batch_until_they_are_used_up() -> None:
    """The other worker goes on with three batches; one ahead less, and it stops before that."""
    times = [30.0, *[10.0] * 7]
    assert timeline(times, 0, workers=2, ahead=6)[-1] == 60
    assert timeline(times, 0, workers=2, ahead=2)[-1] == 60
    assert timeline(times, 10, workers=2, ahead=6)[-1] == 110
    assert timeline(times, 10, workers=2, ahead=2)[-1] == 110


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_batches_of_equal_cost_are_not_blocked(workers: int) -> None:
    factor, p99 = blocking(10.0, 10.0, 1.0, workers, 2 * workers)
    assert factor == 1.0
    assert p99 <= workers  # they come in bursts


def test_one_worker_blocks_nobody_but_the_tail_is_seen() -> None:
    """Of 16 batches 15 take 10 and one 160: the mean is 19.375, the 99th percentile 160."""
    factor, p99 = blocking(10.0, 160.0, 0.0, 1, 2)
    assert factor == pytest.approx(1.0)
    assert p99 == pytest.approx(160 / 19.375, rel=1e-3)


def test_more_workers_are_blocked_longer_and_more_ahead_helps() -> None:
    few, many = (blocking(10.0, 200.0, 0.0, workers, 2 * workers)[0] for workers in (2, 8))
    assert 1.2 < few < many
    assert blocking(10.0, 200.0, 0.0, 8, 64)[0] < many


def test_a_long_step_hides_slow_batches() -> None:
    """Sixteen batches ahead of a step of 20 cover a batch that takes 200."""
    assert blocking(10.0, 200.0, 20.0, 4, 64)[0] < 1.1


@pytest.fixture(scope="module")
def machine() -> Machine:
    return machine_of(synthetic_bundle(truth(4), most=60))


def test_the_mean_batch_costs_more_by_the_share_of_slow_records(machine: Machine) -> None:
    """One in 16 at 33 times: the mean is 1 + 32 / 16 = 3 times as much. Reading is not repeated."""
    usual = machine.stage_model.resolve(Setup())
    slow = machine.stage_model.resolve(Setup(tail=33))
    assert slow.cost.decode == pytest.approx(3 * usual.cost.decode)
    assert slow.cost.transform == pytest.approx(3 * usual.cost.transform)
    assert slow.cost.storage == usual.cost.storage
    assert float(slow.load.blocking) == 1.0  # without workers there is no order to keep
    assert with_tail(Setup(), usual.cost) == usual.cost


def test_a_prediction_has_the_blocking_and_the_tail(machine: Machine) -> None:
    usual = predict(machine.calibration, Setup(codec="csv", workers=2))
    slow = predict(machine.calibration, Setup(codec="csv", workers=2, tail=33))
    factor = slow.period_ms.value / usual.period_ms.value
    assert 2.0 < factor < 6.0
    assert float(slow.resolved.load.blocking) > 1.1
    assert slow.p99_ms.value / slow.period_ms.value >= 5
    assert uneven(Setup(), 2, 100.0, 0.0, 0.0).blocking == 1.0


def test_late_batches_are_not_predicted_where_some_are_slow(machine: Machine) -> None:
    with pytest.raises(OutOfRangeError, match="deadline"):
        predict(machine.calibration, Setup(tail=2), 10.0)
