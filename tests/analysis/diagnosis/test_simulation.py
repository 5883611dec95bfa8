"""The simulated loader has known answers where one thing alone limits it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.diagnosis.simulation import SimulatedLoader, period_s

EVEN = SimulatedLoader(
    np.full(8, 0.010), cpu=0.0, receiving=0.001, step=0.002, workers=1, ahead=2, cores=64
)


def test_without_workers_all_comes_one_after_another() -> None:
    assert period_s(replace(EVEN, workers=0)) == pytest.approx(0.013)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_that_limit_give_a_batch_each_in_the_time_of_one(workers: int) -> None:
    assert period_s(replace(EVEN, workers=workers)) == pytest.approx(0.010 / workers, rel=0.01)


def test_the_consumer_limits_once_there_are_workers_enough() -> None:
    assert period_s(replace(EVEN, workers=8)) == pytest.approx(0.003, rel=0.01)


def test_cores_limit_however_many_workers_there_are() -> None:
    assert period_s(replace(EVEN, workers=8, cpu=0.010, cores=2)) == pytest.approx(0.0055)


@pytest.mark.parametrize("in_order", [True, False])
def test_even_batches_come_as_fast_in_any_order(in_order: bool) -> None:
    loader = replace(EVEN, workers=2, in_order=in_order)
    assert period_s(loader) == pytest.approx(0.005, rel=0.02)


def test_a_slow_batch_blocks_those_behind_it_only_in_order() -> None:
    making = np.full(100, 0.001)
    making[0] = 0.2
    loader = replace(EVEN, making=making, step=0.0015, receiving=0.0, workers=2)
    # In order, the consumer has nothing to do while the slow one is made, but for what was ahead.
    in_order = period_s(loader)
    out_of_order = period_s(replace(loader, in_order=False))
    assert in_order == pytest.approx(0.0015 + 0.2 / 100, rel=0.2)
    assert out_of_order < 0.75 * in_order


def test_more_batches_ahead_ride_out_a_slow_one() -> None:
    making = np.full(50, 0.001)
    making[0] = 0.020
    loader = replace(EVEN, making=making, step=0.002, receiving=0.0, workers=1)
    assert period_s(replace(loader, ahead=16)) < period_s(replace(loader, ahead=1))
