"""An experiment's window is judged by canaries: here simulated ones, of a core that slows down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench.bundle import slowdown
from bench.pipeline.configuration import configuration
from bench.pipeline.experiment import CANARIES, run_experiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.pipeline.configuration import Configuration

FAST, SLOW = [500] * CANARIES, [780] * CANARIES
"""Canaries of a core at its full speed, and in a slow spell, in us."""
SHAKEN = [500, 505, 502, *[900] * (CANARIES - 3)]
"""Other programs interrupt most of them, but the core is as fast as ever."""


class Simulated:
    """A process whose windows have given canaries, and take a time each on a clock of its own."""

    def __init__(self, windows: Sequence[list[int]], window_s: float = 1.0) -> None:
        self.now_s = 0.0
        self.windows = list(windows)
        self.window_s = window_s
        self.measured = 0
        self.lost_s = 0.0

    def clock_s(self) -> float:
        return self.now_s

    def measure(
        self, configuration: Configuration, kept: int = 100, canaries: int = 1
    ) -> dict[str, Any]:
        assert canaries == CANARIES
        self.now_s += self.window_s
        number = min(self.measured, len(self.windows) - 1)
        self.measured += 1
        started_us = None if number else 123
        window = {"canary_us": self.windows[number], "started_us": started_us}
        return {"window": window, "number": number}


@pytest.mark.parametrize(
    ("windows", "measured", "chosen"),
    [
        ([FAST + FAST], 1, 0),
        ([FAST + SHAKEN], 1, 0),
        ([FAST + SLOW, FAST + FAST], 2, 1),
        ([SLOW + FAST, FAST + SLOW, FAST + FAST], 3, 2),
        # Only the second window shows that the first was slow all the time.
        ([SLOW + SLOW, FAST + FAST], 1, 0),
        ([SLOW + FAST, SLOW + SLOW, FAST + FAST], 3, 2),
    ],
)
def test_a_disturbed_window_is_measured_again(
    windows: list[list[int]], measured: int, chosen: int
) -> None:
    process = Simulated(windows)
    result = run_experiment(process, configuration({}), process.clock_s)
    assert (result.windows, result.measured["number"]) == (measured, chosen)
    assert not result.disturbed
    assert result.warning is None
    assert result.measured["window"]["started_us"] == 123


@pytest.mark.parametrize(("seconds", "windows"), [(1.0, 10), (0.1, 10), (60.0, 180)])
def test_a_core_that_stays_slow_ends_it_in_time_with_the_calmest(
    seconds: float, windows: int
) -> None:
    """After 10 s, or three times the window's length, whichever is later."""
    less = [600] * CANARIES
    process = Simulated([FAST + SLOW, FAST + less, FAST + SLOW])
    result = run_experiment(process, configuration({"seconds": seconds}), process.clock_s)
    assert result.windows == windows
    assert result.disturbed
    assert result.measured["number"] == 1
    assert result.slowdown == pytest.approx(0.2)
    assert result.warning is not None
    assert f"slowed by 20 % in the calmest of {windows} windows" in result.warning


def test_a_slowdown_is_that_of_the_slower_side() -> None:
    assert slowdown(FAST + FAST, 500) == 0
    assert slowdown(FAST + SLOW, 500) == pytest.approx(0.56)
    assert slowdown(SLOW + FAST, 500) == pytest.approx(0.56)
    assert slowdown(FAST + FAST, 600) == 0
