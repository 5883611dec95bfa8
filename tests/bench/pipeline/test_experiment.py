"""The whole pipeline: what is measured is there and adds up; what breaks says what to do."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from bench.bundle import Times
from bench.errors import ConfigurationError
from bench.options import OPTIONS, deadline
from bench.pipeline.configuration import Configuration, codec_of, configuration
from bench.pipeline.link import Link, Passage
from bench.pipeline.outcome import outcome
from bench.pipeline.window import times
from bench.stages import REMOVABLE
from hardware_profiles.service import Service

if TYPE_CHECKING:
    from collections.abc import Sequence

torch = pytest.importorskip("torch", reason="the pipeline is torch's")

ROOT = Path(__file__).parents[3]
SHORT = ("--seconds", "0.1", "--batch", "8")
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "bench", "experiment", *SHORT, *options]


def told(*options: str, data: str | None = None) -> Any:
    done = subprocess.run(
        [*command(*options), "--json"],
        input=data,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "options",
    [
        ("--payload", "image", "--codec", "json"),
        ("--payload", "tabular", "--codec", "csv/rows/stdlib", "--workers", "1"),
        ("--payload", "tokens", "--codec", "protobuf", "--workers", "2", "--prefetch", "1"),
        ("--payload", "audio", "--items", "sample", "--workers", "1"),
        ("--payload", "audio", "--start", "spawn", "--workers", "1", "--batch", "1"),
        ("--payload", "audio", "--accelerator", "hearable", "--batch", "1", "--workers", "1"),
        ("--sharing", "file_system", "--workers", "1", "--storage", "ebs_gp2"),
        ("--storage", "s3_standard", "--batch", "4"),
        ("--control", "cached", "--accelerator", "h100"),
    ],
    ids=" ".join,
)
def test_what_an_experiment_tells_adds_up(options: tuple[str, ...]) -> None:
    found = told(*options)
    assert found["batches"] >= 8
    assert found["period_us"]["mean"] * found["batches"] == pytest.approx(found["seconds"] * 1e6)
    samples = found["configuration"]["batch"] * found["batches"]
    assert found["samples_per_s"] == pytest.approx(samples / found["seconds"])
    for name in ("period_us", "wait_us"):
        shares = [found[name][share] for share in ("p50", "p95", "p99", "max")]
        assert shares == sorted(shares)
    assert 0 < len(found["raw_us"]) <= 100
    if found["configuration"]["accelerator"] == "none":
        assert found["feeding_tax"] is None
    else:
        assert 0 <= found["feeding_tax"] == pytest.approx(1 - found["gpu_busy"])
        assert found["step_us"]["mean"] > 0.8 * found["requested_step_us"]


def test_without_workers_the_stages_are_the_wait() -> None:
    """What the loader itself takes is little beside a slow decode."""
    found = told("--codec", "csv", "--batch", "64")
    stages = sum(found["stages_us"][name]["mean"] for name in ("storage", "decode", "transform"))
    assert 0.5 < stages / found["wait_us"]["mean"] <= 1


@pytest.mark.parametrize("stage", REMOVABLE)
def test_a_stage_that_is_removed_is_not_there(stage: str) -> None:
    found = told("--accelerator", "h100", "--remove", stage)
    assert set(found["stages_us"]) == {"storage", "decode", "transform", "ipc"} - {stage}
    assert (found["step_us"] is None) == (stage == "step")


def test_an_emulated_disk_is_waited_for() -> None:
    """A slower disk gives fewer bytes, and never more than it has."""
    slow = told("--storage", "hdd", "--batch", "64", "--remove", "transform")
    assert slow["encoded_bytes_per_s"] < 200e6
    assert slow["stages_us"]["storage"]["mean"] > 8_000
    assert slow["late_share"] <= 0.5


def test_what_one_must_know_to_read_it_right_is_said() -> None:
    found = told("--payload", "tabular", "--accelerator", "h100", "--batch", "1", "--size", "2")
    assert "or no sleep is so short" in found["warnings"][0]
    assert "a sample has" in found["warnings"][1]
    usual = told("--accelerator", "h100", "--size", "224", "--batch", "64")
    assert not any("a sample has" in said for said in usual["warnings"])


@pytest.mark.parametrize(
    ("late", "said"), [(40, "this machine was slower than nvme_gen5 for 40%"), (4, "")]
)
def test_a_tier_faster_than_this_machine_is_never_faked(late: int, said: str) -> None:
    spread = [1_000_000, 10_000, 10_000, 10_000, 10_000]
    window: dict[str, Any] = {
        **dict.fromkeys(("started_us", "disk_bytes", "h2d", "step"), None),
        **dict.fromkeys(("first_batch_us", "consumer_cpu_us", "ready", "queued"), 0),
        **dict.fromkeys(("wait", "period"), spread),
        "batches": 100,
        "us": 1_000_000,
        "reads": 100,
        "late_reads": late,
        "workers_cpu_us": [],
        "stages": {},
        "raw": [],
        "canary_us": [500],
        "energy_uj": {},
    }
    facts = {
        **dict.fromkeys(("encoded_bytes", "decoded_bytes", "batch_tensor_bytes", "tensors"), 1),
        **dict.fromkeys(("requested_step_ns", "flop", "peak_flop_s"), None),
    }
    measured = {"window": window, "facts": facts, "left_over": False, "missed": 0}
    found = outcome(configuration({"storage": "nvme_gen5"}), measured)
    assert found.late_share == late / 100
    assert " ".join(found.warnings).startswith(said)
    assert bool(found.warnings) == bool(said)


def test_cached_batches_of_the_naive_way_are_whole() -> None:
    found = told("--control", "cached", "--items", "sample", "--accelerator", "cpu", "--size", "32")
    assert found["configuration"]["batch"] == 8
    assert set(found["stages_us"]) == {"ipc"}


def test_a_configuration_can_be_given_as_json_and_run_again() -> None:
    first = told("--payload", "tokens", "--codec", "json")
    again = told("--config", "-", data=json.dumps(first))
    assert again["configuration"] == first["configuration"]


def test_the_table_shows_what_was_asked_for() -> None:
    done = subprocess.run(
        command("--accelerator", "h100", "--size", "224", "--deadline", "1ms", "--workers", "1"),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    for part in ("later than 1 ms", "samples/s", "p99", "a worker's time"):
        assert part in done.stdout
    # On a machine too busy to wake in time it is said why there is none.
    for part in ("feeding tax", "MFU"):
        assert (part in done.stdout) != ("no feeding tax is told" in done.stderr)


def test_options_and_configuration_have_the_same_fields() -> None:
    names = {option.name.replace("-", "_") for option in OPTIONS}
    assert names | {"deadline_ms"} == set(Configuration.model_fields)


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({"workers": -1}, ["workers", "greater than or equal to 0", "-1"]),
        ({"batch": 0}, ["batch", "greater than or equal to 1"]),
        ({"batch": "many"}, ["batch", "valid integer", "'many'"]),
        ({"payload": "video"}, ["payload", "image, tokens"]),
        ({"codec": "xml"}, ["codec", "csv, json, parquet, protobuf"]),
        ({"codec": "csv/rows/xml"}, ["codec", "csv/rows/stdlib"]),
        ({"payload": "tabular", "codec": "parquet/png"}, ["codec", "holds no tabular"]),
        ({"storage": "floppy"}, ["storage", "disk, cold, tmpfs, s3://bucket/prefix, ebs_gp2"]),
        ({"workload": "gpt"}, ["workload", "resnet50"]),
        ({"workload": "dlrm"}, ["workload", "takes tabular, not image"]),
        ({"accelerator": "tpu"}, ["accelerator", "none, cpu, cuda, mps, h100", "10ms"]),
        ({"payload": "audio", "accelerator": "h100"}, ["accelerator", "hearable"]),
        (
            {"payload": "audio", "accelerator": "hearable", "phase": "train"},
            ["phase", "serve only"],
        ),
        ({"accelerator": "cuda", "accelerators": 8}, ["accelerators", "one cuda really runs"]),
        ({"accelerator": "cpu", "phase": "serve"}, ["phase", "a training step"]),
        ({"accelerator": "cpu", "size": 8}, ["accelerator", "32 pixels a side"]),
        ({"payload": "image-"}, ["payload", "image, tokens"]),
        ({"control": "cached", "storage": "hdd"}, ["control", "leave out storage"]),
        ({"accelerator": "cpu", "remove": "transform"}, ["remove", "needs transformed samples"]),
        ({"size": 10**400}, ["size", "less than or equal"]),
        ({"remove": "network"}, ["remove", "'storage', 'decode', 'transform' or 'step'"]),
        ({"speed": 3}, ["speed", "payload, size, codec"]),
    ],
)
def test_what_cannot_be_run_names_the_field_and_the_choices(
    fields: dict[str, object], parts: Sequence[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration(fields)
    (problem,) = caught.value.problems
    assert problem.startswith(parts[0])
    for part in parts[1:]:
        assert part in problem


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration({"codec": "xml", "storage": "floppy", "workload": "dlrm"})
    assert [p.split(":")[0] for p in caught.value.problems] == ["codec", "storage", "workload"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--payload", "tokens", "--accelerator", "h100"), "a step over 8 samples takes"),
        (
            ("--storage", "s3_standard", "--items", "sample", "--batch", "4096"),
            "4096 requests a batch, each of 0.15 s",
        ),
        (("--storage", "s3_glacier_deep"), "data is restored from it first"),
        (("--batch", "1000000", "--size", "1000"), "GB are free; use a smaller batch"),
        (("--config", "nowhere.json"), "nowhere.json: No such file"),
        (("--config", "README.md"), "README.md: this is no JSON"),
    ],
)
def test_what_this_machine_cannot_run_is_an_error_before_anything_starts(
    options: tuple[str, ...], said: str
) -> None:
    done = subprocess.run(
        command(*options), capture_output=True, text=True, cwd=ROOT, check=False, timeout=120
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("codec", "full"),
    [("json", "json/lines/"), ("json/flat", "json/flat/"), ("csv/rows/stdlib", "csv/rows/stdlib")],
)
def test_a_format_or_layout_stands_for_its_fastest_codec(codec: str, full: str) -> None:
    assert codec_of(configuration({"codec": codec})).startswith(full)


@pytest.mark.parametrize(("text", "ms"), [("10ms", 10), ("0.5s", 500), ("2", 2000)])
def test_deadlines(text: str, ms: float) -> None:
    assert deadline(text) == ms


def turn() -> Any:
    return multiprocessing.Value("q", 0)


def test_a_link_gives_each_request_its_turn() -> None:
    link = Link(turn(), Service(1e6, 0.01, None))
    assert link.book(1000, asked_ns=0) == 1_000_000 + 10_000_000
    # The second waits for the first, though its first byte is on its way at the same time.
    assert link.book(500, asked_ns=0) == 1_500_000 + 10_000_000
    # An idle link saves nothing up.
    assert link.book(1000, asked_ns=50_000_000) == 51_000_000 + 10_000_000
    # A disk that turns: so many requests a second, however small they are.
    disk = Link(turn(), Service(1e9, 0.005, 100))
    assert disk.book(1000, asked_ns=0) == 10_000_000 + 1000
    assert disk.book(20_000_000, asked_ns=0) == 10_000_000 + 1000 + 10_000_000 + 20_000_000
    # Flash: so many requests a second, and each waits for its first byte beside the others.
    flash = Link(turn(), Service(1e9, 0.005, 1000))
    assert flash.book(1000, asked_ns=0) == 5_000_000 + 1000
    assert flash.book(1000, asked_ns=0) == 1_000_000 + 5_000_000 + 1000


def test_what_a_sleep_lasted_too_long_makes_no_read_late() -> None:
    passage = Passage(Link(turn(), Service(1e9, 0.0, None)))
    passage._lag_ns = 3_000_000
    assert not passage.wait(1_000_000, passage.ask())
    assert passage._lag_ns > 1_500_000


def test_what_came_later_than_the_link_gives_it_is_late() -> None:
    passage = Passage(Link(turn(), Service(1e9, 0.0, None)))
    assert passage.wait(1_000_000, passage.ask() - 10_000_000)


def test_times_are_summed_and_ordered() -> None:
    assert times(range(0, 1_000_000, 1000)) == Times(499_500, 500, 949, 989, 999)
    assert times([5000]) == Times(5, 5, 5, 5, 5)


@posix
def test_a_worker_that_dies_is_a_clear_error() -> None:
    process = subprocess.Popen(
        command("--workers", "2", "--seconds", "60", "--batch", "8"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    worker = workers_of(process.pid)[0]
    worker.kill()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "a worker of the DataLoader broke" in err
    assert "Traceback" not in err


@posix
@pytest.mark.parametrize("sent", ["SIGINT", "SIGHUP"])
def test_ctrl_c_or_a_closed_terminal_leaves_nothing_behind(sent: str, tmp_path: Path) -> None:
    if signal.getsignal(getattr(signal, sent)) is signal.SIG_IGN:
        pytest.skip("the tests run under nohup")
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
    os.killpg(process.pid, getattr(signal, sent))
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert not list(tmp_path.rglob(".data-factory-*"))
    mine = tuple(f"torch_{worker.pid}_" for worker in workers)
    assert not [p for p in shared.glob("torch_*") if p not in before and p.name.startswith(mine)]


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the workers of an experiment, once it is under way."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        hosts = psutil.Process(pid).children()
        children = hosts[0].children(recursive=True) if hosts else []
        if len(children) >= 2 and all(p.cpu_times().user > 0.05 for p in children[:2]):
            return children
        time.sleep(0.05)
    raise AssertionError("no workers were started")


def test_resnet_50_is_the_one_it_is_said_to_be() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    from bench.pipeline.resnet import PARAMETERS, ResNet50

    model = ResNet50().eval()
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        assert model(torch.zeros(1, 3, 224, 224)).shape == (1, 1000)
    # 4.089 GMAC, as torchvision counts its own; two operations each.
    assert counter.get_total_flops() / 2e9 == pytest.approx(4.089, rel=1e-3)


def real_step(name: str) -> None:
    found = told("--accelerator", name, "--size", "32", "--batch", "4", "--workers", "1")
    assert found["feeding_tax"] == pytest.approx(1 - found["gpu_busy"])
    assert 0 < found["mfu"] < 1.05
    assert found["h2d_us"]["mean"] >= 0
    assert found["requested_step_us"] is None


def test_a_real_step_runs_on_the_cpu() -> None:
    real_step("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")
def test_a_real_step_runs_on_cuda() -> None:
    real_step("cuda")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_said_to_be() -> None:
    done = subprocess.run(
        command("--accelerator", "cuda"), capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    assert "no CUDA device is here" in done.stderr
