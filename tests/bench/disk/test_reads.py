"""The speed of a disk: what is read is counted, and cold is what came from the disk."""

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
from bench.disk.reads import read
from bench.disk.sample_files import KIB, MIB, PATTERNS, Pattern, SampleFiles
from bench.run.document import new_document, resumed_document
from bench.run.record import Recorder
from bench.run.runner import execute
from tests.bench.run.test_run import Watcher
from tests.conftest import TINY

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    return SampleFiles(tmp_path_factory.mktemp("files"), size=1 << 20, files=24)


def measured(reads: StorageReads | str) -> StorageReads:
    """Return reads that must have been measured."""
    assert isinstance(reads, StorageReads), reads
    return reads


def refuse(*_: object) -> int:
    raise UnavailableError("not counted")


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("state", ["warm", "cold", "direct"])
def test_a_pattern_reads_all_of_its_files_once(
    files: SampleFiles, pattern: Pattern, state: str
) -> None:
    if pattern.order not in disk_reads.STATES[state].orders:
        pytest.skip(f"{pattern.order} are not read {state}")
    reads = read(files, pattern, state, limit_s=60)
    if isinstance(reads, str) and state != "warm":
        pytest.skip(reads)
    expected = 24 * 16 * KIB if pattern.order == "files" else files.size
    assert measured(reads).total_bytes == expected
    assert measured(reads).requests == expected // pattern.request


