"""Batches of any shape are looked into, counted and copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="a loader is torch's")

from bench.diagnosis.batches import copied, digest, leaves, samples_in, tensor_bytes  # noqa: E402


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass
class Labelled:
    values: Any
    label: str


def nested() -> Any:
    return {
        "pair": Pair(torch.ones(4, 3), [np.zeros((4, 2), np.uint8), "text"]),
        "labelled": Labelled(torch.arange(4), "a"),
        "number": 7,
    }


def test_all_leaves_of_a_nested_batch_are_there() -> None:
    kinds = [type(leaf).__name__ for leaf in leaves(nested())]
    assert kinds == ["Tensor", "ndarray", "str", "Tensor", "str", "int"]


def test_bytes_and_samples_are_counted() -> None:
    assert tensor_bytes(nested()) == (48 + 8 + 32, 3)
    assert samples_in(nested(), None) == 4
    assert samples_in(["a", "b", "c"], None) == 3
    assert samples_in("text", 16) == 16
    for single in ("text", torch.tensor(3), {"a": 1, "b": 2}):
        assert samples_in(single, None) == 1


@pytest.mark.parametrize("shared", [False, True])
def test_a_copy_has_the_same_values_in_memory_of_its_own(shared: bool) -> None:
    batch = nested()
    if shared:
        batch["pair"].left.share_memory_()
    copy = copied(batch)
    assert digest(copy) == digest(batch)
    assert type(copy["pair"]) is Pair
    assert copy["pair"].left.data_ptr() != batch["pair"].left.data_ptr()
    assert copy["pair"].left.is_shared() == shared
    copy["pair"].left.zero_()
    copy["labelled"].values.zero_()
    assert digest(copy) != digest(batch)
    assert batch["pair"].left.sum() == 12


def test_equal_samples_have_equal_digests() -> None:
    assert digest((torch.ones(2), "a")) == digest((torch.ones(2), "a"))
    assert digest((torch.ones(2), "a")) != digest((torch.ones(2), "b"))
