"""The ledger as the lab reads it: again whenever another tab or command has added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from analysis.ledger import chain, known
from analysis.ledger.entries import Lock, Try

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.ledger.entries import Body


class Record:
    """What a ledger holds."""

    _read: ClassVar[dict[Path, Sequence[Body]]] = {}
    """What was read last, by path, on any page: a ledger only grows."""

    def __init__(self, path: Path) -> None:
        """Begin; the file is read when it is asked for, and again once it has changed."""
        self.path = path
        self._state: tuple[int, int] | None = None
        self._bodies: Sequence[Body] = ()

    def bodies(self) -> Sequence[Body]:
        """Return all entries.

        Raises:
            LedgerError: the ledger is not as it was written; nothing is taken for an empty one.

        """
        state = self._stat()
        if state != self._state or state is None:
            bodies = known.read(self.path)
            self._require_more(bodies)
            self._bodies, self._state = bodies, state
        return self._bodies

    def _require_more(self, bodies: Sequence[Body]) -> None:
        """Refuse a ledger that has less than it had, or another beginning: entries were lost.

        Raises:
            LedgerError: it says how many.

        """
        before = self._read.get(self.path, ())
        if before and (len(bodies) < len(before) or bodies[len(before) - 1] != before[-1]):
            raise chain.LedgerError(
                f"{self.path}: it had {len(before)} entries while this lab was open, and now it is "
                "gone, shorter or another one; put it back, or end the lab to begin another"
            )
        self._read[self.path] = bodies

    def append(self, *bodies: Body) -> None:
        """Add entries; each is on the disk when this returns.

        Raises:
            LedgerError: the ledger is not as it was written.
            BusyError: another process does not end writing it.
            StoreError: it cannot be written.

        """
        chain.append(self.path, bodies)

    def _stat(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size


def last_try(
    bodies: Sequence[Body], act: str | None = None, track: str | None = None
) -> Try | None:
    """Return the last scenario that was tried, of an act and a track where these are named."""
    for body in reversed(bodies):
        if isinstance(body, Try) and act in {None, body.act} and track in {None, body.track}:
            return body
    return None


def last_question(bodies: Sequence[Body]) -> str | None:
    """Return what was locked or tried last: the question of an act; None: nothing was."""
    for body in reversed(bodies):
        if isinstance(body, Try):
            return body.act
        if isinstance(body, Lock):
            return body.question
    return None
