"""Really measured runs, small ones: complete, faulty, interrupted, killed, gone on with."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from bench.bundle import (
    Bundle,
    BundleError,
    Problem,
    StoreError,
    parse,
    read,
    references_us,
    write,
)
from bench.bundle.gates import gates
from bench.cases import Filters
from bench.errors import ResumeError, WorkerError
from bench.machine import how_different, machine
from bench.run import record
from bench.run.document import new_document, resumed_document
from bench.run.record import Recorder
from bench.run.runner import execute
from formats.payloads import payload
from formats.payloads.digest import digest
from tests.conftest import ROOT

if TYPE_CHECKING:
    from bench.bundle import Block
    from bench.cases import CaseSpec
    from bench.pipeline.configuration import Configuration
    from bench.presets import Preset
    from bench.run.pipeline_record import Document

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runs")]

CODECS = ("json/lines/orjson", "json/lines/stdlib")
ORJSON, STDLIB = (f"decode/{codec}/tokens-1024/b16" for codec in CODECS)
MEMCPY = "memcpy/tokens-1024/b16"

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


class Watcher:
    """Remembers what a run tells its observer; ends it when told to."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.blocks = 0
        self.failures: dict[str, str] = {}
        self.windows: list[tuple[Configuration, dict[str, Any] | None]] = []
        self._stop_after = stop_after

    def probing(self, what: str) -> None:
        assert what

    def ran(self, configuration: Configuration, window: dict[str, Any] | None) -> None:
        self.windows.append((configuration, window))

    def message(self, text: str) -> None:
        assert text

    def waiting(self, process: int, processes: int) -> None:
        assert 0 <= process < processes

    def measured(self, case: CaseSpec, block: Block, loops: int, *, first: bool) -> None:
        assert loops >= 1
        self.blocks += 1

    def failed(self, case: CaseSpec, problem: Problem, detail: str) -> None:
        self.failures[case.id] = detail

    def progress(self, done: int, left_s: float) -> None:
        assert left_s >= 0
        if done == self._stop_after:
            raise KeyboardInterrupt


def recorder(path: Path, preset: Preset, nonce: str = "test") -> Recorder:
    filters = Filters(payloads=("tokens",), codecs=CODECS)
    document = new_document(preset, seed=1, nonce=nonce, filters=filters)
    return Recorder(path, document)


def slots(bundle: Bundle) -> dict[tuple[str, int, int, int], Block]:
    """Return what was measured, without gates: they are judged again as canaries come in."""
    result = {
        (case.id, block.process, block.window, block.attempt): block._replace(gates="")
        for case in bundle.cases
        for block in case.blocks
    }
    assert len(result) == sum(len(case.blocks) for case in bundle.cases), "measured twice"
    return result


def test_a_run_measures_every_case_in_every_process(tiny: Preset, tmp_path: Path) -> None:
    path, watcher = tmp_path / "bundle.json", Watcher()
    execute(recorder(path, tiny), watcher)
    bundle = read(path)
    assert bundle.run.state == "complete"
    assert [case.id for case in bundle.cases] == [MEMCPY, STDLIB, ORJSON]
    first = {(name, process) for name, process, _, attempt in slots(bundle) if attempt == 1}
    assert first == {(case.id, k) for case in bundle.cases for k in range(2)}
    orders = [block.order for case in bundle.cases for block in case.blocks]
    assert sorted(orders) == list(range(watcher.blocks))
    tokens = payload("tokens")
    assert [d.sha256 for d in bundle.data] == [digest(tokens, tokens.generate("test", 16))]
    for case in bundle.cases:
        assert case.decoded_bytes == 16 * 1024 * 4
        for block in case.blocks:
            assert (len(block.warmup_us), len(block.samples_us)) == (1, 2)
    assert bundle.threads is not None
    assert (bundle.threads.arrow, bundle.threads.omp) == (1, 1)
    assert bundle.after is not None


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose code every measuring process runs before anything else."""
    folder = tmp_path / "fault"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
    return folder / "sitecustomize.py"


REPLACE = """
import sys
if "bench.worker" in sys.orig_argv:
    from formats.json.orjson import Codec
    def decode(self, data, out=None):
        {body}
    real, Codec.decode = Codec.decode, decode
