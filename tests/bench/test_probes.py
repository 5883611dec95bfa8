"""Stages alone: what is read is counted, and cold is what came from the disk."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest

from bench import bundle as bundles
from bench import presets
from bench.bundle import Storage
from bench.cases import Filters
from bench.probe import UnavailableError
from bench.probes import storage
from bench.probes.storage import KIB, PATTERNS, Ground, Pattern, Reads, read
from bench.record import Recorder, new_document, resumed_document
from bench.runner import execute
from tests.bench.test_run import Watcher
from tests.conftest import TINY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("ground"), size=1 << 20, files=24)


def done(found: Reads | str) -> Reads:
    assert isinstance(found, Reads), found
    return found


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_a_pattern_reads_all_of_its_ground_once(ground: Ground, pattern: Pattern) -> None:
    found = done(read(ground, pattern, "warm", limit_s=60))
    whole = 24 * 16 * KIB if pattern.order == "files" else ground.size
    assert found.bytes == whole
    assert found.requests == whole // pattern.request
    assert found.ns > 0
    assert found.rate == pytest.approx(found.bytes / found.ns * 1e9)


def test_a_pattern_ends_in_time(ground: Ground) -> None:
    found = done(read(ground, Pattern("random", KIB, 2), "warm", limit_s=0))
    assert found.requests == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_what_lies_in_the_cache_is_not_called_cold(ground: Ground) -> None:
    found = done(read(ground, Pattern("sequential", 64 * KIB, 1), "warm", limit_s=60))
    assert found.cold is False


@pytest.mark.parametrize(
    ("counted", "cold"), [(900, True), (899, False), (0, False), ("unavailable: no", None)]
)
def test_cold_is_what_came_from_the_disk(counted: int | str, cold: bool | None) -> None:
    assert Reads(PATTERNS[0], "cold", 1, 1000, 1, counted).cold is cold


def test_where_no_cache_can_be_dropped_the_reason_is_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    said = read(ground, PATTERNS[0], "cold", limit_s=60)
    assert said == "unavailable: no way to drop a file from the cache here"


def test_a_system_that_counts_nothing_is_said_to(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise UnavailableError("not counted")

    monkeypatch.setattr(storage, "_disk_bytes", refuse)
    found = done(read(ground, PATTERNS[2], "warm", limit_s=60))
    assert found.disk_bytes == "unavailable: not counted"
    assert found.cold is None


def test_a_probe_is_what_a_bundle_holds_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PATTERNS", PATTERNS[:1])
    found = Storage.model_validate_json(orjson.dumps(storage.probe(tmp_path, limit_s=60)))
    assert {reads.state for reads in found.reads} >= {"warm"}
    assert all(r.requests * r.request_bytes == 64 * storage.MIB for r in found.reads)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Ground:
        raise OSError(28, "No space left on device", "/home/somebody/secret")

    monkeypatch.setattr(storage, "Ground", full)
    assert storage.probe(tmp_path, limit_s=1) == "unavailable: OSError"
    assert not list(tmp_path.iterdir())


def test_a_run_of_everything_reads_the_disk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = replace(TINY, storage_s=0.01)
    monkeypatch.setitem(presets.PRESETS, TINY.name, preset)
    probed: list[Path] = []
    found: dict[str, object] = {"reads": [], "cold": "unavailable: a test"}

    def probe(folder: Path, limit_s: float) -> dict[str, object]:
        assert limit_s == 0.01
        probed.append(folder)
        return found

    monkeypatch.setattr(storage, "probe", probe)
    path = tmp_path / "bundle.json"
    with pytest.raises(KeyboardInterrupt):
        execute(Recorder(path, new_document(preset, seed=1, nonce="test")), Watcher(stop_after=1))
    with pytest.raises(KeyboardInterrupt):
        execute(Recorder(path, resumed_document(bundles.read(path))), Watcher(stop_after=2))
    assert probed == [tmp_path]
    stored = bundles.read(path).storage
    assert isinstance(stored, Storage)
    assert stored.cold == "unavailable: a test"


def test_a_run_of_a_selection_does_not_read_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    everything = new_document(TINY, seed=1, nonce="test")
    selection = new_document(TINY, seed=1, nonce="test", filters=Filters(payloads=("tokens",)))
    assert Recorder(path, everything).wants_storage
    assert not Recorder(path, selection).wants_storage
