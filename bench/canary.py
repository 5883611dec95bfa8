"""A fixed piece of work whose time tells how fast the core runs just now."""

from __future__ import annotations

import time

_STEPS = 5_000
"""About 500 us on a laptop: long enough for the clock, short beside a sample of 20 ms."""
_TRIES = 2


def _work() -> int:
    state = 1
    for step in range(_STEPS):
        state = (state * 1_103_515_245 + 12_345 + step) & 0x7FFFFFFF
    return state


def canary_us() -> int:
    """Return the time of the work in microseconds, about 500 on a laptop.

    The better of two tries: the first also fetches the work back into caches that the sample
    before it has filled, and an interrupt seldom hits both.
    """
    fastest_ns = None
    for _ in range(_TRIES):
        start = time.perf_counter_ns()
        _work()
        taken_ns = time.perf_counter_ns() - start
        fastest_ns = taken_ns if fastest_ns is None else min(fastest_ns, taken_ns)
    return max(1, round((fastest_ns or 0) / 1000))
