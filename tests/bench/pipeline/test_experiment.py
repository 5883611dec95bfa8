"""Experiments that really run: what is measured adds up; what breaks says what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from bench.errors import ConfigurationError
from bench.pipeline.client import PipelineProcess
from bench.pipeline.configuration import configuration
from bench.pipeline.result import experiment_result
from bench.stages import REMOVABLE, SUPPLY_STAGES, WORKER_STAGES, Stage
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.pipeline.result import ExperimentResult

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runs")]

torch = pytest.importorskip("torch", reason="the pipeline is torch's")

SHORT = {"seconds": 0.1, "batch": 8}
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineProcess]:
    """One process for all experiments of this module, as a run has one for a whole pass."""
    with PipelineProcess(tmp_path_factory.mktemp("pipeline"), "test") as running:
        running.start()
        yield running


@pytest.fixture
def experiment(process: PipelineProcess) -> Callable[..., ExperimentResult]:
    """Run a configuration of the given fields, and return its result."""

    def run(**fields: Any) -> ExperimentResult:
        chosen = configuration({**SHORT, **fields})
        return experiment_result(chosen, process.measure(chosen))

    return run


def command(*options: str) -> list[str]:
    short = ("--seconds", "0.1", "--batch", "8")
    return [sys.executable, "-m", "bench", "experiment", *short, *options]


def completed(*options: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run an experiment from the command line."""
    return subprocess.run(
        command(*options),
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
        env={**os.environ, "COLUMNS": "100"},
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"payload": "image", "codec": "json"},
        {"payload": "tabular", "codec": "csv/rows/stdlib", "workers": 1},
        {"payload": "tokens", "codec": "protobuf", "workers": 2, "prefetch": 1},
        {"payload": "audio", "items": "sample", "workers": 1},
        {"payload": "audio", "start": "spawn", "workers": 1, "batch": 1},
        {"payload": "audio", "accelerator": "hearable", "batch": 1, "workers": 1},
        {"sharing": "file_system", "workers": 1, "storage": "ebs_gp2"},
        {"storage": "s3_standard", "batch": 4},
        {"control": "cached", "accelerator": "h100"},
        {"transform": "fused", "workers": 1},
        {"tail": 3, "workers": 2},
        {"shards": 8, "workers": 1},
        {"threads": 4, "workers": 1, "shards": 3},
        {"heap": 1, "workers": 1, "payload": "tabular"},
        {"tail": 3, "items": "sample", "remove": "decode"},
        {"payload": "tokens", "transform": "fused"},
        {"transform": "device", "accelerator": "h100", "workers": 1},
        {"epoch": 3, "workers": 1},
        {"epoch": 3, "workers": 1, "persistent": True},
    ],
    ids=lambda fields: " ".join(f"{name}={value}" for name, value in fields.items()),
)
def test_the_numbers_of_a_result_add_up(
    experiment: Callable[..., ExperimentResult], fields: dict[str, Any]
) -> None:
    result = experiment(**fields)
    assert result.batches >= 8
    assert result.period_us.mean * result.batches == pytest.approx(result.seconds * 1e6)
    samples = (result.configuration.batch or 0) * result.batches
    assert result.samples_per_s == pytest.approx(samples / result.seconds)
    for times in (result.period_us, result.wait_us):
        quantiles = [times.p50, times.p95, times.p99, times.max]
        assert quantiles == sorted(quantiles)
    assert 0 < len(result.raw_us) <= 100
    if result.configuration.accelerator == "none":
        assert result.feeding_tax is None
        assert result.step_us is None
    else:
        assert result.step_us
        assert result.requested_step_us
        assert result.step_us.mean > 0.8 * result.requested_step_us


def test_without_workers_the_consumer_waits_for_the_stages(
    experiment: Callable[..., ExperimentResult],
) -> None:
    """What the DataLoader itself takes is little beside a slow decode."""
    result = experiment(codec="csv", batch=64)
    stages = sum(result.stages_us[name].mean for name in WORKER_STAGES)
    assert 0.5 < stages / result.wait_us.mean <= 1


