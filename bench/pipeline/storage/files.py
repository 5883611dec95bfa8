"""Places that are files: a disk warm, the same cold, memory.

A range alone would not leave the cache: the system caches in blocks of up to megabytes, and drops
none that reaches over the range's edge. So what lies before a record is dropped once more with it.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Self

from bench.availability import UnavailableError, ask
from bench.disk.cache import disk_bytes
from bench.errors import BenchError, ConfigurationError, PipelineError
from bench.pipeline.storage.backend import Wish, unique

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO

    from bench.pipeline.storage.backend import Handle

RUNS = "runs"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux has a tmpfs for everybody
_MEMORY = ("tmpfs", "ramfs")
_BEFORE = 4 << 20
"""Bytes dropped before a record: more than the largest block that the cache has."""
_F_NOCACHE = 48  # macOS: read around the cache


@dataclass(frozen=True)
class Disk:
    """A file in a hidden folder of its own, read as the system gives it.

    makes_parent: the folder around is made where it is not there, as runs/ is.
    """

    name: ClassVar[str] = "disk"
    cold: ClassVar[bool] = False
    remedy: ClassVar[str] = "choose another folder"

    parent: Path
    makes_parent: bool = False
    key: str = field(default_factory=unique)

    @classmethod
    def at(cls, wish: Wish) -> Self:
        """Return it in the folder that is asked for, or in runs/."""
        wish.refuse(cls.name, endpoint=True)
        folder = wish.folder
        return cls(Path.cwd() / (folder or RUNS), makes_parent=folder is None)

    @property
    def starts(self) -> tuple[str, ...]:
        """Return how processes that open it may be started: all ways."""
        return tuple(multiprocessing.get_all_start_methods())

    @property
    def folder(self) -> Path:
        """Return the hidden folder."""
        return self.parent / f".{self.key}"

    @property
    def path(self) -> Path:
        """Return the file."""
        return self.folder / "data"

    def put(self, chunks: Iterable[bytes]) -> None:
        """Write a file, under another name until it is whole and on the disk."""
        try:
            if self.makes_parent:
                self.parent.mkdir(exist_ok=True)
            self.check()
            self.folder.mkdir(exist_ok=True)
            self._write(chunks)
        except BaseException as error:
            with suppress(BenchError):
                self.remove()
            if isinstance(error, OSError):
                raise ConfigurationError(
                    f"storage: {self.name} in {self.parent} cannot be written "
                    f"({error.strerror or type(error).__name__}); {self.remedy}"
                ) from error
            raise

    def check(self) -> None:
        """Refuse a folder that is no such place.

        Raises:
            ConfigurationError: it is none.

        """
        if not self.parent.is_dir():
            raise ConfigurationError(f"folder: {self.parent} is none; {self.remedy}")

    def room(self) -> int:
        """Return how many bytes can still be written."""
        return shutil.disk_usage(self.folder).free

    def _write(self, chunks: Iterable[bytes]) -> None:
        part = self.path.with_suffix(".part")
        with part.open("wb", buffering=0) as file:
            written = 0
            for chunk in chunks:
                if len(chunk) > (room := self.room()):
                    raise ConfigurationError(
                        f"storage: {self.name} in {self.parent} has room for {room / 1e6:,.1f} MB "
                        f"more after {written / 1e6:,.1f} MB; the next part takes "
                        f"{len(chunk) / 1e6:,.1f} MB; make room, take a smaller batch or size, or "
                        f"{self.remedy}"
                    )
                _write_all(file, chunk)
                written += len(chunk)
            os.fsync(file.fileno())
            if self.cold:
                drop(file, 0, 0)
        part.replace(self.path)
        _sync_folder(self.folder)

    def open(self) -> Handle:
        """Open the file."""
        try:
            return _File(self.path, cold=self.cold, counted=self.name != Tmpfs.name)
        except OSError as error:
            raise PipelineError(
                f"the data set at {self.path} cannot be opened ({error.strerror}): was it removed?"
            ) from error

    def remove(self) -> None:
        """Remove the hidden folder."""
        try:
            shutil.rmtree(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise PipelineError(
                f"{self.folder} cannot be removed ({error.strerror}); delete it yourself once "
                "nothing reads it"
            ) from error


@dataclass(frozen=True)
class Cold(Disk):
    """The same file, of which nothing stays in the cache: each read comes from the disk.

    What the system reads ahead counts as well. `Handle.disk_bytes` tells whether it is so.
    """

    name: ClassVar[str] = "cold"
    cold: ClassVar[bool] = True

    def check(self) -> None:
        """Refuse a system that offers no way past its cache, and memory, as well."""
        super().check()
        if (kind := filesystem(self.parent)) in _MEMORY:
            raise ConfigurationError(
                f"storage: {self.parent} is memory ({kind}), no disk: nothing is cold there; run "
                "it in a folder on a disk, or choose tmpfs"
            )
        try:
            droppable()
        except UnavailableError as error:
            raise ConfigurationError(
                f"storage: cold cannot be had: {error}; choose disk, tmpfs or s3://bucket/prefix"
            ) from error


@dataclass(frozen=True)
class Tmpfs(Disk):
    """A file in memory, where Linux shares it."""

    name: ClassVar[str] = "tmpfs"
    remedy: ClassVar[str] = (
        "give the container more shared memory (--shm-size), or choose the place disk"
    )

    @classmethod
    def at(cls, wish: Wish) -> Self:
        """Return it in shared memory."""
        wish.refuse(cls.name, folder=True, endpoint=True)
        return cls(SHARED_MEMORY)

    def check(self) -> None:
        """Refuse a system without a tmpfs there."""
        kind = filesystem(self.parent) if self.parent.is_dir() else None
        if kind not in _MEMORY:
            found = f"is {kind}" if kind else "is not there, or no system says what it is"
            raise ConfigurationError(
                f"storage: tmpfs is to be at {self.parent}, which {found}; choose disk, cold or "
                "s3://bucket/prefix"
            )

    def room(self) -> int:
        """Return how many bytes both the tmpfs and the memory can still hold."""
        import psutil

        return min(super().room(), psutil.virtual_memory().available)


class _File:
    """A file that one process reads, unbuffered."""

    def __init__(self, path: Path, *, cold: bool, counted: bool) -> None:
        self._path = path
        self._cold = cold
        self._counted = counted
        self._file = path.open("rb", buffering=0)
        self._size = os.fstat(self._file.fileno()).st_size
        if cold and sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(self._file.fileno(), _F_NOCACHE, 1)

    def read(self, offset: int, length: int) -> bytes:
        """Return these bytes; a system may give fewer at a time."""
        try:
            self._file.seek(offset)
            data = self._file.read(length) or b""
            while len(data) < length and (more := self._file.read(length - len(data))):
                data += more
            if self._cold:
                start = max(0, offset - _BEFORE)
                end = offset + length
                # 0: to the end, over which the last block may reach.
                drop(self._file, start, 0 if end >= self._size else end - start)
        except OSError as error:
            raise PipelineError(
                f"the data set at {self._path} cannot be read ({error.strerror}); look at the disk"
            ) from error
        if len(data) < length:
            raise PipelineError(
                f"the data set at {self._path} ends after {offset + len(data):,} bytes, before "
                f"{offset + length:,}: was it changed?"
            )
        return data

    def disk_bytes(self) -> int | None:
        """Return what this process has had read from a disk, where the system counts it."""
        found = ask(disk_bytes) if self._counted else None
        return found if isinstance(found, int) else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def droppable() -> None:
    """Check that reads can go past the cache here.

    Raises:
        UnavailableError: this system offers no way that needs no privileges.

    """
    if sys.platform != "darwin" and not hasattr(os, "posix_fadvise"):
        raise UnavailableError("no way to drop a file from the cache here")


def drop(file: FileIO, start: int, length: int) -> None:
    """Drop a range from the cache, where files are not read around it anyway; 0: to the end."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), start, length, os.POSIX_FADV_DONTNEED)


def filesystem(folder: Path) -> str | None:
    """Return the kind of file system a folder lies in; None where the system does not say."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    real = PurePosixPath(folder.resolve())
    best, kind = -1, None
    for line in mounts.splitlines():
        _, point, found, *_ = line.split(" ")
        mount = PurePosixPath(point.replace("\\040", " "))
        # Of two mounts at one point, the later one is seen.
        if real.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), found
    return kind


def _write_all(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def _sync_folder(folder: Path) -> None:
    """Wait until a new name is on the disk, where the system has a way."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
