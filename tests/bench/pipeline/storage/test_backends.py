"""Places: what was put comes back, from where it is said to lie; what breaks says what to do."""

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

from bench.errors import ConfigurationError, PipelineError
from bench.pipeline.storage import PLACES, files, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.storage import Handle, Place

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
    with TemporaryDirectory(dir=ROOT / "runs") as found:
        yield Path(found)


def made(name: str, folder: Path) -> Place:
    try:
        found = place(name, folder=None if name == "tmpfs" else folder)
        found.put([b"trial"])
    except ConfigurationError as error:
        pytest.skip(f"not here: {error}")
    found.remove()
    return found


def ranges(found: Place, wanted: Sequence[tuple[int, int]]) -> list[bytes]:
    """Open a place and read; in other processes too."""
    with closing(found.open()) as handle:
        return [handle.read(*each) for each in wanted]


def in_a_process(found: Place, start: str) -> list[bytes]:
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(ranges, found, RANGES).result()


EXPECTED = [DATA[offset : offset + length] for offset, length in RANGES]


@pytest.mark.parametrize("name", ["disk", "cold", "tmpfs"])
def test_what_was_put_in_a_file_comes_back_and_nothing_is_left(name: str, folder: Path) -> None:
    found = made(name, folder)
    around = files.SHARED_MEMORY if name == "tmpfs" else folder
    before = set(around.iterdir())
    found.put(iter(CHUNKS))
    assert found.name == name
    (made_folder,) = {path for path in around.iterdir() if "data-factory" in path.name} - before
    assert [path.name for path in made_folder.iterdir()] == ["data"]
    assert ranges(found, RANGES) == EXPECTED
    assert ranges(pickle.loads(pickle.dumps(found)), RANGES) == EXPECTED
    found.remove()
    found.remove()
    assert not made_folder.exists()
    with pytest.raises(PipelineError, match="was it removed"):
        found.open()


@pytest.mark.parametrize("name", ["disk", "cold", "tmpfs"])
def test_a_file_is_read_in_a_process_of_its_own(name: str, folder: Path) -> None:
    found = made(name, folder)
    found.put(CHUNKS)
    try:
        assert "spawn" in found.starts
        assert in_a_process(found, "spawn") == EXPECTED
    finally:
        found.remove()


def test_two_places_in_a_folder_do_not_meet(folder: Path) -> None:
    one, other = (place("disk", folder=folder) for _ in range(2))
    one.put([b"one"])
    other.put([b"other"])
    one.remove()
    assert ranges(other, [(0, 5)]) == [b"other"]


def test_without_a_folder_a_disk_is_that_of_the_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    found = place("disk")
    found.put(CHUNKS)
    assert [path.name for path in folder.iterdir()] == ["runs"]
    monkeypatch.chdir(ROOT)
    assert ranges(found, RANGES) == EXPECTED
    found.remove()
    assert not list((folder / "runs").iterdir())


def counted(handle: Handle) -> int:
    found = handle.disk_bytes()
    if found is None:
        pytest.skip("this system does not count a process's reads from disk")
    return found


def share_of_the_disk(found: Place, length: int, readers: int, laps: int = 3) -> float:
    """Read records in order, round and round, by turns; return what share came from the disk."""
    starts = range(0, len(DATA), length)
    handles = [found.open() for _ in range(readers)]
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
    """A folder whose files the system counts the reads of, once they are dropped."""
    if not hasattr(os, "posix_fadvise"):
        pytest.skip("no way to drop a file from the cache here")
    found = place("disk", folder=folder)
    found.put(CHUNKS)
    with closing(found.open()) as handle:
        path = next(folder.glob(".*/data"))
        with path.open("rb") as file:
            files.drop(file.raw, 0, 0)  # type: ignore[arg-type]
        before = counted(handle)
        handle.read(0, len(DATA))
        if counted(handle) - before < len(DATA) // 2:
            pytest.skip("reads of this file system are not counted")
    found.remove()
    return folder


