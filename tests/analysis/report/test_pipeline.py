"""The pipeline in the report: known answers for where time goes, sums, retest and knee."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from analysis.document import Table
from analysis.render import html, terminal
from analysis.report import feeding, stages
from analysis.report import run as content
from analysis.report.pipeline import (
    PipelineResults,
    WorkerCurve,
    _knee,
    _time_shares,
    pipeline_results,
)
from analysis.statistics.interval import PooledSpread
from analysis.statistics.verdict import verdict
from bench.bundle import Bundle, Times, parse
from bench.bundle.canonical import dumps
from tests.analysis.model.machines import machine_of
from tests.conftest import block

if TYPE_CHECKING:
    from bench.run.pipeline_record import Document

MEMCPY = "memcpy/tabular-26/b4096"


def report_of(bundle: Bundle) -> content.Report:
    return content.report(machine_of(bundle))


def spread(total: int) -> list[int]:
    return [total, total // 10, total // 10, total // 9, total // 8]


def window(
    repeat: int,
    order: int,
    us: int = 1_000_000,
    batches: int = 10,
    step: int | None = None,
    **stages_: int,
) -> dict[str, Any]:
    wait = sum(stages_.values()) if not step else us - step
    return {
        "repeat": repeat,
        "order": order,
        "batches": batches,
        "us": us,
        "started_us": None,
        "first_batch_us": 20_000,
        "consumer_cpu_us": us // 2,
        "workers_cpu_us": [us // 4],
        "reads": batches,
        "late_reads": 0,
        "disk_bytes": None,
        "ready": 5,
        "queued": 5,
        "stages": {name: spread(total) for name, total in stages_.items()},
        "wait": spread(wait),
        "h2d": None,
        "step": spread(step) if step else None,
        "period": spread(us),
        "raw": [[wait // batches, 0, (step or 0) // batches]],
        "canary_us": [500, 500],
        "energy_uj": {},
    }


def fill(document: Document, number: int, *windows: dict[str, Any]) -> None:
    document["pipeline"]["configurations"][number] |= {
        "windows": list(windows),
        "encoded_bytes": 1000,
        "batch_tensor_bytes": 2000,
        "tensors": 1,
    }


@pytest.fixture
def bundle(document: Document) -> Bundle:
    """Images as JSON with 0, 1, 4, 2 workers, and one with a step."""
    for case in document["cases"]:
        if case["id"] == MEMCPY:
            case |= {"blocks": [block(1.0, 1.1)], "loops": 1, "encoded_bytes": None}
    setups = [c["setup"] for c in document["pipeline"]["configurations"]]
    assert [s["workers"] for s in setups[:4]] == [0, 1, 4, 2]
    parts = {"storage": 100_000, "decode": 500_000, "transform": 300_000, "ipc": 50_000}
    fill(document, 0, window(0, 0, **parts))
    fill(document, 1, window(0, 1, batches=8, **parts))
    fill(document, 2, window(0, 2, batches=16, **parts))
    fill(document, 3, window(0, 3, batches=16, **parts), window(2, 5, batches=20, **parts))
    stepping = next(n for n, s in enumerate(setups) if s["accelerator"] == "h100")
    fill(document, stepping, window(0, 4, step=900_000, **parts))
    alone = {name: setups[0][name] for name in ("payload", "size", "codec", "batch")}
    document["pipeline"]["isolated"] = [
        {
            **alone,
            "repeat": 0,
            "batches": 10,
            "storage": spread(100_000),
            "decode": spread(400_000),
            "transform": spread(300_000),
            "canary_us": [500],
        }
    ]
    document["pipeline"]["contention"] = [
        {**alone, "repeat": 0, "decoders": n, "us": 1000, "batches_x100": [each] * n}
        for n, each in ((1, 1000), (2, 750))
    ]
    document["pipeline"]["idle_uw"] = "no meter: none here"
    document["run"] |= {"state": "complete", "elapsed_ns": 10**9}
    return parse(dumps(document), "made for a test")


@pytest.fixture
def results(bundle: Bundle) -> PipelineResults:
    results = pipeline_results(machine_of(bundle))
    assert results
    return results


def page_of(report: content.Report) -> str:
    return html.text(content.document(report))


def test_without_workers_the_stages_and_the_loader_are_the_whole(results: PipelineResults) -> None:
    row = results.configurations[0]
    assert row.samples_per_s.value == pytest.approx(10 * 64)
    assert row.cores == pytest.approx(0.75)
    assert row.time_shares == pytest.approx(
        {"storage": 0.1, "decode": 0.5, "transform": 0.3, "loader": 0.1}
    )
    assert [(part.stage, part.start_ms, part.ms) for part in row.waterfall] == [
        ("storage", 0, 10),
        ("decode", 10, 50),
        ("transform", 60, 30),
        ("ipc", 90, 5),
    ]


def test_a_wait_for_workers_is_shared_by_what_they_did(results: PipelineResults) -> None:
    went = results.configurations[-1].time_shares
    # A tenth is waited for: half of it after the batch was made, the rest by 1 : 5 : 3.
    assert went["step"] == pytest.approx(0.9)
    assert went["ipc"] == pytest.approx(0.05)
    assert went["decode"] == pytest.approx(0.05 * 5 / 9)
    assert sum(went.values()) == pytest.approx(1)
    assert results.configurations[-1].tax == pytest.approx(0.1)


def test_time_in_the_queue_is_not_the_handovers(bundle: Bundle) -> None:
    """The consumer computed for 20 ms of the 400 ms that batches took to come to it."""
    assert bundle.measured_pipeline
    record = bundle.measured_pipeline.configurations[1]
    (only,) = record.windows
    stages_us = {"storage": 50_000, "decode": 300_000, "transform": 50_000, "ipc": 400_000}
    queued = only.model_copy(
        update={
            "consumer_cpu_us": 20_000,
            "stages": {name: Times(us, us, us, us, us) for name, us in stages_us.items()},
            "wait": Times(800_000, 1, 1, 1, 1),
        }
    )
    shares = _time_shares(queued, record.setup)
    assert shares["ipc"] == pytest.approx(0.02)
    assert shares["decode"] == pytest.approx(0.78 * 3 / 4)
    assert max(shares, key=lambda stage: shares[stage]) == "decode"


def test_a_configuration_of_two_windows_has_the_spread_of_all(results: PipelineResults) -> None:
    """Two windows, 16 and 20 batches: alone they would give a t-interval of x/÷4."""
    row = next(r for r in results.configurations if r.setup.workers == 2 and not r.tax)
    assert row.samples_per_s.value == pytest.approx(64 * (16 * 20) ** 0.5)
    assert row.samples_per_s.high / row.samples_per_s.value < 2
    single = next(r for r in results.configurations if r.setup.workers == 1)
    assert single.samples_per_s.bounded


@pytest.mark.parametrize(
    ("rates", "variance", "answer"),
    [
        ({0: [100.0], 1: [200.0], 2: [400.0], 4: [401.0]}, 1e-6, (2, 2, 2)),
        ({0: [100.0], 1: [200.0], 2: [400.0], 4: [401.0]}, 1e-3, (2, 2, 4)),
        ({0: [100.0], 1: [101.0], 2: [102.0], 4: [103.0]}, 1.0, (1, 0, 4)),
    ],
)
def test_the_knee_is_as_sure_as_the_windows_are_alike(
    rates: dict[int, list[float]], variance: float, answer: tuple[int, int, int]
) -> None:
    found = _knee(rates, PooledSpread(variance))
    assert found[0] == answer[0] or variance == 1.0
    assert found[1:] == answer[1:]
    assert _knee(rates, None)[1:] == (0, 4)


def test_no_tax_is_reported_for_steps_of_another_length(bundle: Bundle) -> None:
    assert bundle.measured_pipeline
    assert bundle.pipeline
    stepping = next(
        c for c in bundle.measured_pipeline.configurations if c.windows and c.windows[0].step
    )
    (w,) = stepping.windows
    for asked_ns, true in ((90_000_000, True), (94_000_000, True), (80_000_000, False)):
        copy = stepping.model_copy(update={"requested_step_ns": asked_ns})
        assert copy.true_steps(w) is true
    assert stepping.true_steps(w), "nothing was asked for"


def test_the_knee_is_the_fewest_workers_that_come_to_the_most(results: PipelineResults) -> None:
    (curve,) = results.curves
    assert dict(curve.points) == pytest.approx({0: 640, 1: 512, 2: 18 * 64, 4: 16 * 64})
    assert curve.knee == 2
    assert "image x64, json" in curve.label


def test_stages_alone_are_compared_with_the_whole(results: PipelineResults) -> None:
    assert results.sums
    assert results.sums.median == pytest.approx(0.2)
    assert results.sums.count == 1


def test_configurations_that_are_missing_make_a_run_suspect(
    bundle: Bundle, document: Document
) -> None:
    message = [reason.what for reason in verdict(bundle).reasons]
    assert "19 of 24 configurations of the pipeline were left out to end in time" in message
    document["pipeline"]["configurations"][-1]["problem"] = "this machine cannot run it so"
    message = [reason.what for reason in verdict(parse(dumps(document), "made")).reasons]
    assert "18 of 24 configurations of the pipeline were left out to end in time" in message
    assert "1 of 24 configurations of the pipeline could not be run" in message


def test_energy_is_reported_gross_and_net_of_idle(bundle: Bundle, document: Document) -> None:
    assert not any(row.joules for row in report_of(bundle).pipeline.configurations)  # type: ignore[union-attr]
    first = document["pipeline"]["configurations"][0]["windows"][0]
    # 10 batches of 64 samples in a second: 64 J, of which 32 W x 1 s are the idle machine's.
    first["energy_uj"] = {
        "powercap/package-0": 60_000_000, "nvml/0": 4_000_000, "powercap/psys": 99_000_000,
    }  # fmt: skip
    document["pipeline"]["idle_uw"] = {"powercap/package-0": 30_000_000, "nvml/0": 2_000_000}
    report = report_of(parse(dumps(document), "made"))
    assert report.pipeline
    joules = report.pipeline.configurations[0].joules
    assert joules
    assert joules.gross == pytest.approx(0.1)
    assert joules.net == pytest.approx(0.05)
    assert "net of idle" in page_of(report)
    document["pipeline"]["idle_uw"] = "no meter: gone"
    results = pipeline_results(machine_of(parse(dumps(document), "made")))
    assert results
    assert results.configurations[0].joules
    assert results.configurations[0].joules.net is None


def test_what_is_missing_is_said(results: PipelineResults, document: Document) -> None:
    text = " ".join(results.remarks)
    assert "Left out to end in time: tabular x4096, csv, 0 workers" in text
    assert "Energy: no meter: none here." in text
    document["pipeline"] = "unavailable: torch is not installed"
    missing = pipeline_results(machine_of(parse(dumps(document), "made")))
    assert missing
    assert missing.configurations == ()
    assert "torch is not installed" in missing.remarks[0]
    document["pipeline"] = None
    assert pipeline_results(machine_of(parse(dumps(document), "made"))) is None


def test_stages_alone_are_tables(bundle: Bundle) -> None:
    assert bundle.pipeline
    assert bundle.measured_pipeline
    section = stages.section(bundle.measured_pipeline)
    assert section
    rows = [
        tuple(cell.text for cell in row.cells)
        for table in section.blocks
        if isinstance(table, Table)
        for row in table.rows
    ]
    assert rows == [
        ("image x64", "json/lines/wire", "10.0", "40.0", "30.0", "80.0"),
        ("image x64", "json/lines/wire", "1.00", "1.50"),
    ]


def test_stages_alone_tell_samples_of_different_sizes_apart(document: Document) -> None:
    """An H100's pictures have 224 pixels a side, those without an accelerator 64."""
    times = {name: spread(100_000) for name in ("storage", "decode", "transform")}
    shape = {"payload": "image", "codec": "parquet/columns/wire", "batch": 64, "repeat": 0}
    document["pipeline"]["isolated"] = [
        {**shape, "size": size, "batches": 10, **times, "canary_us": [500]} for size in (64, 224)
    ]
    pipeline = parse(dumps(document), "made").measured_pipeline
    assert pipeline
    section = stages.section(pipeline)
    assert section
    table = section.blocks[0]
    assert isinstance(table, Table)
    assert [row.cells[0].text for row in table.rows] == ["image x64", "image 224 px x64"]


