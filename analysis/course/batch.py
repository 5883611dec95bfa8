"""Many files: checked in chunks, each by one process, in little memory."""

from __future__ import annotations

import gc
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from analysis.course import rows
from analysis.course.checking import check_bytes, key_of, refused
from analysis.course.intake import IntakeError, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from analysis.course.places import File
    from analysis.course.remark import Checked, Remark
    from analysis.course.store import Store
    from bench.course import Course

CHUNK = 64
"""Files that a process checks at a time."""


class FileOutcome(NamedTuple):
    """What checking a file came to, without its rows."""

    file: str
    submission: str
    status: str
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class Work:
    """What is to be done with each chunk of files; can be sent to another process or host."""

    course: Course | None
    store: Store | None
    """Where rows go; None: they are dropped."""

    def __call__(self, files: Sequence[File]) -> list[FileOutcome]:
        """Check some files, in order; keep their rows, all or none."""
        # Objects come and go by the hundred thousand, and none is in a circle.
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return self._done(files)
        finally:
            if was_enabled:
                gc.enable()

    def _done(self, files: Sequence[File]) -> list[FileOutcome]:
        results = [check(file, self.course) for file in files]
        if self.store:
            tables: dict[str, list[pa.Table]] = {}
            for result in results:
                for name, table in rows.tables(result).items():
                    tables.setdefault(name, []).append(table)
            keys = [result.submission for result in results]
            self.store.write(part_name(keys), tables, CHECKED_TABLES, last="submissions")
        return [
            FileOutcome(each.file, each.submission, each.status.value, each.remarks)
            for each in results
        ]


def check(file: File, course: Course | None) -> Checked:
    """Return what checking a file comes to, wherever it lies."""
    try:
        data = file.read()
    except IntakeError as error:
        return refused(file.name, error)
    try:
        return check_bytes(data, file.name, course)
    except Exception as error:  # noqa: BLE001 - one file must not stop those of others
        what = f"{type(error).__name__}: {error}"[:200]
        remedy = "tell those who maintain this program, and send them the file"
        return refused(file.name, refusal("bundle", "a file that can be judged", what, remedy))


CHECKED_TABLES = ("submissions", "remarks", "windows", "cases", "locks", "prints", "inner")
"""Tables that checking fills."""


def part_name(keys: Sequence[str]) -> str:
    """Return the name of a chunk's part: the same for the same submissions."""
    return hashlib.sha256("".join(keys).encode()).hexdigest()[:16]


def chunks(files: Iterable[File], size: int = CHUNK) -> Iterator[list[File]]:
    """Yield files by the chunk."""
    chunk: list[File] = []
    for file in files:
        chunk.append(file)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass
class Listing:
    """The files of a class as they lie there now, and which of them were checked before."""

    files: list[File] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """By the name of a file: the key of what it holds; empty: it is known once it is checked."""
    new: list[File] = field(default_factory=list)
    """To be checked: what was not, each content once."""

    @classmethod
    def of(cls, files: Iterable[File], store: Store) -> Listing:
        """Return the files; those without a stamp are read, to see what they hold."""
        listing = cls()
        known, stamps = store.known(), store.stamps()
        under_way: set[str] = set()
        for file in files:
            key = stamps.get((file.name, file.stamp), "") if file.stamp else _key(file)
            listing.files.append(file)
            listing.keys[file.name] = key
            if not key or not (key in known or key in under_way):
                under_way.add(key)
                listing.new.append(file)
        return listing

    def remember(self, store: Store) -> None:
        """Keep which stamps stand for which contents, so that the next run need not read them."""
        stamped = [(f.name, f.stamp, self.keys[f.name]) for f in self.files if f.stamp]
        if stamped:
            store.keep_stamps(stamped)


def _key(file: File) -> str:
    try:
        return key_of(file.read())
    except IntakeError as error:
        return refused(file.name, error).submission


def cores() -> int:
    """Return how many processes check at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
