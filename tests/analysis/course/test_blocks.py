"""Blocks as arrays say what `bench.bundle` and `analysis.statistics` say of each."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from analysis.course.blocks import BlockArrays
from analysis.course.checking import check_file
from analysis.course.rows import tables
from analysis.statistics.codecs import timings_of
from analysis.statistics.verdict import Disturbance, Trust, invalidating, verdict
from bench.bundle import Bundle, calm_samples, disturbed_share, pace_spread, read, references_us
from tests.conftest import ROOT

RUNS = ["one-core", "two-cores", "bundle-v4"]


@cache
def bundle(name: str) -> Bundle:
    return read(ROOT / f"tests/golden/{name}.json")


@pytest.mark.parametrize("name", RUNS)
def test_calm_samples_are_those_of_the_bundle(name: str) -> None:
    arrays, references = BlockArrays.of(bundle(name)), references_us(bundle(name))
    expected = [len(calm_samples(b, references[b.process])) for b in arrays.blocks]
    assert arrays.calm_counts.tolist() == expected


@pytest.mark.parametrize("name", RUNS)
def test_disturbance_is_that_of_the_bundle(name: str) -> None:
    run = bundle(name)
    arrays = BlockArrays.of(run)
    expected = Disturbance(pace_spread(run), disturbed_share(run))
    measured = arrays.disturbance(run.run.processes)
    assert measured.pace_spread == pytest.approx(expected.pace_spread, rel=1e-12)
    assert measured.share == pytest.approx(expected.share, rel=1e-12)


@pytest.mark.parametrize("name", RUNS)
def test_times_of_cases_are_those_of_reports(name: str) -> None:
    rows = tables(check_file(ROOT / f"tests/golden/{name}.json"))["cases"].to_pylist()
    timings = timings_of(bundle(name))
    assert {row["case"] for row in rows} == set(timings)
    for row in rows:
        timing = timings[row["case"]]
        assert row["time_s"] == pytest.approx(timing.time_s.value, rel=1e-12)
        assert row["trusted"] == timing.trusted
        assert row["low_s"] == pytest.approx(timing.time_s.low, rel=1e-9)
        high = timing.time_s.high
        assert row["high_s"] == (high if np.isinf(high) else pytest.approx(high, rel=1e-9))


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("slowed", [None, ("a profiler",)])
def test_what_makes_a_run_invalid_is_known_without_its_noise(
    name: str, slowed: tuple[str, ...] | None
) -> None:
    run = bundle(name).model_copy(update={"slowed_by": slowed})
    whole = [reason for reason in verdict(run).reasons if reason.trust is Trust.INVALID]
    assert invalidating(run) == whole
    assert bool(whole) == bool(slowed)