@pytest.mark.parametrize(("low", "ringed"), [(2, 2), (0, None)])
def test_a_knee_that_cannot_be_told_is_not_circled(low: int, ringed: int | None) -> None:
    points = ((0, 640.0), (2, 1152.0), (4, 1024.0))
    assert feeding._line(WorkerCurve("image", points, 2, low, 4)).ringed == ringed


def test_page_and_terminal_show_it(bundle: Bundle) -> None:
    report = report_of(bundle)
    page = page_of(report)
    for text in ("The whole pipeline", "the knee", "Where the time", "Stages alone", "80.0"):
        assert text in page
    stream = StringIO()
    terminal.show(Console(file=stream, width=100), content.document(report))
    output = stream.getvalue()
    for text in (
        "The whole pipeline",
        "the knee is",
        "measured without each stage",
        "within 20.0 %",
        "no meter",
    ):
        assert text in output


def test_text_of_a_stranger_is_escaped(document: Document) -> None:
    fill(document, 0, window(0, 0, storage=1, decode=1, transform=1, ipc=1))
    document["pipeline"]["configurations"][0]["setup"]["storage"] = "<script>"
    for case in document["cases"]:
        if case["id"] == MEMCPY:
            case |= {"blocks": [block(1.0, 1.1)], "loops": 1, "encoded_bytes": None}
    page = page_of(report_of(parse(dumps(document), "made")))
    assert "<script>" not in page
