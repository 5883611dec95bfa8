"""The file of a ledger: JSON lines, each with its predecessor's hash; one writer at a time.

An entry is acknowledged when `append` returns: it is whole on the disk then. A process that is
killed before leaves at most a part of a line at the end, which the next writer removes and says so.
"""

from __future__ import annotations

import codecs
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from analysis.errors import AnalysisError
from analysis.ledger.entries import FIRST, VERSION, Entry, Recovery
from bench.bundle import lock, write_atomically
from bench.bundle.files import make_folder, store_error, sync, sync_folder
from bench.errors import BusyError
from hardware_profiles.errors import TextError
from hardware_profiles.text import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from analysis.ledger.entries import Body

_PATIENCE_S = 30.0
"""How long another writer is waited for: it needs milliseconds."""
_PAUSE_S = 0.01
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
"""What a file begins with that an editor saved; UTF-32-LE begins as UTF-16-LE does."""


class LedgerError(AnalysisError):
    """A ledger is not as it was written."""


@dataclass(frozen=True)
class Chain:
    """The entries of a ledger, in order."""

    entries: tuple[Entry, ...]
    end: int
    """Bytes of the file that they take."""
    torn: int
    """Bytes after them: a line that was not finished."""
    resaved: bool = False
    """Whether an editor or a shell saved the file in another encoding, or with other line ends."""

    @property
    def bodies(self) -> tuple[Body, ...]:
        """What the entries hold."""
        return tuple(entry.body for entry in self.entries)


def read(path: Path) -> Chain:
    """Return a ledger; an empty one where there is no file.

    Raises:
        LedgerError: an entry was changed, removed or moved; it names the line.

    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise LedgerError(f"{path} cannot be read: {error.strerror or error}") from error
    lines, rest, resaved = _lines(path, data)
    return Chain(entries(lines, str(path)), len(data) - len(rest), len(rest), resaved)


def entries(lines: Sequence[bytes], source: str) -> tuple[Entry, ...]:
    """Return the entries that lines hold, each bound to the one before.

    Raises:
        LedgerError: an entry was changed, removed or moved; it names the line.

    """
    result: list[Entry] = []
    previous = FIRST
    for number, line in enumerate(lines):
        entry, previous = _entry(source, number, line, previous)
        result.append(entry)
    return tuple(result)


def _lines(path: Path, data: bytes) -> tuple[list[bytes], bytes, bool]:
    """Return the lines of a ledger, what follows them unfinished, and whether it was saved anew.

    Raises:
        LedgerError: it is no text.

    """
    resaved = data.startswith(_MARKS) or b"\r" in data
    head, feed, rest = data.rpartition(b"\n")
    # What a killed process left is the begin of an entry, or room on the disk that was not filled.
    # An editor may have left out the last line's end.
    resaved = resaved or _whole(rest)
    if resaved or not (rest.startswith(b"{") or not rest.strip(b"\0")):
        head, feed, rest = data, b"", b""
    try:
        text = decoded(head + feed, str(path))
    except TextError as error:
        raise LedgerError(str(error)) from error
    lines = [line.encode() for line in text.removesuffix("\n").split("\n") if line or not resaved]
    return lines if text else [], rest, resaved


def _whole(rest: bytes) -> bool:
    """Tell whether what follows the last line's end is an entry that lacks only that."""
    try:
        return isinstance(json.loads(rest), dict)
    except (ValueError, RecursionError):
        return False


def _entry(source: str, number: int, line: bytes, previous: str) -> tuple[Entry, str]:
    """Return an entry and its hash, which the next one has as its predecessor's."""
    place = f"{source}, line {number + 1}"
    remedy = "restore the file from a copy, or begin another with --ledger"
    try:
        record = json.loads(line)
        if record.get("version") != VERSION:
            raise LedgerError(
                f"{place}: version {record.get('version')!r} is not known here; it was written by "
                "another version of this program"
            )
        del record["hash"]
        entry = Entry.model_validate_json(json.dumps(record))
    except (ValueError, ValidationError, AttributeError, KeyError, RecursionError) as error:
        if isinstance(error, LedgerError):
            raise
        raise LedgerError(f"{place}: no entry of a ledger; {remedy}") from error
    sealed, digest = entry.sealed()
    if sealed != line + b"\n":
        raise LedgerError(f"{place}: it was changed after it was written; {remedy}")
    if (entry.number, entry.previous) != (number, previous):
        raise LedgerError(f"{place}: an entry before it was changed, removed or moved; {remedy}")
    return entry, digest


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a ledger's folder; wait for another writer.

    Raises:
        BusyError: it does not end.
        StoreError: the folder cannot be written.

    """
    end_s = time.monotonic() + _PATIENCE_S
    while True:
        held = lock(folder, "writing the ledger")
        try:
            held.__enter__()
        except BusyError:
            if time.monotonic() > end_s:
                raise
            time.sleep(_PAUSE_S)
            continue
        try:
            yield
        finally:
            held.__exit__(None, None, None)
        return


def append(path: Path, bodies: Sequence[Body]) -> Chain:
    """Add entries, each on the disk before the next; return the ledger with them.

    Raises:
        LedgerError: it is not as it was written.
        BusyError: another process does not end writing it.
        StoreError: it cannot be written.

    """
    make_folder(path.resolve().parent)
    with _alone(path.resolve().parent):
        chain = read(path)
        if chain.resaved:
            write_atomically(path, b"".join(entry.line() for entry in chain.entries))
            chain = read(path)
        added: list[Body] = [Recovery(removed_bytes=chain.torn)] if chain.torn else []
        try:
            is_new = not path.exists()
            with path.open("xb" if is_new else "r+b") as file:
                file.truncate(chain.end)
                file.seek(chain.end)
                for body in (*added, *bodies):
                    chain = _written(file.fileno(), chain, body)
            if is_new:
                sync_folder(path.resolve().parent)
        except OSError as error:
            raise store_error(path, error) from error
    return chain


def _written(handle: int, chain: Chain, body: Body) -> Chain:
    previous = chain.entries[-1].digest() if chain.entries else FIRST
    entry = Entry(number=len(chain.entries), previous=previous, body=body)
    line = entry.line()
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(handle, rest) :]
    sync(handle)
    return Chain((*chain.entries, entry), chain.end + len(line), 0)
