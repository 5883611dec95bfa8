"""Small runs for tests: made by hand where numbers matter, really measured where behaviour does."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from bench import presets
from bench.bundle import Block, Bundle, parse
from bench.bundle.canonical import dumps
from bench.presets import Preset, Sweep
from bench.run.document import new_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.run.pipeline_record import Document

# How long an example takes says nothing on a busy machine.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

ROOT = Path(__file__).parents[1]
MEASURED = {0, 3}  # statuses; 3: the core of this machine was slowed all the time

# A shell's background job ignores Ctrl-C, and so would every process that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Under nohup they would ignore that the terminal was closed.
if os.name == "posix" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# What starts a process says so here; a test that does so without the mark is an error.
_STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn"}
_starts: list[str] = []


def _note_start(event: str, _: tuple[object, ...]) -> None:
    if event in _STARTS:
        _starts.append(event)


sys.addaudithook(_note_start)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that starts a process and isn't marked `process`, for `nox -s quick`."""
    _starts.clear()
    yield
    if _starts and not any(item.iter_markers("process")):
        pytest.fail(f"starts a process ({_starts[0]}); mark it `process`")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run groups first, each on one core for minutes: begun last, they would leave others idle."""
    items.sort(key=lambda item: not any(item.iter_markers("xdist_group")))


TINY = Preset(
    "tiny", "for tests", 60, 2, 1, 2, 1, sweeps=(Sweep("small", kinds=("decode", "memcpy")),)
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Preset:
    """A preset of two processes with one window of two samples."""
    monkeypatch.setitem(presets.PRESETS, TINY.name, TINY)
    return TINY


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Environment of a command run as a user would, from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}


def command(
    module: str, environment: dict[str, str], cwd: Path, *arguments: str
) -> tuple[int, str, str]:
    """Run `python -m module ...` as a user would; return its exit status, stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def block(
    *samples_ms: float,
    process: int = 0,
    window: int = 0,
    attempt: int = 1,
    order: int = 0,
    canary_us: tuple[int, ...] | None = None,
    cpu_share: float = 1.0,
    warmup_ms: tuple[float, ...] = (),
    gates: str = "",
) -> Block:
    """Return a block of given samples, by default on a calm core."""
    samples = tuple(round(ms * 1e3) for ms in samples_ms)
    warmup = tuple(round(ms * 1e3) for ms in warmup_ms)
    return Block(
        process=process,
        window=window,
        attempt=attempt,
        order=order,
        cpu_us=round(cpu_share * (sum(samples) + sum(warmup))),
        warmup_us=warmup,
        samples_us=samples,
        canary_us=canary_us or (500,) * (len(samples) + len(warmup) + 1),
        gates=gates,
    )


@pytest.fixture(scope="session")
def new_standard_document() -> Document:
    """The document of a standard run, made once, for it asks the machine what it is."""
    return new_document(presets.PRESETS["standard"], seed=1, nonce="test")


@pytest.fixture
def document(new_standard_document: Document) -> Document:
    """The document of a standard run that has measured nothing yet."""
    return copy.deepcopy(new_standard_document)


@pytest.fixture
def make_bundle(document: Document) -> Callable[[dict[str, list[Block]]], Bundle]:
    """Make a complete bundle in which the named cases, and no others, have these blocks."""

    def make(blocks: dict[str, list[Block]], **run: object) -> Bundle:
        for case in document["cases"]:
            if case["id"] in blocks:
                case |= {"blocks": blocks[case["id"]], "loops": 1, "encoded_bytes": 1000}
        processes = {block.process for rows in blocks.values() for block in rows}
        document["run"] |= {
            "state": "complete",
            "elapsed_ns": 10**9,
            "processes": max(processes, default=0) + 1,
            **run,
        }
        document["before"] |= {"busy_percent": 0}
        document["pipeline"] = None  # tests of its own
        document["after"] = document["before"]
        return parse(dumps(document), "made for a test")

    return make
