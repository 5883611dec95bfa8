"""A configuration, measured on this machine while pages stay open: `bench experiment`, beside us.

It is a process with all that it starts, so that nothing of a page disturbs what is measured but the
core it takes, and ending it leaves nothing behind. One is measured at a time: two would share the
machine, and each would find half of it.
"""

from __future__ import annotations

import json
import math
import threading
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError
from analysis.lab.children import LOOK_S, ChildError, Work, module
from analysis.statistics.interval import log_t_interval
from hardware_profiles.command_line import DONE, NOISY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.bundle import Setup

SECONDS = 2.0
"""Of the steady window, where nothing else is asked for."""

_STARTING_S = 12.0
"""From the start of a process to its window, and from there to its end, before one was seen."""
_PARTS, _FEWEST = 10, 4
"""Stretches of a window whose rates are compared; fewer say nothing of its spread."""
_EXPERIMENT = module("bench")


class MeasuringError(AnalysisError):
    """A configuration could not be measured."""


class Phase(StrEnum):
    """How far a measurement is."""

    WAITING = "waiting"
    """Another one is not over."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_OVER = {Phase.DONE, Phase.FAILED, Phase.CANCELLED}


@dataclass(frozen=True)
class Measured:
    """What a configuration did in its steady window."""

    samples_per_s: float
    low: float
    """Of an interval at the level of what is measured, from the spread within the window."""
    high: float
    feeding_tax: float | None
    """Share of the window in which no step ran; None: no steps, or none that took their time."""
    batches: int
    seconds: float
    disturbed: bool
    """Whether the machine was too noisy to trust it."""
    warnings: tuple[str, ...]
    """What limits its use, in the user's words."""


@dataclass(frozen=True)
class State:
    """How far a measurement is, and what came of it."""

    phase: Phase
    elapsed_s: float
    expected_s: float
    """How long it takes, about; a disturbed window is measured again, so that it may be longer."""
    result: Measured | None = None
    """Where it is done."""
    problem: str = ""
    """Why it failed, in the user's words."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.phase in _OVER


_turn = threading.Lock()
"""Held by the one that is measured."""
_starting_s = [_STARTING_S]
"""What the last one took beside its window."""


class Measuring(Work):
    """A measurement on its way."""

    def __init__(
        self,
        setup: Setup,
        nonce: str,
        on_change: Callable[[State], None],
        *,
        seconds: float = SECONDS,
        thread: Callable[..., threading.Thread] = threading.Thread,
    ) -> None:
        """Begin it.

        Args:
            setup: what to run.
            nonce: of the generated data.
            on_change: is called by its thread whenever its state has changed, and each second.
            seconds: of the steady window, at least.
            thread: what makes threads, of which one can be called.

        """
        super().__init__()
        self._fields = setup.model_dump(mode="json") | {"nonce": nonce, "seconds": seconds}
        self._seconds = seconds
        self._on_change = on_change
        self._state = State(Phase.WAITING, 0.0, seconds + _starting_s[0])
        self.begin(thread)

    @property
    def state(self) -> State:
        """How far it is."""
        return self._state

    def run(self) -> None:
        """Measure once no other one is measured; whatever happens, it is over then."""
        try:
            while not _turn.acquire(timeout=LOOK_S):
                if self._cancelled.is_set():
                    self._set(phase=Phase.CANCELLED)
                    return
            try:
                self._measure()
            finally:
                _turn.release()
        finally:
            if not self._state.is_over:
                self._set(phase=Phase.FAILED, problem="why, the lab's terminal says")

    def _measure(self) -> None:
        began_s = time.monotonic()
        self._set(phase=Phase.RUNNING)
        try:
            answer = self._answer(began_s)
            elapsed_s = time.monotonic() - began_s
            if answer is None:
                self._set(phase=Phase.CANCELLED, elapsed_s=elapsed_s)
                return
            result = measured(answer)
        except (MeasuringError, ChildError) as error:
            elapsed_s = time.monotonic() - began_s
            self._set(phase=Phase.FAILED, elapsed_s=elapsed_s, problem=str(error))
            return
        if not result.disturbed:
            _starting_s[0] = max(0.0, elapsed_s - self._seconds)
        self._set(phase=Phase.DONE, elapsed_s=elapsed_s, result=result)

    def _answer(self, began_s: float) -> bytes | None:
        """Return what an experiment prints; None: it was cancelled.

        Raises:
            MeasuringError: it failed; in its own words.
            ChildError: it cannot be started.

        """

        def look() -> None:
            elapsed_s = time.monotonic() - began_s
            if int(elapsed_s) > int(self._state.elapsed_s):
                self._set(elapsed_s=elapsed_s)

        data = json.dumps(self._fields).encode()
        answer = self.answer_of(_EXPERIMENT, ("experiment", "--config", "-", "--json"), data, look)
        if answer is None:
            return None
        if answer.status in {DONE, NOISY}:
            return answer.printed
        raise MeasuringError(_problem(answer.status, answer.errors))

    def _set(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)
        self._on_change(self._state)


def measured(answer: bytes) -> Measured:
    """Return what an experiment printed as JSON.

    Raises:
        MeasuringError: that is no such answer, or too little to know a rate by.

    """
    try:
        values = json.loads(answer)
        rate, rows = float(values["samples_per_s"]), values["raw_us"]
        low, high = _interval(rate, [sum(row) for row in rows])
        return Measured(
            samples_per_s=rate,
            low=low,
            high=high,
            feeding_tax=values["feeding_tax"],
            batches=values["batches"],
            seconds=values["seconds"],
            disturbed=values["disturbed"],
            warnings=tuple(values["warnings"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MeasuringError(
            "bench experiment printed what this program does not know: is it of another version?"
        ) from error


def _interval(rate: float, periods_us: Sequence[int]) -> tuple[float, float]:
    """Return an interval of a window's rate, from the rates of stretches of it.

    Batches that follow one another resemble each other, stretches less. What differs from one
    window to the next is not in it.

    Raises:
        MeasuringError: there are too few batches.

    """
    count = len(periods_us)
    parts = min(_PARTS, count // 2)
    if parts < _FEWEST:
        raise MeasuringError(
            f"only {count:,} batches came, too few to know a rate by; measure a faster "
            "configuration, or use bench experiment with more --seconds"
        )
    edges = [round(part * count / parts) for part in range(parts + 1)]
    rates = [1 / max(1.0, fmean(periods_us[first:last])) for first, last in pairwise(edges)]
    spread = log_t_interval(rates)
    reach = math.sqrt(spread.high / spread.low)
    return rate / reach, rate * reach


def _problem(status: int, errors: bytes) -> str:
    """Return why an experiment failed, in the words that it had for its user."""
    lines = errors.decode(errors="replace").strip().splitlines()
    first = next((n for n, line in enumerate(lines) if line.startswith("error: ")), None)
    if first is not None:
        return "\n".join(lines[first:]).removeprefix("error: ")
    if status < 0:
        return f"the measuring process was ended from outside (signal {-status}); try again"
    last = lines[-1] if lines else "it said nothing"
    return f"the measuring process ended with status {status}: {last}"
