"""A measuring process has the variables that it needs; what still slows it, it says itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench.system.slowdowns import slowdowns
from bench.worker.process import Worker
from bench.worker.protocol import Job
from bench.worker.variables import ONE_THREAD, allowed, variables
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SLOWING = {
    "PYTHONMALLOC": "debug",
    "PYTHONTRACEMALLOC": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONPROFILEIMPORTTIME": "1",
    "PYTHON_JIT": "0",
    "PYTHONOPTIMIZE": "2",
    "OMP_PLACES": "cores",
    "OMP_PROC_BIND": "true",
    "GOMP_CPU_AFFINITY": "0",
    "KMP_AFFINITY": "compact",
    "OMP_NUM_THREADS": "64",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_PERTURB_": "1",
    "GLIBC_TUNABLES": "glibc.malloc.check=3",
    "LD_PRELOAD": "libjemalloc.so",
    "LD_DEBUG": "all",
    "DYLD_INSERT_LIBRARIES": "libgmalloc.dylib",
    "COVERAGE_PROCESS_START": "x",
    "COV_CORE_SOURCE": "x",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_USER_SIMD_LEVEL": "NONE",
    "ATEN_CPU_CAPABILITY": "default",
    "TORCH_LOGS": "+all",
    "CUDA_LAUNCH_BLOCKING": "1",
    "POLARS_MAX_THREADS": "8",
    "PYTEST_ADDOPTS": "--nothing",
}


@pytest.mark.parametrize("name", sorted(SLOWING.keys() - ONE_THREAD.keys()))
def test_what_changes_speed_is_not_passed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, SLOWING[name])
    assert not allowed(name)
    assert name not in variables({})


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "LC_ALL", "AWS_SECRET_ACCESS_KEY", "https_proxy", "SystemRoot"]
)
def test_what_is_needed_is_passed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert variables({"X": "2"})[name] == "1"
    assert variables({"X": "2"})["X"] == "2"


def test_each_library_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "64")
    assert variables({}).items() >= ONE_THREAD.items()


@pytest.mark.process
@pytest.mark.xdist_group("runs")
def test_a_worker_sees_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SLOWING.items():
        if name not in {"LD_PRELOAD", "LD_DEBUG"}:  # the system's own programs would print
            monkeypatch.setenv(name, value)
    with Worker(Job("test", 1, 0, 1, ())) as worker:
        ready = worker.start()
    assert ready.slowed_by == ()
    assert ready.omp_threads == 1


@pytest.mark.process
@pytest.mark.xdist_group("runs")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.setprofile(lambda *_: None)", "a profile function"),
        ("sys.settrace(lambda *_: None)", "a trace function"),
        ("import tracemalloc; tracemalloc.start()", "tracemalloc"),
    ],
)
def test_what_a_site_starts_in_each_process_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys\n{code}\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    with Worker(Job("test", 1, 0, 1, ())) as worker:
        slowed_by = worker.start().slowed_by
    assert any(words in text for text in slowed_by)


@pytest.mark.process
def test_debug_modes_of_python_are_named() -> None:
    code = "from bench.system.slowdowns import slowdowns; print(slowdowns())"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-X", "tracemalloc", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "development mode" in done.stdout
    assert "tracemalloc" in done.stdout


def test_libraries_that_take_the_place_of_others_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = "7f00-7f01 r-xp 00000000 08:01 1 /usr/lib/x86_64-linux-gnu/libjemalloc.so.2\n"
    texts = {"/proc/self/maps": maps, "/proc/self/status": "TracerPid:\t42\n"}
    monkeypatch.setattr("bench.system.slowdowns._text", lambda path: texts.get(path, ""))
    assert {"the library jemalloc"} <= set(slowdowns())
    assert any("gdb or strace" in text for text in slowdowns())
