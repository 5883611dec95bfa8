"""Files replaced whole, and folders that one process at a time writes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.bundle import StoreError, lock, require_writable, write_atomically
from bench.bundle.files import store_error
from bench.errors import BusyError
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD = """
import sys
from pathlib import Path
from bench.bundle import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_folder_is_held_by_one_process(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(BusyError, match="another process is measuring in") as caught,
        lock(tmp_path),
    ):
        pass
    assert str(tmp_path) in str(caught.value)
    assert "wait for it, or use another folder" in str(caught.value)
    assert holder.poll() is None
    holder.communicate()
    with lock(tmp_path):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with lock(tmp_path):
        pass


def test_a_file_that_an_older_version_left_does_not_lock(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text(str(os.getpid()))
    with lock(tmp_path):
        pass


def test_a_folder_is_locked_again_and_left_clean(tmp_path: Path) -> None:
    for _ in range(2):
        with (
            lock(tmp_path),
            pytest.raises(BusyError, match="grading in"),
            lock(tmp_path, "grading"),
        ):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_released_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broke"), lock(tmp_path):
        raise ValueError("broke")
    with lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot write .*file"), lock(tmp_path / "file"):
        pass
    with pytest.raises(StoreError, match=r"cannot write .*file"):
        write_atomically(tmp_path / "file" / "bundle.json", b"{}")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.json"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match=r"bundle\.json: the disk is full; free some space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_writers_of_one_file_leave_the_whole_of_one_and_nothing_else(tmp_path: Path) -> None:
    """Many at once, read all the time: with one temporary name for all, they lost each other's."""
    path = tmp_path / "page.html"
    contents = [bytes([letter]) * 100_000 for letter in b"abcd"]
    write_atomically(path, contents[0])
    read: list[bytes] = []

    def write_often(content: bytes) -> None:
        for _ in range(25):
            write_atomically(path, content)
            read.append(path.read_bytes())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_often, contents))
    assert len(read) == 100
    assert set(read) <= set(contents)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("folder", "it is a folder; name a file"),
        ("missing/page.html", "there is no folder .*missing; create it"),
        ("file/page.html", "there is no folder .*file; create it"),
        ("a" * 300, "name too long"),
    ],
)
def test_a_path_that_can_hold_no_file_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    for refuse in (require_writable, partial(write_atomically, data=b"new")):
        with pytest.raises(StoreError, match=f"(?i)cannot write .*{message}"):
            refuse(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EROFS]
)
def test_a_remedy_is_true_of_every_command(number: int, tmp_path: Path) -> None:
    """Some have no --out; the lab has no option at all for what it writes."""
    text = str(store_error(tmp_path, OSError(number, "x")))
    assert text.startswith(f"cannot write {tmp_path}: ")
    assert "free some space" in text or "write elsewhere" in text
    assert "--" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders there")
def test_a_pipe_or_device_is_refused_and_a_link_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(StoreError, match="it is no plain file; name another"):
            write_atomically(path, b"new")
    (tmp_path / "link").symlink_to(tmp_path / "page.html")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "page.html").read_bytes() == b"new"


def test_a_file_system_that_cannot_sync_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr("os.fsync", refuse)
    write_atomically(tmp_path / "page.html", b"new")
    assert (tmp_path / "page.html").read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="locks are others there")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_without_locks_is_used_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    def refuse(_: int, __: int) -> None:
        raise OSError(number, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with lock(tmp_path):
        write_atomically(tmp_path / "page.html", b"new")
    assert "a file system without locks" in capsys.readouterr().err
    assert (tmp_path / "page.html").read_bytes() == b"new"