def test_a_pattern_ends_in_time(files: SampleFiles) -> None:
    reads = measured(read(files, Pattern("random", KIB, 2), "warm", limit_s=0))
    assert reads.requests == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_what_lies_in_the_cache_is_not_called_cold(files: SampleFiles) -> None:
    reads = measured(read(files, Pattern("sequential", 64 * KIB, 1), "warm", limit_s=60))
    assert reads.from_disk is False


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
    reads = StorageReads(
        order="random",
        request_bytes=1000,
        readers=1,
        state="cold",
        requests=1,
        us=1,
        disk_bytes=counted,
        resident_percent=resident,
    )
    assert reads.from_disk is from_disk


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
def test_where_reads_are_not_counted_resident_pages_decide(
    files: SampleFiles, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "disk_bytes", refuse)
    monkeypatch.setattr(cache, "drop", lambda paths: None)
    for resident in (0, 3):
        monkeypatch.setattr(cache, "resident_percent", lambda paths, percent=resident: percent)
        reads = measured(read(files, Pattern(order, 16 * KIB, 1), "cold", limit_s=60))
        assert reads.disk_bytes == "unavailable: not counted"
        assert reads.resident_percent == resident
        assert reads.from_disk is (resident == 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_both_counts_agree_on_a_cold_read(files: SampleFiles) -> None:
    reads = measured(read(files, PATTERNS[0], "cold", limit_s=60))
    if reads.resident_percent == 100:
        assert reads.from_disk is False
    elif reads.resident_percent == 0 and reads.disk_bytes != 0:
        assert reads.from_disk is True
    else:
        pytest.skip(f"{reads.resident_percent} % in the cache, {reads.disk_bytes} B counted")


def test_where_no_cache_can_be_dropped_there_is_a_reason(
    files: SampleFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    reads = read(files, PATTERNS[0], "cold", limit_s=60)
    assert reads == "unavailable: no way to drop a file from the cache here"


def test_without_o_direct_there_is_a_reason(
    files: SampleFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_DIRECT", raising=False)
    assert read(files, PATTERNS[0], "direct", limit_s=60) == "unavailable: no O_DIRECT here"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EINVAL, "unavailable: the file system refuses O_DIRECT"),
        (errno.EIO, "unavailable: OSError"),
    ],
)
def test_a_file_system_that_refuses_o_direct_is_a_reason(
    files: SampleFiles, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    def fail(path: Path) -> FileIO:
        raise OSError(number, "a system's message", str(path))

    monkeypatch.setattr(disk_reads, "_open_direct", fail)
    assert read(files, PATTERNS[0], "direct", limit_s=60) == reason


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_a_direct_read_through_the_cache_is_not_called_one_from_disk(
    files: SampleFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on file systems that ignore the flag."""
    monkeypatch.setattr(disk_reads, "_open_direct", disk_reads._open)
    method = replace(disk_reads.STATES["direct"], open=disk_reads._open)
    monkeypatch.setitem(disk_reads.STATES, "direct", method)
    reads = measured(read(files, PATTERNS[0], "direct", limit_s=60))
    if isinstance(reads.disk_bytes, str):
        pytest.skip(reads.disk_bytes)
    assert reads.from_disk is False


def test_where_nothing_is_counted_the_origin_is_unknown(
    files: SampleFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "disk_bytes", refuse)
    reads = measured(read(files, PATTERNS[2], "warm", limit_s=60))
    assert reads.disk_bytes == "unavailable: not counted"
    assert reads.from_disk is None


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the file system in memory, so that any system has one."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(disk_reads, "memory_folder", lambda: folder)
    return folder


def test_a_probe_is_what_a_bundle_holds_and_leaves_nothing(
    tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_reads, "PATTERNS", PATTERNS[:1])
    storage = Storage.model_validate_json(orjson.dumps(disk_reads.probe(tmp_path, limit_s=60)))
    states = {reads.state for reads in storage.reads}
    assert states >= {"warm", "tmpfs"}
    for reads in storage.reads:
        assert reads.total_bytes == (3 * 12 if reads.state == "tmpfs" else 64) * MIB
        assert (reads.resident_percent is None) is (reads.state != "cold")
    assert storage.tmpfs == "measured"
    assert (storage.direct == "measured") is ("direct" in states)
    assert (storage.cold == "measured") is ("cold" in states)
    assert list(tmp_path.iterdir()) == [memory]
    assert not list(memory.iterdir())


def test_a_probe_that_is_interrupted_leaves_nothing(
    tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_reads, "PATTERNS", PATTERNS[:1])
    files_in_memory: list[int] = []
    inner = disk_reads.read

    def interrupted(
        files: SampleFiles, pattern: Pattern, state: str, limit_s: float
    ) -> StorageReads | str:
        if state == "tmpfs":
            files_in_memory.append(len(list(memory.rglob("*"))))
            raise KeyboardInterrupt
        return inner(files, pattern, state, limit_s)

    monkeypatch.setattr(disk_reads, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        disk_reads.probe(tmp_path, limit_s=0)
    # A lock, a folder, a large file, small ones.
    assert files_in_memory == [1 + 1 + 1 + 256]
    assert not list(memory.iterdir())


def test_without_a_file_system_in_memory_the_disk_is_still_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_reads, "PATTERNS", PATTERNS[:1])
    monkeypatch.setattr(disk_reads, "SHARED_MEMORY", tmp_path / "nowhere")
    fields = disk_reads.probe(tmp_path, limit_s=0)
    assert isinstance(fields, dict)
    assert fields["tmpfs"] == "unavailable: no memory file system here"
    assert any(reads["state"] == "warm" for reads in fields["reads"])


def test_memory_is_a_tmpfs_with_enough_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = SimpleNamespace(mountpoint=str(tmp_path), fstype="ext4")
    monkeypatch.setattr(disk_reads, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr("psutil.disk_partitions", lambda **_: [mount])
    with pytest.raises(UnavailableError, match="no memory file system here"):
        disk_reads.memory_folder()
    mount.fstype = "tmpfs"
    assert disk_reads.memory_folder() == tmp_path
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=16 << 20))
    with pytest.raises(UnavailableError, match="nearly full"):
        disk_reads.memory_folder()


def test_a_full_disk_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> SampleFiles:
        raise OSError(28, "No space left on device", "/home/somebody/secret")

    monkeypatch.setattr(disk_reads, "SampleFiles", full)
    assert disk_reads.probe(tmp_path, limit_s=1) == "unavailable: OSError"
    assert not list(tmp_path.iterdir())


def test_a_run_of_everything_reads_the_disk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = replace(TINY, storage_s=0.01)
    monkeypatch.setitem(presets.PRESETS, TINY.name, preset)
    probed: list[Path] = []
    fields: dict[str, object] = {"reads": [], "cold": "unavailable: a test"}

    def probe(folder: Path, limit_s: float) -> dict[str, object]:
        assert limit_s == 0.01
        probed.append(folder)
        return fields

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
