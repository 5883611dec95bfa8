"""Where submissions lie: files, folders, a bucket. A place is a class and a line of `PLACES`.

A `Found` names a file and can be sent to another process or host, which reads it there.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from analysis.course.intake import MOST_FILE_BYTES, read_file, refusal, too_large
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIXES = (".json", ".json.gz", ".gz")
"""What is taken out of a folder. What is named itself is always taken."""


class File(Protocol):
    """A file that somebody handed in, wherever it lies."""

    @property
    def name(self) -> str:
        """How it is called on pages: from the folder that was named on."""

    @property
    def stamp(self) -> str:
        """Tell it from other versions of itself without reading it; empty: it has to be read."""

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


def files(places: Sequence[str]) -> Iterator[File]:
    """Yield all files of some places, in the order of their names.

    Args:
        places: files, folders, s3://bucket/prefix.

    Raises:
        AnalysisError: nothing is there.

    """
    for place in places:
        listed = next((lists for prefix, lists in PLACES.items() if place.startswith(prefix)), None)
        yield from (listed or _local)(place)


def _local(place: str) -> Iterator[File]:
    if os.path.isdir(place) and not place.endswith(SUFFIXES):  # noqa: PTH112 - of any text
        yield from _below(os.path.abspath(place), "")  # noqa: PTH100
    elif os.path.lexists(place):
        yield LocalFile(os.path.abspath(place), _shown(place))  # noqa: PTH100
    else:
        raise AnalysisError(f"{place}: there is no such file or folder")


def _shown(name: str) -> str:
    """Return a name as text in UTF-8: names of files may be in no encoding at all."""
    return name.encode("utf-8", "backslashreplace").decode()


def _below(folder: str, prefix: str) -> Iterator[File]:
    """Yield the files below a folder; links are not followed, hidden entries passed over."""
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise AnalysisError(f"{folder}: {error.strerror or error}") from error
    for entry in ordered:
        if entry.name.startswith("."):
            continue
        name = f"{prefix}{entry.name}"
        if entry.name.endswith(SUFFIXES):
            yield LocalFile(entry.path, _shown(name))
            continue
        with suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path, f"{name}/")


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
        if info.type == FileType.File and info.path.endswith(SUFFIXES):
            name = info.path.removeprefix(f"{root}/")
            yield BucketFile(info.path, name, info.size, f"{info.mtime_ns} {info.size}")


PLACES = {"s3://": _in_bucket}
"""Places that are no folders, by how they begin."""
