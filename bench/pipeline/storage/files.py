"""Storage backends that are files: on a disk, on a disk without its cache, in memory.

To drop only a record from the page cache would not do: the system caches in blocks of up to
megabytes, and drops none that reaches beyond the range. So some bytes before a record are dropped
with it.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Self

from bench.availability import UnavailableError, available_or_reason
from bench.bundle.files import sync, sync_folder
from bench.disk.cache import disk_bytes, read_uncached, require_droppable
from bench.errors import BenchError, ConfigurationError, PipelineError
from bench.pipeline.storage.backend import BackendRequest, unique_name
from bench.system.limits import SHARED_MEMORY, free_memory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO

    from bench.pipeline.storage.backend import Handle

_RUNS = "runs"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_MEMORY = ("tmpfs", "ramfs")
"""File systems in memory."""
_BEFORE = 4 << 20
"""Bytes dropped before a record: more than the largest block of the page cache."""


@dataclass(frozen=True)
class Disk:
    """A file in a hidden folder of its own, read through the page cache."""

    name: ClassVar[str] = "disk"
    """Name of the backend."""
    cold: ClassVar[bool] = False
    """Whether the file is dropped from the page cache after each read."""
    remedy: ClassVar[str] = "choose another folder"
    """What the user can do where it cannot be written."""

    parent: Path
    """Folder that the hidden folder is created in."""
    creates_parent: bool = False
    """Whether that folder is created where it is missing, as runs/ is."""
    key: str = field(default_factory=unique_name)
    """Name of the hidden folder, without its dot."""

    @classmethod
    def from_request(cls, request: BackendRequest) -> Self:
        """Return the backend in the requested folder, or in runs/.

        Raises:
            ConfigurationError: a server is requested.

        """
        request.refuse(cls.name, endpoint=True)
        folder = request.folder
        return cls(Path.cwd() / (folder or _RUNS), creates_parent=folder is None)

    @property
    def start_methods(self) -> tuple[str, ...]:
        """Return the start methods of processes that may open the file: all."""
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
            if self.creates_parent:
                self.parent.mkdir(exist_ok=True)
            self.check()
            self.folder.mkdir(exist_ok=True)
            self._write(chunks)
        except BaseException as error:
            with suppress(BenchError):
                self.remove()
            if isinstance(error, OSError) and error.errno in _FULL:
                raise PipelineError(
                    f"{self.name} in {self.parent} is full; make room, or {self.remedy}",
                    outside=f"{self.name} was full",
                ) from error
            if isinstance(error, OSError):
                raise ConfigurationError(
                    f"storage: {self.name} in {self.parent} cannot be written "
                    f"({error.strerror or type(error).__name__}); {self.remedy}"
                ) from error
            raise

    def check(self) -> None:
        """Refuse a folder that cannot hold the file.

        Raises:
            ConfigurationError: there is no such folder, or it does not suit this backend.

        """
        if not self.parent.is_dir():
            raise ConfigurationError(f"folder: {self.parent} is none; {self.remedy}")

    def free_bytes(self) -> int:
        """Return how many bytes can still be written."""
        return shutil.disk_usage(self.folder).free

    def _write(self, chunks: Iterable[bytes]) -> None:
        part = self.path.with_suffix(".part")
        with part.open("wb", buffering=0) as file:
            written = 0
            for chunk in chunks:
                if len(chunk) > (free := self.free_bytes()):
                    raise PipelineError(
                        f"storage: {self.name} in {self.parent} has room for {free / 1e6:,.1f} MB "
                        f"more after {written / 1e6:,.1f} MB; the next part takes "
                        f"{len(chunk) / 1e6:,.1f} MB; make room, take a smaller batch or size, or "
                        f"{self.remedy}",
                        outside=f"{self.name} was full",
                    )
                _write_all(file, chunk)
                written += len(chunk)
            sync(file.fileno())
            if self.cold:
                _drop(file, 0, 0)
        part.replace(self.path)
        sync_folder(self.folder)

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
    """A file that is dropped from the page cache after each read, so that it comes from the disk.

    What the system reads ahead is read from the disk as well. `Handle.disk_bytes` shows whether the
    reads came from the disk.
    """

    name: ClassVar[str] = "cold"
    cold: ClassVar[bool] = True

    def check(self) -> None:
        """Refuse a folder in memory, and a system that cannot drop files from its cache."""
        super().check()
        if (kind := filesystem(self.parent)) in _MEMORY:
            raise ConfigurationError(
                f"storage: {self.parent} is memory ({kind}), no disk, so that nothing is cold; run "
                "it in a folder on a disk, or choose tmpfs"
            )
        try:
            require_droppable()
        except UnavailableError as error:
            raise ConfigurationError(
                f"storage: cold is not possible: {error}; choose disk, tmpfs or s3://bucket/prefix"
            ) from error


@dataclass(frozen=True)
class Tmpfs(Disk):
    """A file in Linux's file system for shared memory."""

    name: ClassVar[str] = "tmpfs"
    remedy: ClassVar[str] = (
        "give the container more shared memory (--shm-size), or choose the storage disk"
    )

    @classmethod
    def from_request(cls, request: BackendRequest) -> Self:
        """Return the backend in shared memory.

        Raises:
            ConfigurationError: a folder or a server is requested.

        """
        request.refuse(cls.name, folder=True, endpoint=True)
        return cls(SHARED_MEMORY)

    def check(self) -> None:
        """Refuse a system without shared memory."""
        kind = filesystem(self.parent) if self.parent.is_dir() else None
        if kind not in _MEMORY:
            state = f"is {kind}" if kind else "is missing, or of an unknown file system"
            raise ConfigurationError(
                f"storage: tmpfs is to be at {self.parent}, which {state}; choose disk, cold or "
                "s3://bucket/prefix"
            )

    def free_bytes(self) -> int:
        """Return how many bytes both the file system and the memory can still hold."""
        return min(super().free_bytes(), free_memory())


class _File:
    """An open file, unbuffered."""

    def __init__(self, path: Path, *, cold: bool, counted: bool) -> None:
        self._path = path
        self._cold = cold
        self._counted = counted
        self._file = path.open("rb", buffering=0)
        self._size = os.fstat(self._file.fileno()).st_size
        if cold:
            read_uncached(self._file)

    def read(self, offset: int, length: int) -> bytes:
        """Return so many bytes from an offset; the system may return fewer at a time."""
        try:
            self._file.seek(offset)
            data = self._file.read(length) or b""
            while len(data) < length and (more := self._file.read(length - len(data))):
                data += more
            if self._cold:
                start = max(0, offset - _BEFORE)
                end = offset + length
                # 0: to the end, over which the last block may reach.
                _drop(self._file, start, 0 if end >= self._size else end - start)
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
        """Return the bytes that this process has read from a disk so far; None: not counted."""
        count = available_or_reason(disk_bytes) if self._counted else None
        return count if isinstance(count, int) else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _drop(file: FileIO, start: int, length: int) -> None:
    """Drop a range of a file from the page cache; length 0: up to the end.

    Where the system has no such call, cold files are read without the cache.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), start, length, os.POSIX_FADV_DONTNEED)


def filesystem(folder: Path) -> str | None:
    """Return the type of the file system of a folder; None where the system does not name it."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    real = PurePosixPath(folder.resolve())
    best, kind = -1, None
    for line in mounts.splitlines():
        _, point, mounted, *_ = line.split(" ")
        mount = PurePosixPath(point.replace("\\040", " "))
        # Of two mounts at one point, the later one hides the earlier.
        if real.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), mounted
    return kind


def _write_all(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]
