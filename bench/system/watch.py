"""Time in which nobody ran: a laptop that slept, a process that was stopped or frozen.

Seen from the process that waits for a measurement, so that the one that measures is left alone.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PERIOD_S = 0.25
"""How often it looks."""
_LATE_S = 0.5
"""Longest a look may come late on a busy machine; more is time in which this process stood."""
_PEER_LATE_S = 2.0
"""Longest a wait of seconds may end late, likewise."""
STOPPED_S = 20.0
"""How long others of ours may be stopped, while this process runs, before they are given up."""
_LOOKS_PER_LISTING = 4
"""Which processes there are is listed once in so many looks: it takes longer than the looks."""
_STOPPED = {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
_STOPPED_LETTERS = (b"T", b"t")


class Patience:
    """How long a peer is waited for, a short wait at a time, without time in which nobody ran."""

    def __init__(self, seconds: float) -> None:
        self._left_s = seconds

    @property
    def over(self) -> bool:
        """Whether it has been waited for as long as that."""
        return self._left_s <= 0

    def spend(self, waited_s: float, wait_s: float) -> None:
        """Note a wait that was to take wait_s at the most, and took waited_s.

        One that ends much later is one in which this process was stopped: it does not count.
        """
        if waited_s < wait_s + _PEER_LATE_S:
            self._left_s -= waited_s


class Watch:
    """Looks at the clocks, and at processes of ours, a few times a second. A context manager."""

    def __init__(
        self,
        monotonic_s: Callable[[], float] = time.monotonic,
        asleep_s: Callable[[], float] | None = None,
    ) -> None:
        """Take clocks.

        Args:
            monotonic_s: a clock that goes on while this process is stopped.
            asleep_s: by how much the machine's sleep has set the first one back so far.

        """
        self._monotonic_s = monotonic_s
        self._asleep_s = asleep_s or sleep_clock()
        self._lock = threading.Lock()
        self._last_s = monotonic_s()
        self._last_asleep_s = self._asleep_s()
        self._stood_s = 0.0
        self._lost_s = 0.0
        self._followed: dict[int, _Family] = {}
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(PERIOD_S):
            self.look()

    def look(self) -> None:
        """Look at the clocks and at the processes that are followed."""
        with self._lock:
            self._look_at_clocks()
            for family in self._followed.values():
                self._lost_s += family.look(self._last_s)

    def clock_s(self) -> float:
        """Return a time that does not go on while this process is stopped or the machine sleeps."""
        with self._lock:
            self._look_at_clocks()
            return self._last_s - self._stood_s

    @property
    def lost_s(self) -> float:
        """Time so far in which this process, or one that is followed, could not run.

        The machine's sleep counts, whether or not the clock went on.
        """
        with self._lock:
            self._look_at_clocks()
            return self._lost_s

    def stopped_s(self, pid: int) -> float:
        """Return for how long a followed process, or one that it started, has been stopped now."""
        with self._lock:
            family = self._followed.get(pid)
            return family.stopped_s if family else 0.0

    @contextmanager
    def following(self, pid: int) -> Iterator[None]:
        """Look at a process and those that it starts, too."""
        with self._lock:
            self._followed[pid] = _Family(pid)
        try:
            yield
        finally:
            with self._lock:
                self._followed.pop(pid, None)

    def _look_at_clocks(self) -> None:
        now_s, asleep_s = self._monotonic_s(), self._asleep_s()
        gap_s = now_s - self._last_s - PERIOD_S
        if gap_s > _LATE_S:
            self._stood_s += gap_s
            self._lost_s += gap_s
            # Whatever was stopped with this process has had no time to go on.
            for family in self._followed.values():
                family.begin_again(now_s)
        slept_s = asleep_s - self._last_asleep_s
        if slept_s > _LATE_S:
            self._lost_s += slept_s
        self._last_s, self._last_asleep_s = now_s, asleep_s


class _Family:
    """A process and those that it started."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._last_s: float | None = None
        self._pids = [pid]
        self._looks = 0
        self.stopped_s = 0.0

    def begin_again(self, now_s: float) -> None:
        """Forget for how long it has been stopped."""
        self.stopped_s = 0.0
        self._last_s = now_s

    def look(self, now_s: float) -> float:
        """Return how long one of them has been stopped since the last look."""
        since_s = PERIOD_S if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        if self._looks % _LOOKS_PER_LISTING == 0:
            self._pids = _family(self._pid)
        self._looks += 1
        if not any(_is_stopped(pid) for pid in self._pids):
            self.stopped_s = 0.0
            return 0.0
        self.stopped_s += since_s
        return since_s


def _family(pid: int) -> list[int]:
    """Return a process and those that it started: on Linux, where the kernel lists them."""
    pids = [pid]
    if sys.platform != "linux":
        return pids
    for parent in pids:
        with suppress(OSError):
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                pids.extend(int(child) for child in children.read_bytes().split())
    return pids


def _is_stopped(pid: int) -> bool:
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            return False
        return stat[stat.rfind(b")") + 2 :][:1] in _STOPPED_LETTERS
    try:
        return psutil.Process(pid).status() in _STOPPED
    except psutil.Error:
        return False


def sleep_clock() -> Callable[[], float]:
    """Return a clock of the machine's sleep: how much later it is than by `time.monotonic`.

    By the clock that goes on in sleep where there is one, else by the time of day: a correction of
    that looks like sleep, and only has something measured again.
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    if boot is not None:
        return lambda: time.clock_gettime(boot) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return lambda: time.time() - time.monotonic()
