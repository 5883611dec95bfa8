"""The entropy of bytes has its known answers, and its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.acts.entropy import entropy, entropy_of_payload
from formats.payloads import PAYLOADS


@pytest.mark.parametrize(
    ("data", "bits"),
    [([7] * 100, 0.0), ([0, 1] * 5000, 1.0), (list(range(256)) * 100, 8.0)],
)
def test_known_answers(data: list[int], bits: float) -> None:
    found = entropy(np.array(data, np.uint8))
    assert found.value == pytest.approx(bits, abs=0.01)
    assert found.low <= found.value <= found.high <= 8.0


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Of 400 samples of 2,000 bytes with a known distribution, 90 % within binomial bounds."""
    rng = np.random.default_rng(5)
    shares = np.array([0.5, 0.25, 0.125, 0.0625, 0.0625])
    truth = float(-(shares * np.log2(shares)).sum())
    held = 0
    for _ in range(400):
        found = entropy(rng.choice(5, 2000, p=shares).astype(np.uint8))
        held += found.low <= truth <= found.high
    assert 340 <= held <= 379


def test_the_estimate_is_not_too_low_where_bytes_are_few() -> None:
    """Without the correction 600 bytes of 256 values would miss 0.3 bits."""
    rng = np.random.default_rng(6)
    values = [entropy(rng.integers(0, 256, 600).astype(np.uint8)).value for _ in range(100)]
    assert np.mean(values) == pytest.approx(8.0, abs=0.1)


@pytest.mark.parametrize("name", PAYLOADS)
def test_payloads_hold_less_than_their_bytes(name: str) -> None:
    assert 1.0 < entropy_of_payload(name, "x").value < 8.0