@pytest.mark.parametrize("stage", REMOVABLE)
def test_a_stage_that_is_removed_has_no_time(
    experiment: Callable[..., ExperimentResult], stage: Stage
) -> None:
    result = experiment(accelerator="h100", remove=stage.value)
    assert set(result.stages_us) == set(SUPPLY_STAGES) - {stage}
    assert (result.step_us is None) == (stage == Stage.STEP)


def test_what_is_left_to_a_device_crosses_in_bytes_and_lengthens_its_step(
    process: PipelineProcess,
) -> None:
    """An H100 of 3.35 TB/s reads a byte of each value and writes four."""
    fields = {**SHORT, "accelerator": "h100", "size": 64}
    chosen = [configuration({**fields, "transform": way}) for way in ("steps", "device")]
    usual, other = (process.measure(c)["facts"] for c in chosen)
    assert usual["batch_tensor_bytes"] == 4 * other["batch_tensor_bytes"]
    longer_ns = other["requested_step_ns"] - usual["requested_step_ns"]
    passed_ns = 5 * other["batch_tensor_bytes"] / 3.35e12 * 1e9
    assert longer_ns == pytest.approx(passed_ns, abs=1)


def test_one_record_in_16_takes_longer(experiment: Callable[..., ExperimentResult]) -> None:
    """A ratio within one window: what is slow is decoded 30 times."""
    result = experiment(tail=30, codec="csv", batch=32)
    decode = result.stages_us["decode"]
    assert result.batches >= 32
    assert decode.max > 8 * decode.p50


def test_a_real_step_begins_with_what_is_left_to_it(
    experiment: Callable[..., ExperimentResult],
) -> None:
    result = experiment(accelerator="cpu", transform="device", size=32, batch=2, workers=1)
    assert result.step_us


def test_an_emulated_disk_is_waited_for(experiment: Callable[..., ExperimentResult]) -> None:
    """A slower disk gives fewer bytes, and never more than it has."""
    slow = experiment(storage="hdd", batch=64, remove="transform")
    assert slow.encoded_bytes_per_s
    assert slow.encoded_bytes_per_s < 200e6
    assert slow.stages_us["storage"].mean > 8_000
    assert slow.late_share <= 0.5


def test_a_step_too_short_to_be_emulated_is_a_warning(
    experiment: Callable[..., ExperimentResult],
) -> None:
    result = experiment(payload="tabular", accelerator="h100", batch=1, size=2)
    assert "or cannot sleep for so short a time" in result.warnings[0]
    assert result.feeding_tax is None


def test_cached_batches_of_single_samples_are_whole(
    experiment: Callable[..., ExperimentResult],
) -> None:
    result = experiment(control="cached", items="sample", accelerator="cpu", size=32)
    assert result.configuration.batch == 8
    assert set(result.stages_us) == {"ipc"}


def check_real_step(result: ExperimentResult) -> None:
    assert result.feeding_tax is not None
    assert result.gpu_busy is not None
    assert result.feeding_tax == pytest.approx(1 - result.gpu_busy)
    assert result.mfu
    assert 0 < result.mfu < 1.05
    assert result.h2d_us
    assert result.requested_step_us is None


