"""Records of unequal cost: which are slow follows from the nonce, and is the same everywhere."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the pipeline is torch's")

from bench.bundle.setup import TAIL_EVERY
from bench.pipeline.dataset import Tail


def test_of_each_group_one_record_is_slow_at_a_place_of_its_own() -> None:
    tail = Tail(20, "test")
    counts = [tail.repeats(record) for record in range(50 * TAIL_EVERY)]
    groups = [counts[at : at + TAIL_EVERY] for at in range(0, len(counts), TAIL_EVERY)]
    assert all(sorted(group) == [1] * (TAIL_EVERY - 1) + [20] for group in groups)
    assert len({group.index(20) for group in groups}) > TAIL_EVERY / 2
    assert counts == [Tail(20, "test").repeats(record) for record in range(len(counts))]
    assert counts != [Tail(20, "other").repeats(record) for record in range(len(counts))]


def test_without_a_tail_no_record_is_slow() -> None:
    assert {Tail().repeats(record) for record in range(100)} == {1}
