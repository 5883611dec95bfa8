"""The doorbell's classifier: its accuracy really falls with an update, and really comes back."""

from __future__ import annotations

from statistics import mean
from typing import Any

import orjson
import pytest

from bench.bundle import Doorbell
from formats.payloads.doorbell import CITIES, CLASSES, firmware

pytest.importorskip("torch")

from bench.learning.doorbell import NETWORKS, TESTED, VARIANTS, doorbell
from bench.learning.networks import Recipe


@pytest.fixture(scope="module")
def trained() -> Doorbell:
    brief = Recipe((192, 48, 24, len(CLASSES)), epochs=8)
    record: dict[str, Any] = doorbell("a", recipe=brief, trained=150)
    return Doorbell.model_validate_json(orjson.dumps(record))


def share(trained: Doorbell, variant: str) -> float:
    return mean(row.correct / row.tested for row in trained.results if row.variant == variant)


def test_every_network_is_tried_on_every_city_and_variant(trained: Doorbell) -> None:
    rows = {row[:3] for row in trained.results}
    assert rows == {(s, c, v) for s in range(NETWORKS) for c in CITIES for v in VARIANTS}
    assert {row.tested for row in trained.results} == {TESTED}
    assert trained.updated == (firmware("a").city,)
    assert trained.trained == 150 * 5 * len(CITIES)


def test_an_update_costs_accuracy_and_grey_world_restores_most_of_it(trained: Doorbell) -> None:
    """Differences of means over 9,000 answers: their standard errors are below 1 %."""
    plain, updated = share(trained, "plain"), share(trained, "updated")
    restored = share(trained, "updated_corrected")
    assert plain > 0.7
    assert updated < plain - 0.2
    assert restored > updated + 0.15
    assert share(trained, "corrected") == pytest.approx(plain, abs=0.08)


def test_every_network_falls_and_comes_back(trained: Doorbell) -> None:
    for seed in range(NETWORKS):
        own = trained.model_copy(
            update={"results": tuple(row for row in trained.results if row.seed == seed)}
        )
        assert share(own, "updated") < share(own, "updated_corrected") < share(own, "plain")
