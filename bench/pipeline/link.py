"""A link or a disk as slow as a profile says: bytes wait their turn, and are really waited for.

Times are of `time.perf_counter_ns`, which Linux, macOS and Windows count alike in all processes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

TOLERANCE_NS = 5_000_000
"""What a sleep may last too long, and be made up for with the next; what a read may be late."""


class Link:
    """Bytes pass one request after another, at a rate; each request waits for its first byte.

    It is handed to processes that start; those that have the same one share its rate.
    """

    def __init__(self, context: BaseContext, rate: float, latency_s: float) -> None:
        """Make a link of a rate in B/s and a latency in s."""
        self._ns_per_byte = 1e9 / rate
        self._latency_ns = round(latency_s * 1e9)
        self._free = context.Value("q", 0)

    def book(self, size: int, asked_ns: int) -> int:
        """Take the next turn for so many bytes; return when the last of them will have passed."""
        with self._free.get_lock():
            start = max(self._free.value, asked_ns)
            end: int = start + round(size * self._ns_per_byte)
            self._free.value = end
        return end + self._latency_ns


class Passage:
    """One reader's way over a link: what a sleep lasted too long is taken off the next one."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lag_ns = 0

    def ask(self) -> int:
        """Return when a request is made."""
        return time.perf_counter_ns() - self._lag_ns

    def wait(self, size: int, asked_ns: int) -> bool:
        """Wait until so many bytes have passed; tell whether they came too late to be waited for.

        Then what really gave them is slower than the link, and nothing was emulated.
        """
        end_ns = self._link.book(size, asked_ns)
        late = time.perf_counter_ns() > end_ns + TOLERANCE_NS
        lag_ns = wait_until(end_ns)
        self._lag_ns = 0 if late else min(lag_ns, TOLERANCE_NS)
        return late


def wait_until(end_ns: int) -> int:
    """Sleep until a time; return by how much it was passed."""
    while (left := end_ns - time.perf_counter_ns()) > 0:
        time.sleep(left / 1e9)
    return -left