def test_a_real_step_runs_on_the_cpu(experiment: Callable[..., ExperimentResult]) -> None:
    check_real_step(experiment(accelerator="cpu", size=32, batch=4, workers=1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")
def test_a_real_step_runs_on_cuda(experiment: Callable[..., ExperimentResult]) -> None:
    check_real_step(experiment(accelerator="cuda", size=32, batch=4, workers=1))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_device_is_an_error(experiment: Callable[..., ExperimentResult]) -> None:
    with pytest.raises(ConfigurationError, match="accelerator: no CUDA device is here"):
        experiment(accelerator="cuda")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"payload": "tokens", "accelerator": "h100"}, "batch: a step over 8 samples takes"),
        (
            {"storage": "s3_standard", "items": "sample", "batch": 4096},
            r"items: 4096 requests a batch, each of 0\.15 s",
        ),
        ({"storage": "s3_glacier_deep"}, "storage: .* data is restored from it first"),
        ({"batch": 1_000_000, "size": 1000}, "batch: .* GB are free; use a smaller batch"),
    ],
    ids=str,
)
def test_what_this_machine_cannot_run_is_an_error_before_anything_starts(
    experiment: Callable[..., ExperimentResult], fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        experiment(**fields)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--storage", "s3_glacier_deep"), "data is restored from it first"),
        (("--config", "nowhere.json"), "nowhere.json: No such file"),
        (("--config", "README.md"), "README.md: this is not JSON"),
    ],
)
def test_an_error_on_the_command_line_is_a_message_and_a_status(
    options: tuple[str, ...], message: str
) -> None:
    done = completed(*options)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_json_of_a_result_is_a_configuration_to_run_again() -> None:
    first = completed("--payload", "tokens", "--codec", "json", "--json")
    assert first.returncode in MEASURED, first.stderr
    again = completed("--config", "-", "--json", text=first.stdout)
    assert again.returncode in MEASURED, again.stderr
    result = json.loads(first.stdout)
    assert json.loads(again.stdout)["configuration"] == result["configuration"]
    assert result["configuration"]["payload"] == "tokens"
    assert result["batches"] >= 8


def test_the_table_shows_the_result() -> None:
    done = completed(
        *("--accelerator", "h100", "--size", "224", "--deadline", "1ms", "--workers", "1")
    )
    assert done.returncode in MEASURED, done.stderr
    for part in ("later than 1 ms", "samples/s", "p99", "a worker's time"):
        assert part in done.stdout
    # On a machine too busy to wake up in time, a warning says why there is none.
    for part in ("feeding tax", "MFU"):
        assert (part in done.stdout) != ("no feeding tax is reported" in done.stderr)


@posix
@pytest.mark.parametrize("accelerator", ["none", "500ms"])
def test_a_worker_that_dies_is_an_error(accelerator: str) -> None:
    """Whether this process waits for a batch then, or is in a step."""
    process = subprocess.Popen(
        command("--workers", "2", "--seconds", "60", "--accelerator", accelerator),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    worker = workers_of(process.pid)[0]
    time.sleep(2)  # for the first step to begin
    worker.kill()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "a worker of the DataLoader broke: it was killed from outside (SIGKILL)" in err
    assert "Traceback" not in err


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_ctrl_c_or_a_closed_terminal_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    shared = Path("/dev/shm")
    before = set(shared.iterdir()) if shared.is_dir() else set()
    process = subprocess.Popen(
        command("--workers", "2", "--seconds", "60", "--sharing", "file_system"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        start_new_session=True,
    )
    workers = workers_of(process.pid)
    os.killpg(process.pid, getattr(signal, name))
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert not list(tmp_path.rglob(".data-factory-*"))
    prefixes = tuple(f"torch_{worker.pid}_" for worker in workers)
    left = [p for p in shared.glob("torch_*") if p.name.startswith(prefixes)]
    assert not set(left) - before


@posix
@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no memory file system here")
def test_what_a_killed_experiment_left_is_removed_by_the_next(tmp_path: Path) -> None:
    def left() -> set[Path]:
        return {p for folder in (tmp_path / "runs", shared) for p in folder.glob(".data-factory-*")}

    shared = Path("/dev/shm")
    before = left()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command("--workers", "2", "--seconds", "60", "--storage", "tmpfs"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=environment,
        start_new_session=True,
    )
    workers_of(process.pid)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert {path.parent for path in left() - before} == {tmp_path / "runs", shared}
    done = subprocess.run(command(), cwd=tmp_path, env=environment, check=False, timeout=120)
    assert done.returncode in MEASURED
    assert not left() - before


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the workers of an experiment, once it is under way."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        sessions = psutil.Process(pid).children()
        children = sessions[0].children(recursive=True) if sessions else []
        if len(children) >= 2 and all(p.cpu_times().user > 0.05 for p in children[:2]):
            return children
        time.sleep(0.05)
    raise AssertionError("no workers were started")
