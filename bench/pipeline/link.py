"""Emulate a link or a disk with the rate and latency of a profile, by really waiting.

Times are of `time.perf_counter_ns`, a clock that all processes of a machine share on Linux, macOS
and Windows.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from hardware_profiles.service import Service

_MAX_LAG_NS = 5_000_000
"""The most of an overlong sleep that is made up for with the next one. Assumed."""
_LATE_SHARE = 0.05
_LATE_NS = 50_000
"""A read is late if it took longer than emulated by more than this share of its time, or by more
than this, which is how long the scheduler may hold a processor back. Assumed."""


class LocalValue:
    """What `multiprocessing.Value` is, for one process alone: it needs no shared memory."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def get_lock(self) -> threading.Lock:
        """Return the lock of the value."""
        return self._lock


class Link:
    """The bandwidth of a storage tier (`Service`), which all readers of a link share."""

    def __init__(self, free_at: Any, tier: Service) -> None:
        """Make a link; free_at is a `multiprocessing.Value("q")`: when it is idle next, in ns."""
        self._tier = tier
        self._free_at = free_at

    def book(self, size: int, requested_ns: int) -> int:
        """Queue a request for so many bytes; return when its last byte arrives, in ns."""
        busy_ns = round(self._tier.busy_s(size) * 1e9)
        with self._free_at.get_lock():
            start_ns: int = max(self._free_at.value, requested_ns)
            self._free_at.value = start_ns + busy_ns
        return start_ns + round(self._tier.takes_s(size) * 1e9)


class LinkReader:
    """One reader of a link; the time that a sleep was too long is taken off the next one."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lag_ns = 0

    def request(self) -> int:
        """Begin a request; return its time in ns, without the lag of earlier sleeps."""
        return time.perf_counter_ns() - self._lag_ns

    def wait(self, size: int, requested_ns: int) -> bool:
        """Wait until so many bytes have arrived; return whether the real read was slower.

        Then this machine is slower than the tier, and its own speed is measured.
        """
        end_ns = self._link.book(size, requested_ns)
        # The request was really made when the last sleep ended, not when it should have.
        elapsed_ns = time.perf_counter_ns() - (requested_ns + self._lag_ns)
        emulated_ns = end_ns - requested_ns
        late = elapsed_ns > emulated_ns + max(_LATE_NS, _LATE_SHARE * emulated_ns)
        lag_ns = wait_until(end_ns)
        self._lag_ns = 0 if late else min(lag_ns, _MAX_LAG_NS)
        return late


def wait_until(end_ns: int) -> int:
    """Sleep until a time; return by how many ns it has passed."""
    while (left_ns := end_ns - time.perf_counter_ns()) > 0:
        time.sleep(left_ns / 1e9)
    return -left_ns