"""


@pytest.mark.parametrize(
    ("body", "problem", "detail"),
    [
        ("raise ValueError('no such thing in /home/planted')", Problem.RAISED, "no such thing"),
        (
            "batch = real(self, data, out); batch['ids'][0, 0] += 1; return batch",
            Problem.WRONG_OUTPUT,
            "ids",
        ),
        ("import os; os.write(2, b'native trouble'); os._exit(9)", Problem.CRASHED, "status 9"),
        ("raise SystemExit('a library that gives up')", Problem.RAISED, "gives up"),
        ("raise ValueError('bytes \\udcff in it')", Problem.RAISED, "in it"),
    ],
)
def test_a_faulty_decoder_is_left_out_and_the_rest_measured(
    tiny: Preset, tmp_path: Path, fault: Path, body: str, problem: Problem, detail: str
) -> None:
    fault.write_text(REPLACE.format(body=body))
    path, watcher = tmp_path / "bundle.json", Watcher()
    execute(recorder(path, tiny), watcher)
    bundle = read(path)
    assert bundle.run.state == "complete"
    assert {case.id: case.problem for case in bundle.cases} == {
        ORJSON: problem,
        MEMCPY: None,
        STDLIB: None,
    }
    assert {name for name, *_ in slots(bundle)} == {MEMCPY, STDLIB}
    assert bundle.run.left_out == ()
    assert detail in watcher.failures[ORJSON]
    assert b"planted" not in path.read_bytes()


def test_a_decoder_that_hangs_is_left_out(
    tiny: Preset, tmp_path: Path, fault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.write_text(REPLACE.format(body="import time; time.sleep(1000)"))
    monkeypatch.setattr("bench.worker.process.BLOCK_S", 4.0)
    path, watcher = tmp_path / "bundle.json", Watcher()
    execute(recorder(path, tiny), watcher)
    assert [case.problem for case in read(path).cases] == [None, None, Problem.CRASHED]
    assert "no answer within 4 s" in watcher.failures[ORJSON]


def test_a_process_that_cannot_start_says_why(tiny: Preset, tmp_path: Path, fault: Path) -> None:
    fault.write_text("import sys\nif 'bench.worker' in sys.orig_argv: sys.modules['pytest'] = None")
    with pytest.raises(WorkerError, match=r"could not start[\s\S]*pytest"):
        execute(recorder(tmp_path / "bundle.json", tiny), Watcher())


def test_interrupted_and_resumed_nothing_is_lost_or_measured_twice(
    tiny: Preset, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.json"
    for stop_after in (2, 4):
        begun = path.exists()
        with pytest.raises(KeyboardInterrupt):
            execute(
                Recorder(path, resumed_document(read(path))) if begun else recorder(path, tiny),
                Watcher(stop_after),
            )
        bundle = read(path)
        assert bundle.run.state == "partial"
        assert len(slots(bundle)) == stop_after
    before = slots(bundle)
    execute(Recorder(path, resumed_document(bundle)), Watcher())
    complete = read(path)
    after = slots(complete)
    assert (complete.run.state, complete.run.launches) == ("complete", 3)
    assert {name: after[name] for name in before} == before
    assert {(n, p) for n, p, _, a in after if a == 1} == {
        (case.id, k) for case in complete.cases for k in range(2)
    }
    assert complete.run.elapsed_ns > bundle.run.elapsed_ns


def test_a_full_disk_ends_the_run_and_keeps_what_was_measured(
    tiny: Preset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.json"
    keeper = recorder(path, tiny)
    real, written = os.fsync, 0

    def fill_up(handle: int) -> None:
        nonlocal written
        written += 1
        if written > 3:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr("os.fsync", fill_up)
    with pytest.raises(StoreError, match="the disk is full"):
        execute(keeper, Watcher())
    monkeypatch.undo()
    assert len(slots(read(path))) == keeper.blocks == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bundle.json"]


def test_a_run_that_cannot_be_resumed_says_why(tiny: Preset, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    recorder(path, tiny).save(0)
    bundle = read(path)

    def changed(**parts: object) -> Bundle:
        return bundle.model_copy(update=parts)

    complete = changed(run=bundle.run.model_copy(update={"state": "complete"}))
    unknown = changed(run=bundle.run.model_copy(update={"preset": "gone"}))
    other_code = changed(
        cases=(bundle.cases[0].model_copy(update={"source": "0" * 32}), *bundle.cases[1:])
    )
    other_machine = changed(machine=bundle.machine.model_copy(update={"cpu": "another"}))
    for result, message in (
        (complete, "complete; there is nothing to resume"),
        (unknown, "'gone' is not known here"),
        (other_code, "the code has changed"),
        (other_machine, "cpu is not what that run began with"),
    ):
        with pytest.raises(ResumeError, match=message):
            resumed_document(result)


def test_what_differs_is_named_with_both_values() -> None:
    here = machine()
    assert how_different(here) is None
    other = here.model_copy(update={"cpu": "Abacus 3000"})
    assert how_different(other) == f"another cpu: Abacus 3000, here {here.cpu}"
    libraries = {**here.libraries, "numpy": "1.0", "abacus": "3"}
    assert how_different(here.model_copy(update={"libraries": libraries})) == (
        "other versions of libraries: abacus 3, here missing; "
        f"numpy 1.0, here {here.libraries['numpy']}"
    )


def start(environment: dict[str, str], cwd: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench", "run", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=cwd,
        start_new_session=True,
    )


SMALL = ("--payload", "audio", "--codec", "protobuf/messages/wire", "--out", "run")


def wait_for(path: Path, blocks: int) -> Bundle:
    """Wait until a bundle holds so many blocks."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists():
            bundle = read(path)
            if len(slots(bundle)) >= blocks:
                return bundle
        time.sleep(0.02)
    raise AssertionError("nothing was measured within a minute")


