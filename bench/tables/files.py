"""Open a user's file, whatever its format. Files are only read.

What does not fit is sampled: blocks of whole rows, or row groups, spread evenly over the file.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import TableError
from bench.tables.binary_files import read_arrow, read_parquet, read_tfrecord
from bench.tables.sources import SAMPLE_BYTES, TYPES, Source, Task
from bench.tables.text_files import read_csv, read_json
from formats.errors import DecodeError
from hardware_profiles.errors import TextError
from hardware_profiles.text import decoded

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("csv", "json", "parquet", "arrow", "tfrecord")
_SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "json",
    ".ndjson": "json", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow",
    ".feather": "arrow", ".ipc": "arrow", ".tfrecord": "tfrecord", ".tfrecords": "tfrecord",
}  # fmt: skip


def recognise(task: Task) -> tuple[Path, int, str]:
    """Return a file's path, size in bytes and format, without reading much of it.

    Raises:
        TableError: it is not there, is empty, or of no format that is known; or it should be a
            text, and is none.

    """
    path = Path(task.file)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(16)
            kind = task.kind or _kind(path, head) if size else ""
            text = head + stream.read(SAMPLE_BYTES) if kind in {"csv", "json"} else b""
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not size:
        raise TableError(f"{path}: the file is empty; name one that holds rows")
    if size <= len(text):
        try:
            decoded(text, str(path))
        except TextError as error:
            raise TableError(str(error)) from error
    return path, size, kind


def open_source(task: Task) -> Source:
    """Read a file, or a sample of it.

    Raises:
        TableError: it cannot be read as rows; says where, and what to do.

    """
    path, size, kind = recognise(task)
    unknown = [name for name in task.types.values() if name not in TYPES]
    if unknown:
        raise TableError(
            f"{path}: no type is called {unknown[0]!r}; choose from {', '.join(TYPES)}"
        )
    try:
        source = _READERS[kind](path, size, task)
    except TextError as error:
        raise TableError(str(error)) from error
    except DecodeError as error:
        raise TableError(f"{path}: {error}; name a file that is whole") from error
    except (OSError, ValueError, UnicodeDecodeError) as error:
        text = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise TableError(f"{path}: not read as {kind}: {text}; {_REMEDIES[kind]}") from error
    if not source.rows.table.num_rows or not source.rows.columns:
        raise TableError(f"{path}: it holds no rows; {_REMEDIES[kind]}")
    return source


_REMEDIES = {
    "csv": "see --delimiter, --no-header and --type NAME=TYPE",
    "json": "an object a line is read; see --type NAME=TYPE, or --kind for another format",
    "parquet": "write it again, or see --kind for another format",
    "arrow": "write it again as an Arrow IPC file, or see --kind for another format",
    "tfrecord": "see --type NAME=TYPE for its features, or --kind for another format",
}


def _kind(path: Path, head: bytes) -> str:
    """Return the format of a file by its first bytes, else by its name."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "arrow"
    if len(head) >= 12:
        from formats.protobuf.tfrecord import head as head_of

        (length,) = struct.unpack_from("<Q", head)
        if head_of(length) == head[:12]:
            return "tfrecord"
    if head.lstrip().startswith(b"{"):
        return "json"
    try:
        return _SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise TableError(
            f"{path}: which format it is shows neither in its first bytes nor in its name; "
            f"name it with --kind: {', '.join(KINDS)}"
        ) from None


_READERS: dict[str, Callable[[Path, int, Task], Source]] = {
    "csv": read_csv,
    "json": read_json,
    "parquet": read_parquet,
    "arrow": read_arrow,
    "tfrecord": read_tfrecord,
}
