"""What runs beside an open page: a measurement, the report, the hand-in; one at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.document.numbers import plain_interval
from analysis.errors import AnalysisError
from analysis.lab.measuring import Measuring, Phase
from analysis.ledger import chain
from analysis.ledger.entries import Measurement, Rate
from bench.errors import BenchError
from hardware_profiles.command_line import DONE, NOISY

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from analysis.acts.outcome import Outcome
    from analysis.lab.measuring import Measured, State
    from analysis.lab.settings import LabOptions

_LOOK_S = 0.2
"""How often it is looked whether a file is written, or not wanted any more."""
_ALMOST = 99.0
"""Percent of what takes longer than expected."""


class Kind(StrEnum):
    """What runs, or ran last."""

    NOTHING = "nothing"
    MEASURING = "measuring"
    WRITING = "writing"


@dataclass(frozen=True)
class JobState:
    """How far it is, in words."""

    kind: Kind = Kind.NOTHING
    words: str = ""
    percent: float = 0.0
    is_running: bool = False
    is_error: bool = False


@dataclass(frozen=True)
class Written:
    """What a command writes."""

    words: str
    suffixes: tuple[str, ...]


FILES = {
    "report": Written("the report", (".html", ".pdf")),
    "submit": Written("the hand-in file", (".json.gz",)),
}
"""What is written, by the command that does it."""


class Jobs:
    """What runs beside a page."""

    def __init__(
        self,
        options: LabOptions,
        thread: Callable[..., threading.Thread],
        changed: Callable[[], None],
    ) -> None:
        """Begin with nothing.

        Args:
            options: the run that reports and hand-ins are of, and the ledger.
            thread: what makes threads that may send to the page.
            changed: is called whenever the state has changed.

        """
        self._options, self._thread, self._changed = options, thread, changed
        self._state = JobState()
        self._measuring: Measuring | None = None
        self._is_cancelled = False

    @property
    def state(self) -> JobState:
        """How far it is."""
        return self._state

    def _set(self, state: JobState) -> None:
        self._state = state
        self._changed()

    def _begin(self, state: JobState) -> None:
        """Take the only place there is.

        Raises:
            AnalysisError: something runs already.

        """
        if self._state.is_running:
            raise AnalysisError("something else runs; wait for it, or cancel it")
        self._is_cancelled = False
        self._state = replace(state, is_running=True)

    def cancel(self) -> None:
        """End what runs."""
        self._is_cancelled = True
        if self._measuring is not None:
            self._measuring.cancel()

    def measure(self, outcome: Outcome, nonce: str) -> None:
        """Run the configuration of an outcome of act II; add what comes of it to the ledger.

        Raises:
            AnalysisError: something runs already, or the outcome has no configuration.

        """
        setup = outcome.setup
        if setup is None:
            raise AnalysisError("there is nothing to measure of these levers")
        self._begin(JobState(Kind.MEASURING, "the measurement starts"))

        def on_change(state: State) -> None:
            self._set(self._described(state, outcome))

        self._measuring = Measuring(setup, nonce, on_change, thread=self._thread)

    def _described(self, state: State, outcome: Outcome) -> JobState:
        """Return a measurement in words; one that is done is kept first."""
        if state.result is not None:
            try:
                return JobState(Kind.MEASURING, self._kept(outcome, state.result))
            except (AnalysisError, BenchError) as error:
                return JobState(Kind.MEASURING, f"measured, but not kept: {error}", is_error=True)
        if state.phase is Phase.FAILED:
            return JobState(Kind.MEASURING, f"not measured: {state.problem}", is_error=True)
        if state.phase is Phase.CANCELLED:
            return JobState(Kind.MEASURING, "the measurement was cancelled; nothing was kept")
        words = (
            "another page is measuring; this one waits for its turn"
            if state.phase is Phase.WAITING
            else f"measuring: {state.elapsed_s:.0f} s of about {state.expected_s:.0f} s"
        )
        percent = min(100 * state.elapsed_s / state.expected_s, _ALMOST)
        return JobState(Kind.MEASURING, words, percent, is_running=True)

    def _kept(self, outcome: Outcome, result: Measured) -> str:
        """Add a measurement to the ledger, and say how it lies to the prediction."""
        predicted = outcome.number("rate")
        entry = Measurement(
            track=outcome.scenario.track,
            settings=dict(outcome.scenario.settings),
            predicted=Rate(value=predicted.value, low=predicted.low, high=predicted.high),
            measured=Rate(value=result.samples_per_s, low=result.low, high=result.high),
            disturbed=result.disturbed,
        )
        chain.append(self._options.ledger, [entry])
        first = plain_interval(predicted.value, predicted.low, predicted.high)
        second = plain_interval(result.samples_per_s, result.low, result.high)
        warnings = "".join(f" {warning}." for warning in result.warnings)
        return f"predicted {first} samples/s, measured {second} samples/s.{warnings}"

    def write(self, what: str) -> None:
        """Write the report, or the hand-in file, by the command that does so.

        Raises:
            AnalysisError: something runs already, or there is no such file.

        """
        if what not in FILES:
            raise AnalysisError(f"{what!r} is not written here; there are {', '.join(FILES)}")
        self._begin(JobState(Kind.WRITING, f"writing {FILES[what].words}"))
        self._thread(target=self._write, args=(what,)).start()

    def _write(self, what: str) -> None:
        command = [sys.executable, "-m", "analysis", what, str(self._options.run)]
        if self._options.ledger.exists():
            command += ["--ledger", str(self._options.ledger)]
        if self._options.course_file is not None:
            command += ["--course", str(self._options.course_file)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )
        while True:
            try:
                printed, errors = process.communicate(timeout=_LOOK_S)
                break
            except subprocess.TimeoutExpired:
                if self._is_cancelled:
                    process.terminate()
        if self._is_cancelled:
            self._set(JobState(Kind.WRITING, "cancelled"))
            return
        if process.returncode not in {DONE, NOISY}:
            self._set(JobState(Kind.WRITING, _problem(errors), is_error=True))
            return
        # The paths of what was written stand last.
        paths = [line for line in printed.splitlines()[-2:] if line.endswith(FILES[what].suffixes)]
        self._set(JobState(Kind.WRITING, f"{FILES[what].words} is written: {', '.join(paths)}"))


def _problem(errors: str) -> str:
    """Return what a command that failed says, without what it said before."""
    return (
        errors.strip().rpartition("error: ")[2] or "it ended without a word; try it in a terminal"
    )
