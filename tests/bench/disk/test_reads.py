"""Stages alone: what is read is counted, and cold is what came from the disk."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import orjson
import pytest

from bench import bundle as bundles
from bench import presets
from bench.availability import UnavailableError
from bench.bundle import Storage, StorageReads
from bench.cases import Filters
from bench.disk import cache
from bench.disk import reads as disk_reads
from bench.disk.reads import KIB, PATTERNS, Ground, Pattern, read
from bench.run.record import Recorder, new_document, resumed_document
from bench.run.runner import execute
from tests.bench.run.test_run import Watcher
from tests.conftest import TINY

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("ground"), size=1 << 20, files=24)


def done(found: StorageReads | str) -> StorageReads:
    assert isinstance(found, StorageReads), found
    return found


def refuse(*_: object) -> int:
    raise UnavailableError("not told")


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("state", ["warm", "cold", "direct"])
def test_a_pattern_reads_all_of_its_ground_once(
    ground: Ground, pattern: Pattern, state: str
) -> None:
    if pattern.order not in disk_reads.STATES[state].orders:
        pytest.skip(f"{pattern.order} are not read {state}")
    found = read(ground, pattern, state, limit_s=60)
    if isinstance(found, str) and state != "warm":
        pytest.skip(found)
    whole = 24 * 16 * KIB if pattern.order == "files" else ground.size
    assert done(found).total_bytes == whole
    assert done(found).requests == whole // pattern.request


def test_a_pattern_ends_in_time(ground: Ground) -> None:
    found = done(read(ground, Pattern("random", KIB, 2), "warm", limit_s=0))
    assert found.requests == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_what_lies_in_the_cache_is_not_called_cold(ground: Ground) -> None:
    found = done(read(ground, Pattern("sequential", 64 * KIB, 1), "warm", limit_s=60))
    assert found.from_disk is False


@pytest.mark.parametrize(
    ("counted", "resident", "from_disk"),
    [
        (900, None, True),
        (899, None, False),
        (899, 0, False),  # what is counted goes before what may have changed since
        (900, 100, True),
        ("unavailable: no", 0, True),
        ("unavailable: no", 1, False),
        ("unavailable: no", "unavailable: no", None),
        ("unavailable: no", None, None),
    ],
)
def test_cold_is_what_came_from_the_disk(
    counted: int | str, resident: int | str | None, from_disk: bool | None
) -> None:
    found = StorageReads(
        order="random",
        request_bytes=1000,
        readers=1,
        state="cold",
        requests=1,
        us=1,
        disk_bytes=counted,
        resident_percent=resident,
    )
    assert found.from_disk is from_disk


@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="no mincore here")
def test_pages_in_the_cache_are_counted(tmp_path: Path) -> None:
    """A file that was just read lies in memory, and one that was never written nowhere."""
    empty, full = tmp_path / "empty", tmp_path / "full"
    for path in (empty, full):
        path.touch()
        os.truncate(path, 256 * KIB)
    assert cache.resident_percent([empty]) == 0
    full.write_bytes(b"x" * 256 * KIB)
    assert full.read_bytes()
    assert cache.resident_percent([full]) == 100
    assert cache.resident_percent([empty, full]) == 50


@pytest.mark.parametrize("order", ["sequential", "files"])
def test_where_reads_are_not_counted_pages_tell(
    ground: Ground, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "disk_bytes", refuse)
    monkeypatch.setattr(cache, "drop", lambda paths: None)
    for resident in (0, 3):
        monkeypatch.setattr(cache, "resident_percent", lambda paths, told=resident: told)
        found = done(read(ground, Pattern(order, 16 * KIB, 1), "cold", limit_s=60))
        assert found.disk_bytes == "unavailable: not told"
        assert found.resident_percent == resident
        assert found.from_disk is (resident == 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_both_proofs_agree_on_a_cold_read(ground: Ground) -> None:
    found = done(read(ground, PATTERNS[0], "cold", limit_s=60))
    if found.resident_percent == 100:
        assert found.from_disk is False
    elif found.resident_percent == 0 and found.disk_bytes != 0:
        assert found.from_disk is True
    else:
        pytest.skip(f"{found.resident_percent} % in the cache, {found.disk_bytes} B counted")


def test_where_no_cache_can_be_dropped_the_reason_is_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    said = read(ground, PATTERNS[0], "cold", limit_s=60)
    assert said == "unavailable: no way to drop a file from the cache here"


def test_where_nothing_goes_around_the_cache_the_reason_is_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_DIRECT", raising=False)
    assert read(ground, PATTERNS[0], "direct", limit_s=60) == "unavailable: no O_DIRECT here"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EINVAL, "unavailable: the file system refuses O_DIRECT"),
        (errno.EIO, "unavailable: OSError"),
    ],
)
def test_a_file_system_that_refuses_to_go_around_the_cache_is_said_to(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def fail(path: Path) -> FileIO:
        raise OSError(number, "said by the system", str(path))

    monkeypatch.setattr(disk_reads, "_open_direct", fail)
    assert read(ground, PATTERNS[0], "direct", limit_s=60) == said


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_a_direct_read_that_goes_through_the_cache_is_not_called_one_from_disk(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As file systems do that take the flag and ignore it."""
    monkeypatch.setattr(disk_reads, "_open_direct", disk_reads._open)
    how = replace(disk_reads.STATES["direct"], open=disk_reads._open)
    monkeypatch.setitem(disk_reads.STATES, "direct", how)
    found = done(read(ground, PATTERNS[0], "direct", limit_s=60))
    if isinstance(found.disk_bytes, str):
        pytest.skip(found.disk_bytes)
    assert found.from_disk is False


