"""What of a pipeline's record was taken at the core's full speed, and what is left out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from analysis.model.machine import Machine
from bench.bundle import Pipeline, calm_part, is_disturbed, read
from bench.bundle.calm import LEAST_CANARIES
from bench.pipeline.probes.calmly import Calmly
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

CALM = (500,) * 20
SLOW_BEFORE, SLOW_AFTER = (700,) * 10 + (500,) * 10, (500,) * 10 + (700,) * 10
INTERRUPTED = (500, 900, 500, 900, 900, 500, 900, 900, 900, 900) * 2
"""By other programs: some are as fast as ever on either side."""


@cache
def golden() -> Pipeline:
    pipeline = read(ROOT / "tests/golden/two-cores.json").measured_pipeline
    assert pipeline
    return pipeline


def with_canaries(canaries: Callable[[int], tuple[int, ...]]) -> Pipeline:
    """Return the golden pipeline with other canaries beside its windows, by their number."""
    number, configurations = 0, []
    for record in golden().configurations:
        windows = []
        for window in record.windows:
            windows.append(window.model_copy(update={"canary_us": canaries(number)}))
            number += 1
        configurations.append(record.model_copy(update={"windows": tuple(windows)}))
    return golden().model_copy(update={"configurations": tuple(configurations)})


def windows_of(pipeline: Pipeline) -> list[Any]:
    return [window for record in pipeline.configurations for window in record.windows]


def test_bundles_with_few_canaries_are_left_as_they_are() -> None:
    assert calm_part(golden()).pipeline == golden()
    assert all(len(w.canary_us) < LEAST_CANARIES for w in windows_of(golden()))


@pytest.mark.parametrize("slow", [SLOW_BEFORE, SLOW_AFTER])
def test_disturbed_windows_are_left_out(slow: tuple[int, ...]) -> None:
    pipeline = with_canaries(lambda number: CALM if number % 3 else slow)
    part = calm_part(pipeline)
    count = len(windows_of(pipeline))
    assert (part.windows, part.disturbed) == (count, -(-count // 3))
    assert not part.mostly_disturbed
    assert [w.canary_us for w in windows_of(part.pipeline)] == [CALM] * (count - part.disturbed)


def test_a_window_in_which_other_programs_interrupt_canaries_is_calm() -> None:
    part = calm_part(with_canaries(lambda number: CALM if number % 3 else INTERRUPTED))
    assert part.disturbed == 0


def test_where_most_were_disturbed_all_are_kept() -> None:
    pipeline = with_canaries(lambda number: SLOW_AFTER if number % 4 else CALM)
    part = calm_part(pipeline)
    assert part.mostly_disturbed
    assert part.pipeline.configurations == pipeline.configurations


def test_of_stages_alone_the_disturbed_of_two_is_left_out() -> None:
    first = golden().isolated[0].model_copy(update={"canary_us": CALM})
    second = first.model_copy(update={"canary_us": SLOW_AFTER, "repeat": first.repeat})
    only = first.model_copy(update={"canary_us": SLOW_AFTER, "size": first.size + 1})
    pipeline = golden().model_copy(update={"isolated": (first, second, only)})
    assert calm_part(pipeline).pipeline.isolated == (first, only)


def test_decoding_without_the_core_is_disturbed() -> None:
    record = golden().isolated[0]
    wall_us = record.storage.total + record.decode.total + record.transform.total
    for share, disturbed in ((0.5, True), (0.99, False)):
        judged = record.model_copy(update={"cpu_us": round(share * wall_us), "canary_us": CALM})
        assert is_disturbed(judged, {judged.repeat: 500.0}) is disturbed


def test_the_model_is_calibrated_without_disturbed_windows() -> None:
    """Windows that are slower by a half would shift every parameter."""
    bundle = read(ROOT / "tests/golden/two-cores.json")

    def slowed(factor: float) -> Machine:
        number, configurations = 0, []
        for record in golden().configurations:
            windows = []
            for window in record.windows:
                slow = number % 4 == 0
                us = round(window.us * factor) if slow else window.us
                canaries = SLOW_AFTER if slow else CALM
                windows.append(window.model_copy(update={"us": us, "canary_us": canaries}))
                number += 1
            configurations.append(record.model_copy(update={"windows": tuple(windows)}))
        pipeline = golden().model_copy(update={"configurations": tuple(configurations)})
        return Machine(bundle.model_copy(update={"pipeline": pipeline}), catalogue())

    calm, disturbed = (slowed(factor).calibration for factor in (1.0, 1.5))
    assert (calm.parameter_draws == disturbed.parameter_draws).all()


def test_a_stage_is_measured_again_until_the_core_is_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    canaries = iter([500] * 4 + [700] * 4 + [500] * 100)
    monkeypatch.setattr("bench.pipeline.probes.calmly.canary_us", lambda: next(canaries))
    results = iter(["slowed", "calm", "never"])
    result, taken = Calmly(1.0)(lambda: next(results))
    assert result == "calm"
    assert (*taken.before_us, *taken.after_us) == (500,) * 8
    assert taken.slowdown == 0


def test_a_core_that_stays_slow_costs_no_more_than_an_allowance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canaries = iter([500, *range(600, 100_000, 100)])
    monkeypatch.setattr("bench.pipeline.probes.calmly.canary_us", lambda: next(canaries))
    tries: list[int] = []
    for _ in range(3):
        Calmly(0.0)(lambda: tries.append(1))
    assert len(tries) <= 6