@posix
def test_kill_9_at_any_moment_leaves_a_valid_bundle(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path, rng = tmp_path / "run" / "bundle.json", random.Random(20)
    before: dict[tuple[str, int, int, int], Block] = {}
    for attempt in range(3):
        options = ("--resume", "run") if attempt else SMALL
        process = start(environment, tmp_path, *options)
        wait_for(path, len(before) + 1)
        time.sleep(rng.uniform(0, 0.6))
        process.kill()
        process.communicate()
        result = slots(read(path))
        assert {name: result[name] for name in before} == before
        before = result
    process = start(environment, tmp_path, "--resume", "run")
    out, err = process.communicate(timeout=120)
    assert process.returncode in {0, 3}, err
    assert out.strip() == str(Path("run/bundle.json"))
    bundle = read(path)
    after = slots(bundle)
    assert bundle.run.state == "complete"
    assert {name: after[name] for name in before} == before
    first = {(n, p, w) for n, p, w, a in after if a == 1}
    assert first == {(c.id, p, w) for c in bundle.cases for p in range(3) for w in range(2)}
    assert sorted(p.name for p in path.parent.iterdir()) == ["bundle.json"]


@pytest.mark.parametrize("renamed", [False, True])
def test_what_is_kept_is_what_is_on_disk(
    tiny: Preset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: bool
) -> None:
    """However far the write was that a Ctrl-C cut short."""
    path = tmp_path / "bundle.json"
    run = recorder(path, tiny)
    execute(run, Watcher())
    blocks = run.blocks

    def cut_short(path: Path, document: Document) -> None:
        if renamed:
            write(path, document)
        raise KeyboardInterrupt

    monkeypatch.setattr(record, "write", cut_short)
    del run._document["cases"][0]["blocks"][0]
    with pytest.raises(KeyboardInterrupt):
        run.save(1)
    assert run.blocks == blocks - renamed
    path.unlink()
    with pytest.raises(KeyboardInterrupt):
        run.save(1)
    assert run.blocks == (blocks - 1 if renamed else 0)


@posix
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_was_measured_and_says_how_to_go_on(
    environment: dict[str, str], tmp_path: Path, sent: signal.Signals
) -> None:
    path = tmp_path / "run" / "bundle.json"
    process = start(environment, tmp_path, *SMALL)
    wait_for(path, 2)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    os.killpg(process.pid, sent)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    bundle = parse(path.read_bytes(), "interrupted")
    assert bundle.run.state == "partial"
    assert f"{len(slots(bundle))} measured blocks are kept" in err
    assert "--resume run" in err
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


def test_a_measuring_process_ends_with_its_run(environment: dict[str, str], tmp_path: Path) -> None:
    """However the run ends: its pipe closes, and the process asks for no more."""
    process = start(environment, tmp_path, *SMALL)
    wait_for(tmp_path / "run" / "bundle.json", 1)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


def test_a_run_that_had_no_time_left_is_finished_when_resumed(tiny: Preset, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    recorder(path, tiny).save(10**12)
    execute(Recorder(path, resumed_document(read(path))), Watcher())
    bundle = read(path)
    assert (bundle.run.state, bundle.run.left_out) == ("complete", ())
    assert {(n, p) for n, p, *_ in slots(bundle)} == {
        (c.id, k) for c in bundle.cases for k in (0, 1)
    }


def test_stored_gates_are_those_of_all_canaries_of_a_process(tiny: Preset, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    execute(recorder(path, tiny), Watcher())
    bundle = read(path)
    references = references_us(bundle)
    for case in bundle.cases:
        for block in case.blocks:
            assert block.gates == gates(block, references[block.process])


def test_reading_a_bundle_that_is_none_names_it(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    with pytest.raises(BundleError, match=r"bundle\.json"):
        read(tmp_path)