@pytest.mark.parametrize("readers", [1, 2])
@pytest.mark.parametrize("length", [100_000, 777_777, 2_000_000])
def test_what_is_cold_comes_from_the_disk_each_time(
    disk_that_counts: Path, length: int, readers: int
) -> None:
    found = place("cold", folder=disk_that_counts)
    found.put(CHUNKS)
    assert share_of_the_disk(found, length, readers) >= 0.9


def test_what_is_warm_does_not(disk_that_counts: Path) -> None:
    """Else the test before would show nothing."""
    found = place("disk", folder=disk_that_counts)
    found.put(CHUNKS)
    assert share_of_the_disk(found, 777_777, 1) < 0.5


def test_memory_counts_no_disk(folder: Path) -> None:
    found = made("tmpfs", folder)
    found.put([b"x"])
    with closing(found.open()) as handle:
        assert handle.disk_bytes() is None
    found.remove()


@pytest.mark.parametrize("name", ["disk", "tmpfs"])
def test_where_no_room_is_left_it_says_how_much(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = made(name, folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=250_000))
    remedy = "--shm-size" if name == "tmpfs" else "choose another folder"
    with pytest.raises(ConfigurationError, match=rf"0\.2 MB more .* takes 0\.3 MB; .*{remedy}"):
        found.put(CHUNKS)
    with pytest.raises(PipelineError):
        found.open()
    assert not list(folder.iterdir())


def test_memory_has_no_more_room_than_there_is_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    found = made("tmpfs", folder)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1))
    with pytest.raises(ConfigurationError, match=r"room for 0\.0 MB"):
        found.put(CHUNKS)


def test_a_disk_that_fills_meanwhile_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match=r"No space left on device\); choose another"):
        place("disk", folder=folder).put(CHUNKS)
    assert not list(folder.iterdir())


def broken_chunks() -> Iterator[bytes]:
    yield from CHUNKS[:20]
    raise ZeroDivisionError


def test_chunks_that_break_leave_nothing(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        place("disk", folder=folder).put(broken_chunks())
    assert not list(folder.iterdir())


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="such a user may write everywhere"
)
def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.chmod(0o500)
    with pytest.raises(ConfigurationError, match="Permission denied") as caught:
        place("disk", folder=folder).put(CHUNKS)
    folder.chmod(0o700)
    assert str(folder) in str(caught.value)


def test_a_folder_that_is_none_is_named(folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    for name in ("file", "typo"):
        with pytest.raises(ConfigurationError, match=f"folder: .*{name} is none"):
            place("disk", folder=folder / name).put(CHUNKS)
    assert not (folder / "typo").exists()


@linux
def test_nothing_is_cold_in_memory(folder: Path) -> None:
    made("tmpfs", folder)
    with pytest.raises(ConfigurationError, match=r"is memory \(tmpfs\), no disk"):
        place("cold", folder=files.SHARED_MEMORY).put(CHUNKS)


def test_where_no_cache_can_be_dropped_the_choices_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ConfigurationError, match=r"cold cannot be had.*choose disk, tmpfs or s3"):
        place("cold", folder=folder).put(CHUNKS)
    assert not list(folder.iterdir())


def test_where_there_is_no_tmpfs_the_choices_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SHARED_MEMORY", folder)
    with pytest.raises(ConfigurationError, match=r"tmpfs is to be at .*choose disk, cold or s3"):
        place("tmpfs").put(CHUNKS)


def test_a_file_that_was_changed_is_noticed(folder: Path) -> None:
    found = place("disk", folder=folder)
    found.put([b"short"])
    with closing(found.open()) as handle, pytest.raises(PipelineError, match="after 5 bytes"):
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
def test_what_is_no_place_names_the_choices(
    text: str, options: dict[str, Any], parts: Sequence[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        place(text, **options)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{parts[0]}: ")
    for part in parts[1:]:
        assert part in problem
    assert "hush" not in problem


def test_each_place_is_in_the_choices() -> None:
    with pytest.raises(ConfigurationError) as caught:
        place("tape")
    assert all(name in str(caught.value) for name in PLACES)
