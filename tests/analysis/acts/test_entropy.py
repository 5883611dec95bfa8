"""The entropy of bytes has its known answers."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.acts.entropy import entropy, entropy_of_payload
from formats.payloads import PAYLOADS


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        ([7] * 100, 0.0),
        ([0, 1] * 5000, 1.0),
        ([0] * 4000 + [1] * 2000 + [2] * 1000 + [3] * 1000, 1.75),
        (list(range(256)) * 100, 8.0),
    ],
)
def test_known_answers(data: list[int], bits: float) -> None:
    assert entropy(np.array(data, np.uint8)) == pytest.approx(bits, abs=0.01)


def test_the_estimate_is_not_too_low_where_bytes_are_few() -> None:
    """Without the correction 600 bytes of 256 values would miss 0.3 bits."""
    rng = np.random.default_rng(6)
    values = [entropy(rng.integers(0, 256, 600).astype(np.uint8)) for _ in range(100)]
    assert np.mean(values) == pytest.approx(8.0, abs=0.1)


@pytest.mark.parametrize("name", PAYLOADS)
def test_payloads_hold_less_than_their_bytes(name: str) -> None:
    assert 1.0 < entropy_of_payload(name, "x") < 8.0