def test_a_system_that_tells_nothing_is_said_to(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "disk_bytes", refuse)
    found = done(read(ground, PATTERNS[2], "warm", limit_s=60))
    assert found.disk_bytes == "unavailable: not told"
    assert found.from_disk is None


def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that stands for the memory file system, so that any system has one."""
    found = tmp_path / "memory"
    found.mkdir()
    monkeypatch.setattr(disk_reads, "memory_folder", lambda: found)
    return found


def test_a_probe_is_what_a_bundle_holds_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = shelf(tmp_path, monkeypatch)
    monkeypatch.setattr(disk_reads, "PATTERNS", PATTERNS[:1])
    found = Storage.model_validate_json(orjson.dumps(disk_reads.probe(tmp_path, limit_s=60)))
    assert {reads.state for reads in found.reads} >= {"warm", "tmpfs"}
    for reads in found.reads:
        assert reads.total_bytes == (3 * 12 if reads.state == "tmpfs" else 64) * disk_reads.MIB
        assert (reads.resident_percent is None) is (reads.state != "cold")
    assert found.tmpfs == "measured"
    states = {reads.state for reads in found.reads}
    assert (found.direct == "measured") is ("direct" in states)
    assert (found.cold == "measured") is ("cold" in states)
    assert list(tmp_path.iterdir()) == [memory]
    assert not list(memory.iterdir())


def test_a_probe_that_is_interrupted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = shelf(tmp_path, monkeypatch)
    monkeypatch.setattr(disk_reads, "PATTERNS", PATTERNS[:1])
    held: list[int] = []
    inner = disk_reads.read

    def interrupted(
        ground: Ground, pattern: Pattern, state: str, limit_s: float
    ) -> StorageReads | str:
        if state == "tmpfs":
            held.append(len(list(memory.rglob("*"))))
            raise KeyboardInterrupt
        return inner(ground, pattern, state, limit_s)

    monkeypatch.setattr(disk_reads, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        disk_reads.probe(tmp_path, limit_s=0)
    assert held == [1 + 1 + 256]
    assert not list(memory.iterdir())


def test_without_memory_to_write_to_the_disk_is_measured_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_reads, "PATTERNS", PATTERNS[:1])
    monkeypatch.setattr(disk_reads, "_SHARED_MEMORY", tmp_path / "nowhere")
    found = disk_reads.probe(tmp_path, limit_s=0)
    assert isinstance(found, dict)
    assert found["tmpfs"] == "unavailable: no memory file system here"
    assert any(reads["state"] == "warm" for reads in found["reads"])


def test_a_folder_of_a_disk_is_no_memory_and_little_of_it_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = SimpleNamespace(mountpoint=str(tmp_path), fstype="ext4")
    monkeypatch.setattr(disk_reads, "_SHARED_MEMORY", tmp_path)
    monkeypatch.setattr("psutil.disk_partitions", lambda **_: [mount])
    with pytest.raises(UnavailableError, match="no memory file system here"):
        disk_reads.memory_folder()
    mount.fstype = "tmpfs"
    assert disk_reads.memory_folder() == tmp_path
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=16 << 20))
    with pytest.raises(UnavailableError, match="nearly full"):
        disk_reads.memory_folder()


def test_a_disk_that_is_full_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Ground:
        raise OSError(28, "No space left on device", "/home/somebody/secret")

    monkeypatch.setattr(disk_reads, "Ground", full)
    assert disk_reads.probe(tmp_path, limit_s=1) == "unavailable: OSError"
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

    monkeypatch.setattr(disk_reads, "probe", probe)
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
