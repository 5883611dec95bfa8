"""A link or a disk as slow as a profile says: bytes wait their turn, and are really waited for.

Times are of `time.perf_counter_ns`, which Linux, macOS and Windows count alike in all processes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from hardware_profiles.service import Service

_LAG_NS = 5_000_000
"""What a sleep may last too long at most, and be made up for with the next."""
_LATE_SHARE = 0.05
_LATE_NS = 50_000
"""What a read may take longer than it was to: a share of that, or what a processor may be away."""


class Link:
    """A storage tier's bytes: those whose turn is the same share its rate (`Service`)."""

    def __init__(self, turn: Any, tier: Service) -> None:
        """Make a link; turn is a `multiprocessing.Value("q")`: when the next turn is, in ns."""
        self._tier = tier
        self._free = turn

    def book(self, size: int, asked_ns: int) -> int:
        """Take the next turn for so many bytes; return when the last of them will have passed."""
        busy_ns = round(self._tier.busy_s(size) * 1e9)
        with self._free.get_lock():
            start: int = max(self._free.value, asked_ns)
            self._free.value = start + busy_ns
        return start + round(self._tier.takes_s(size) * 1e9)


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
        # The request was really made when the last sleep ended, not when it should have.
        took_ns = time.perf_counter_ns() - (asked_ns + self._lag_ns)
        meant_ns = end_ns - asked_ns
        late = took_ns > meant_ns + max(_LATE_NS, _LATE_SHARE * meant_ns)
        lag_ns = wait_until(end_ns)
        self._lag_ns = 0 if late else min(lag_ns, _LAG_NS)
        return late


def wait_until(end_ns: int) -> int:
    """Sleep until a time; return by how much it was passed."""
    while (left := end_ns - time.perf_counter_ns()) > 0:
        time.sleep(left / 1e9)
    return -left
