"""The result of an experiment, from a record that is given."""

from __future__ import annotations

from typing import Any

import pytest

from bench.bundle import Times
from bench.pipeline.configuration import configuration
from bench.pipeline.result import experiment_result
from bench.pipeline.window import times
from bench.stages import Stage

QUANTILES = [1_000_000, 10_000, 10_000, 10_000, 10_000]


def measured(facts: dict[str, Any] | None = None, **window: Any) -> dict[str, Any]:
    """Return what `PipelineSession.measure` does, of 100 batches in a second."""
    return {
        "window": {
            **dict.fromkeys(("started_us", "disk_bytes", "h2d", "step"), None),
            **dict.fromkeys(("first_batch_us", "consumer_cpu_us", "ready", "queued"), 0),
            **dict.fromkeys(("wait", "period"), QUANTILES),
            "batches": 100,
            "us": 1_000_000,
            "reads": 100,
            "late_reads": 0,
            "workers_cpu_us": [],
            "stages": {},
            "raw": [],
            "canary_us": [500],
            "energy_uj": {},
            **window,
        },
        "facts": {
            **dict.fromkeys(("encoded_bytes", "decoded_bytes", "batch_tensor_bytes"), 1000),
            **dict.fromkeys(("requested_step_ns", "flop", "peak_flop_s"), None),
            "tensors": 1,
            **(facts or {}),
        },
        "left_over": False,
        "cores_usable": 2,
        "missed": 0,
    }


@pytest.mark.parametrize(("late_reads", "warned"), [(40, True), (4, False)])
def test_a_tier_faster_than_this_machine_is_never_faked(late_reads: int, warned: bool) -> None:
    fast = configuration({"storage": "nvme_gen5"})
    result = experiment_result(fast, measured(late_reads=late_reads))
    assert result.late_share == late_reads / 100
    text = "this machine was slower than nvme_gen5 for 40 % of the reads"
    assert " ".join(result.warnings).startswith(text) == warned
    assert len(result.warnings) == warned


@pytest.mark.parametrize(
    ("fields", "step", "facts", "tax"),
    [
        # 100 steps of 4 ms in a second.
        ({"accelerator": "4ms"}, 400_000, {"requested_step_ns": 4_000_000}, 0.6),
        ({"accelerator": "2ms"}, 400_000, {"requested_step_ns": 2_000_000}, None),
        ({}, None, {}, None),
    ],
)
def test_the_feeding_tax_is_the_time_without_a_step_where_steps_took_their_time(
    fields: dict[str, Any], step: int | None, facts: dict[str, Any], tax: float | None
) -> None:
    step_times = None if step is None else [step, 4000, 4000, 4000, 4000]
    result = experiment_result(configuration(fields), measured(facts, step=step_times))
    assert result.feeding_tax == (None if tax is None else pytest.approx(tax))
    assert result.gpu_busy == (None if tax is None else pytest.approx(1 - tax))
    warned = any("a step was to take 2 ms and took 4 ms" in text for text in result.warnings)
    assert warned == (fields.get("accelerator") == "2ms")


@pytest.mark.parametrize(("counted", "warned"), [(100_000, False), (10_000, True)])
def test_cold_reads_that_the_system_did_not_count_are_a_warning(counted: int, warned: bool) -> None:
    cold = configuration({"storage": "cold"})
    result = experiment_result(cold, measured(disk_bytes=counted))
    assert any("as read from the disk" in text for text in result.warnings) == warned


@pytest.mark.parametrize(("size", "warned"), [(32, True), (224, False)])
def test_samples_of_another_size_than_the_workloads_are_a_warning(size: int, warned: bool) -> None:
    images = configuration({"accelerator": "h100", "size": size})
    result = experiment_result(images, measured())
    assert any("is scaled to 0.0204 times the work" in text for text in result.warnings) == warned


def test_rates_are_by_second_of_the_window() -> None:
    window = {Stage.DECODE.value: QUANTILES}
    result = experiment_result(
        configuration({"batch": 8}), measured({"decoded_bytes": 2000}, stages=window, queued=150)
    )
    assert result.samples_per_s == 800
    assert (result.encoded_bytes_per_s, result.decoded_bytes_per_s) == (100_000, 200_000)
    assert result.stages_us["decode"].mean == 10_000
    assert result.queued == 1.5


def test_durations_are_summed_and_ordered() -> None:
    assert times(range(0, 1_000_000, 1000)) == Times(499_500, 500, 949, 989, 999)
    assert times([5000]) == Times(5, 5, 5, 5, 5)
