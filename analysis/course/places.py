"""Where submissions lie: files, folders, a bucket. A place is a class and a line of `PLACES`.

A `Found` names a file and can be sent to another process or host, which reads it there.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from analysis.course.intake import MOST_FILE_BYTES, read_file, refusal, too_large
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class File(Protocol):
    """A file that somebody handed in, wherever it lies."""

    @property
    def name(self) -> str:
        """How it is called on pages: from the folder that was named on."""

    @property
    def stamp(self) -> str:
        """Tell it from other versions of itself without reading it; empty: it has to be read."""

    def called(self, name: str) -> Self:
        """Return it under another name."""

    def read(self) -> bytes:
        """Return its bytes.

        Raises:
            IntakeError: they cannot be taken.

        """


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this machine, or of one that has the same folders; its path is absolute."""

    path: str
    name: str
    stamp: str = ""

    def called(self, name: str) -> Self:
        """Return it under another name."""
        return replace(self, name=name)

    def read(self) -> bytes:
        """Return its bytes; see `analysis.course.intake.read_file`."""
        return read_file(Path(self.path))


@dataclass(frozen=True, slots=True)
class BucketFile:
    """An object in S3, or on a server with the same protocol."""

    key: str
    """With its bucket: bucket/prefix/name."""
    name: str
    size: int
    stamp: str
    """When it was changed, in ns, and its size."""

    def called(self, name: str) -> Self:
        """Return it under another name."""
        return replace(self, name=name)

    def read(self) -> bytes:
        """Return its bytes."""
        if self.size > MOST_FILE_BYTES:
            raise too_large(self.size)
        try:
            with _bucket().open_input_stream(self.key) as stream:
                data: bytes = stream.read(MOST_FILE_BYTES + 1)
        except OSError as error:
            why = str(error)[:200]
            raise refusal(
                "file", "an object that can be read", why, "look at its rights"
            ) from error
        if len(data) > MOST_FILE_BYTES:
            raise too_large(len(data))
        return data


@lru_cache(maxsize=1)
def _bucket() -> Any:
    """Return the server, as the environment names it; made once in a process."""
    from pyarrow.fs import S3FileSystem

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return S3FileSystem(
        endpoint_override=endpoint,
        region=region or "us-east-1",
        connect_timeout=5,
        request_timeout=20,
    )


def files(places: Sequence[str], passed_over: list[str] | None = None) -> Iterator[File]:
    """Yield all files of some places, in the order of their names, no two of one name.

    Args:
        places: files, folders, s3://bucket/prefix.
        passed_over: takes the names of what in folders is no hand-in by its name.

    Raises:
        AnalysisError: nothing is there.

    """
    skipped = [] if passed_over is None else passed_over
    names: set[str] = set()
    for place in places:
        for file in _listed(place, skipped):
            candidates = _candidates(file.name, _shown(place), alone=len(places) == 1)
            name = next(name for name in candidates if name not in names)
            names.add(name)
            yield file.called(name)


def _candidates(name: str, place: str, *, alone: bool) -> Iterator[str]:
    """Yield what a file of a place may be called, the best first: some name is always free.

    Of several folders each name begins with its folder's, as it would below their parent.
    """
    if not alone and name != place:
        folder = place.rstrip("/\\").replace("\\", "/")
        yield f"{folder.rpartition('/')[2]}/{name}"
        name = f"{folder}/{name}"
    while True:
        yield name
        name = f"{name} (again)"


def _listed(place: str, passed_over: list[str]) -> Iterator[File]:
    for prefix, lists in PLACES.items():
        if place.startswith(prefix):
            return lists(place)
    return _local(place, passed_over)


def _local(place: str, passed_over: list[str]) -> Iterator[File]:
    if os.path.isdir(place) and not is_hand_in(place):  # noqa: PTH112 - of any text
        yield from _below(os.path.abspath(place), passed_over)  # noqa: PTH100
    elif os.path.lexists(place):
        yield LocalFile(os.path.abspath(place), _shown(place))  # noqa: PTH100
    else:
        raise AnalysisError(f"{place}: there is no such file or folder")


def is_hand_in(name: str) -> bool:
    """Tell whether a name is one of a hand-in, whatever a browser or a system made of it."""
    return _HAND_IN.search(name.lower()) is not None


_HAND_IN = re.compile(r"\.(json|json\.gz|gz)( ?\(\d+\))?(\.gz)?$")


def _shown(name: str) -> str:
    """Return a name as one line in UTF-8: names of files may have several, and no encoding."""
    text = name.encode("utf-8", "backslashreplace").decode()
    return text.translate({ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"})


def _below(top: str, passed_over: list[str]) -> Iterator[File]:
    """Yield the files below a folder; links are not followed, other files passed over.

    A folder that cannot be searched is yielded itself, to be refused: it stops nobody else's.
    """
    waiting: list[tuple[str, str, int]] = [(top, "", 0)]
    while waiting:
        folder, prefix, depth = waiting.pop()
        ordered = _entries(folder) if depth <= _DEEPEST else None
        if ordered is None:
            if not depth:
                raise AnalysisError(f"{folder}: it cannot be searched")
            yield LocalFile(folder, _shown(prefix.removesuffix("/")))
            continue
        inner = []
        for entry in ordered:
            name = f"{prefix}{entry.name}"
            is_folder = False
            with suppress(OSError):
                is_folder = entry.is_dir(follow_symlinks=False)
            if is_hand_in(entry.name):
                yield LocalFile(entry.path, _shown(name))
            elif is_folder and not entry.name.startswith("."):
                inner.append((entry.path, f"{name}/", depth + 1))
            else:
                passed_over.append(_shown(name))
        waiting += reversed(inner)


def _entries(folder: str) -> list[os.DirEntry[str]] | None:
    """Return what is in a folder, by name; None: it cannot be searched."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return None


_DEEPEST = 40
"""Folders within each other that are searched."""


def _in_bucket(place: str) -> Iterator[File]:
    from pyarrow.fs import FileSelector, FileType

    root = place.removeprefix("s3://").strip("/")
    try:
        infos = _bucket().get_file_info(FileSelector(root, recursive=True))
    except OSError as error:
        raise AnalysisError(
            f"{place}: {str(error)[:300]}; credentials and AWS_ENDPOINT_URL are taken from the "
            "environment"
        ) from error
    for info in sorted(infos, key=lambda info: info.path):
        if info.type == FileType.File and is_hand_in(info.path):
            name = info.path.removeprefix(f"{root}/")
            yield BucketFile(info.path, name, info.size, f"{info.mtime_ns} {info.size}")


PLACES = {"s3://": _in_bucket}
"""Places that are no folders, by how they begin."""
