"""What a run measured, as facts: their values, ranges, and how they are drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.devices.facts import copy_rate, encode_us, run_fact
from analysis.errors import AnalysisError
from tests.analysis.devices.views import bundle

if TYPE_CHECKING:
    from analysis.model.fit import Array
    from bench.bundle import Bundle

SD = 0.1


def draws(run: Bundle, name: str) -> Array:
    return np.asarray(np.log(run_fact(run, name, 5.0, SD, "us").draws[1:]), np.float64)


def test_a_fact_has_its_value_and_a_90_percent_range() -> None:
    """By hand: the 95th percentile of a normal distribution lies at 1.645 SD."""
    quantity = run_fact(bundle(), "decode", 5.0, SD, "us")
    assert float(quantity.to("us").value) == pytest.approx(5.0)
    (fact,) = quantity.facts
    assert fact.low == pytest.approx(5.0 * math.exp(-1.645 * SD), rel=1e-3)
    assert fact.high == pytest.approx(5.0 * math.exp(1.645 * SD), rel=1e-3)
    assert np.std(draws(bundle(), "decode")) == pytest.approx(SD, rel=0.02)


def test_a_run_is_drawn_the_same_each_time() -> None:
    assert np.array_equal(draws(bundle(), "decode"), draws(bundle(), "decode"))


def test_two_machines_vary_on_their_own() -> None:
    """The same measurement of two runs, and two of one run, are not correlated."""
    ours, others = bundle(), bundle(seed=2)
    between_runs = np.corrcoef(draws(ours, "decode"), draws(others, "decode"))[0, 1]
    within_a_run = np.corrcoef(draws(ours, "decode"), draws(ours, "encode"))[0, 1]
    # Four standard errors of the correlation of a thousand pairs.
    assert abs(between_runs) < 4 / math.sqrt(1000)
    assert abs(within_a_run) < 4 / math.sqrt(1000)


def test_what_a_core_copies_comes_from_the_largest_batch() -> None:
    """By hand: 643,072 bytes in 20 us are 32.15 GB/s; the smaller batch would say twice that."""
    large = bundle().cases[0]
    small = large.model_copy(update={"decoded_bytes": 64_307, "loops": 20_000})
    run = bundle().model_copy(update={"cases": (small, large)})
    assert float(copy_rate(run).to("GB/s").value) == pytest.approx(32.1536, rel=1e-6)


def test_without_a_copy_it_says_what_to_do() -> None:
    with pytest.raises(AnalysisError, match="take a whole preset"):
        copy_rate(bundle().model_copy(update={"cases": ()}))


def test_what_encoding_a_byte_takes() -> None:
    """By hand: 643,072 bytes, twice, in 20 ms."""
    us = encode_us(bundle(encodes=True), "image", "json/lines/wire")
    assert us == pytest.approx(1e4 / 643_072)
    assert encode_us(bundle(encodes=True), "image", "csv/rows/wire") is None
    assert encode_us(bundle(), "image", "json/lines/wire") is None
