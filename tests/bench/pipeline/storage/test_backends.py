"""Storage backends: what is stored is read back, from where it should be; errors say what to do."""

from __future__ import annotations

import errno
import multiprocessing
import os
import pickle
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bench.disk import cache
from bench.errors import ConfigurationError, PipelineError
from bench.pipeline.storage import BACKENDS, files, storage_backend
from bench.system.limits import SHARED_MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.storage import Handle, StorageBackend

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[4]
DATA = Random(1).randbytes(8 << 20)
CHUNKS = [DATA[start : start + 300_000] for start in range(0, len(DATA), 300_000)]
RANGES = [(0, 1000), (4095, 8194), (7_654_321, 100_000), (0, len(DATA)), (len(DATA) - 1, 1)]

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk: the temporary one may be in memory."""
    if files.filesystem(tmp_path) != "tmpfs":
        yield tmp_path
        return
    (ROOT / "runs").mkdir(exist_ok=True)
    with TemporaryDirectory(dir=ROOT / "runs") as path:
        yield Path(path)


def usable(name: str, folder: Path) -> StorageBackend:
    """Return an empty backend; skip the test where this machine has none of that name."""
    try:
        backend = storage_backend(name, folder=None if name == "tmpfs" else folder)
        backend.put([b"trial"])
    except ConfigurationError as error:
        pytest.skip(f"not here: {error}")
    backend.remove()
    return backend


def ranges(backend: StorageBackend, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
    """Open a backend and read; also runs in other processes."""
    with closing(backend.open()) as handle:
        return [handle.read(*each) for each in wanted]


def in_a_process(backend: StorageBackend, start: str) -> list[bytes]:
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(ranges, backend, RANGES).result()


EXPECTED = [DATA[offset : offset + length] for offset, length in RANGES]


@pytest.mark.parametrize("name", ["disk", "cold", "tmpfs"])
def test_a_file_is_read_back_and_nothing_is_left(name: str, folder: Path) -> None:
    backend = usable(name, folder)
    around = SHARED_MEMORY if name == "tmpfs" else folder
    before = set(around.iterdir())
    backend.put(iter(CHUNKS))
    assert backend.name == name
    (hidden,) = {path for path in around.iterdir() if "data-factory" in path.name} - before
    assert [path.name for path in hidden.iterdir()] == ["data"]
    assert ranges(backend, RANGES) == EXPECTED
    assert ranges(pickle.loads(pickle.dumps(backend)), RANGES) == EXPECTED
    backend.remove()
    backend.remove()
    assert not hidden.exists()
    with pytest.raises(PipelineError, match="was it removed"):
        backend.open()


@pytest.mark.parametrize("name", ["disk", "cold", "tmpfs"])
def test_a_file_is_read_in_a_process_of_its_own(name: str, folder: Path) -> None:
    backend = usable(name, folder)
    backend.put(CHUNKS)
    try:
        assert "spawn" in backend.start_methods
        assert in_a_process(backend, "spawn") == EXPECTED
    finally:
        backend.remove()


def test_two_backends_in_a_folder_do_not_collide(folder: Path) -> None:
    first, second = (storage_backend("disk", folder=folder) for _ in range(2))
    first.put([b"first"])
    second.put([b"second"])
    first.remove()
    assert ranges(second, [(0, 6)]) == [b"second"]


def test_without_a_folder_a_disk_is_that_of_the_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    backend = storage_backend("disk")
    backend.put(CHUNKS)
    assert [path.name for path in folder.iterdir()] == ["runs"]
    monkeypatch.chdir(ROOT)
    assert ranges(backend, RANGES) == EXPECTED
    backend.remove()
    assert not list((folder / "runs").iterdir())


def counted(handle: Handle) -> int:
    backend = handle.disk_bytes()
    if backend is None:
        pytest.skip("this system does not count a process's reads from disk")
    return backend


def share_of_the_disk(backend: StorageBackend, length: int, readers: int, laps: int = 3) -> float:
    """Read all records several times, readers by turns; return the share read from the disk."""
    starts = range(0, len(DATA), length)
    handles = [backend.open() for _ in range(readers)]
    before = counted(handles[0])
    for _ in range(laps):
        for turn, start in enumerate(starts):
            data = handles[turn % readers].read(start, min(length, len(DATA) - start))
            assert data == DATA[start : start + length]
    share = (counted(handles[0]) - before) / (laps * len(DATA))
    for handle in handles:
        handle.close()
    return share


@pytest.fixture
def disk_that_counts(folder: Path) -> Path:
    """A folder where the system counts what is read from the disk."""
    if not hasattr(os, "posix_fadvise"):
        pytest.skip("no way to drop a file from the cache here")
    backend = storage_backend("disk", folder=folder)
    backend.put(CHUNKS)
    with closing(backend.open()) as handle:
        path = next(folder.glob(".*/data"))
        cache.drop([path])
        before = counted(handle)
        handle.read(0, len(DATA))
        if counted(handle) - before < len(DATA) // 2:
            pytest.skip("reads of this file system are not counted")
    backend.remove()
    return folder


@pytest.mark.parametrize("readers", [1, 2])
@pytest.mark.parametrize("length", [100_000, 777_777, 2_000_000])
def test_a_cold_file_comes_from_the_disk_each_time(
    disk_that_counts: Path, length: int, readers: int
) -> None:
    backend = storage_backend("cold", folder=disk_that_counts)
    backend.put(CHUNKS)
    assert share_of_the_disk(backend, length, readers) >= 0.9


def test_a_warm_file_comes_from_the_cache(disk_that_counts: Path) -> None:
    """Otherwise the test of cold files would show nothing."""
    backend = storage_backend("disk", folder=disk_that_counts)
    backend.put(CHUNKS)
    assert share_of_the_disk(backend, 777_777, 1) < 0.5


def test_memory_has_no_reads_from_disk(folder: Path) -> None:
    backend = usable("tmpfs", folder)
    backend.put([b"x"])
    with closing(backend.open()) as handle:
        assert handle.disk_bytes() is None
    backend.remove()


@pytest.mark.parametrize("name", ["disk", "tmpfs"])
def test_where_no_room_is_left_the_error_says_how_much_is(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = usable(name, folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=250_000))
    remedy = "--shm-size" if name == "tmpfs" else "choose another folder"
    with pytest.raises(PipelineError, match=rf"0\.2 MB more .* takes 0\.3 MB; .*{remedy}"):
        backend.put(CHUNKS)
    with pytest.raises(PipelineError):
        backend.open()
    assert not list(folder.iterdir())


def test_memory_has_no_more_room_than_there_is_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    backend = usable("tmpfs", folder)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1))
    with pytest.raises(PipelineError, match=r"room for 0\.0 MB"):
        backend.put(CHUNKS)


def test_a_disk_that_fills_meanwhile_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PipelineError, match=r"is full; make room, or choose another"):
        storage_backend("disk", folder=folder).put(CHUNKS)
    assert not list(folder.iterdir())


def broken_chunks() -> Iterator[bytes]:
    yield from CHUNKS[:20]
    raise ZeroDivisionError


def test_chunks_that_break_leave_nothing(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        storage_backend("disk", folder=folder).put(broken_chunks())
    assert not list(folder.iterdir())


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="such a user may write everywhere"
)
def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.chmod(0o500)
    with pytest.raises(ConfigurationError, match="Permission denied") as caught:
        storage_backend("disk", folder=folder).put(CHUNKS)
    folder.chmod(0o700)
    assert str(folder) in str(caught.value)


def test_a_missing_folder_is_named(folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    for name in ("file", "typo"):
        with pytest.raises(ConfigurationError, match=f"folder: .*{name} is none"):
            storage_backend("disk", folder=folder / name).put(CHUNKS)
    assert not (folder / "typo").exists()


@linux
def test_nothing_is_cold_in_memory(folder: Path) -> None:
    usable("tmpfs", folder)
    with pytest.raises(ConfigurationError, match=r"is memory \(tmpfs\), no disk"):
        storage_backend("cold", folder=SHARED_MEMORY).put(CHUNKS)


def test_where_no_cache_can_be_dropped_the_choices_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ConfigurationError, match=r"cold is not possible.*choose disk, tmpfs or s3"):
        storage_backend("cold", folder=folder).put(CHUNKS)
    assert not list(folder.iterdir())


def test_where_there_is_no_tmpfs_the_choices_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SHARED_MEMORY", folder)
    with pytest.raises(ConfigurationError, match=r"tmpfs is to be at .*choose disk, cold or s3"):
        storage_backend("tmpfs").put(CHUNKS)


def test_a_file_that_was_changed_is_noticed(folder: Path) -> None:
    backend = storage_backend("disk", folder=folder)
    backend.put([b"short"])
    with closing(backend.open()) as handle, pytest.raises(PipelineError, match="after 5 bytes"):
        handle.read(2, 8)


@pytest.mark.parametrize(
    ("text", "options", "parts"),
    [
        ("tape", {}, ["storage", "'tape'", "disk", "cold", "tmpfs", "s3://bucket/prefix"]),
        ("disk://here", {}, ["storage", "'disk://here'", "cold"]),
        ("s3", {}, ["storage", "s3://bucket/prefix"]),
        ("s3://B", {}, ["storage", "3 to 63 small letters"]),
        ("s3://bucket/a//b", {}, ["storage", "s3://bucket/a//b"]),
        ("s3://bucket", {"folder": Path("here")}, ["folder", "s3 takes none", "disk or cold"]),
        ("tmpfs", {"folder": Path("here")}, ["folder", "tmpfs takes none"]),
        ("cold", {"endpoint": "http://here"}, ["endpoint_url", "cold takes none"]),
        ("s3://bucket", {"endpoint": "localhost:9000"}, ["endpoint_url", "write http://host:port"]),
        ("s3://bucket", {"endpoint": "ftp://here"}, ["endpoint_url", "write http://host:port"]),
        ("s3://bucket", {"endpoint": "http://here:port"}, ["endpoint_url", "http://here:port"]),
        ("s3://bucket", {"endpoint": "http://here/data"}, ["endpoint_url", "s3://bucket/prefix"]),
        ("s3://bucket", {"endpoint": "http://me:hush@here"}, ["endpoint_url", "AWS_ACCESS_KEY_ID"]),
    ],
)
def test_an_unknown_storage_or_option_names_the_choices(
    text: str, options: dict[str, Any], parts: Sequence[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        storage_backend(text, **options)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{parts[0]}: ")
    for part in parts[1:]:
        assert part in problem
    assert "hush" not in problem


def test_each_backend_is_in_the_choices() -> None:
    with pytest.raises(ConfigurationError) as caught:
        storage_backend("tape")
    assert all(name in str(caught.value) for name in BACKENDS)
