"""What runs beside open pages: a measurement, the report, the hand-in; one at a time, for all."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from analysis.acts.levers import LEVERS
from analysis.document.numbers import plain_interval
from analysis.errors import AnalysisError
from analysis.lab.measuring import Measuring, Phase
from analysis.lab.views.words import USUAL, counted_in, words_of
from analysis.lab.writing import FILES, Writing
from analysis.ledger import chain
from analysis.ledger.entries import Measurement, Rate
from bench.errors import BenchError
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from analysis.acts.outcome import Outcome
    from analysis.acts.scenario import Scenario
    from analysis.lab.children import Work
    from analysis.lab.measuring import Measured, State
    from analysis.lab.settings import LabOptions
    from analysis.lab.writing import Ending

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
    of: str = ""
    """The configuration that is measured, or was."""


class Subscriber(Protocol):
    """A page, as what runs beside it knows it."""

    def notify(self) -> None:
        """Have it show the new state, soon, in a thread of its own."""


class Jobs:
    """What runs beside all pages of this process."""

    def __init__(self, options: LabOptions) -> None:
        """Begin with nothing; options: the run that files are of, and the ledger."""
        self.options = options
        self._lock = threading.Lock()
        self._state = JobState()
        self._work: Work | None = None
        self._is_cancelled = False
        self._subscribers: WeakSet[Subscriber] = WeakSet()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Notify a page of each change, as long as there is one."""
        with self._lock:
            self._subscribers.add(subscriber)

    @property
    def state(self) -> JobState:
        """How far it is."""
        return self._state

    def _set(self, state: JobState) -> None:
        with self._lock:
            self._state = state
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            subscriber.notify()

    def _begin(self, state: JobState) -> None:
        """Take the only place there is.

        Raises:
            AnalysisError: something runs already.

        """
        with self._lock:
            if self._state.is_running:
                raise AnalysisError("something else runs; wait for it, or cancel it")
            self._state, self._work, self._is_cancelled = state, None, False
        self._set(state)

    def _hold(self, work: Work) -> None:
        """Remember what is to be cancelled, and cancel it if that was asked for meanwhile."""
        with self._lock:
            self._work = work
        if self._is_cancelled:
            work.cancel()

    def cancel(self) -> None:
        """End what runs, for whichever page."""
        with self._lock:
            self._is_cancelled = True
            work = self._work
        if work is not None:
            work.cancel()

    def measure(self, outcome: Outcome, nonce: str) -> None:
        """Run the configuration of an outcome of act II; add what comes of it to the ledger.

        Raises:
            AnalysisError: something runs already, or the outcome has no configuration.

        """
        setup = outcome.setup
        if setup is None:
            raise AnalysisError("there is nothing to measure of these levers")
        of = configuration(outcome.scenario)
        self._begin(JobState(Kind.MEASURING, "the measurement starts", is_running=True, of=of))

        def on_change(state: State) -> None:
            # Whatever happens here, nothing is shown as if it ran on.
            described = _failed("why, the lab's terminal says", of)
            try:
                described = self._described(state, outcome, of)
            finally:
                self._set(described)

        self._hold(Measuring(setup, nonce, on_change))

    def _described(self, state: State, outcome: Outcome, of: str) -> JobState:
        """Return a measurement in words; one that is done is kept first."""
        if state.result is not None:
            try:
                return JobState(Kind.MEASURING, self._kept(outcome, state.result, of), of=of)
            except (AnalysisError, BenchError) as error:
                words = f"measured, but not kept: {error}"
                return JobState(Kind.MEASURING, words, is_error=True, of=of)
        if state.phase is Phase.FAILED:
            return _failed(state.problem, of)
        if state.phase is Phase.CANCELLED:
            words = "the measurement was cancelled; nothing was kept"
            return JobState(Kind.MEASURING, words, of=of)
        words = (
            "another measurement ends; this one waits for its turn"
            if state.phase is Phase.WAITING
            else f"measuring {of}: {state.elapsed_s:.0f} s of about {state.expected_s:.0f} s"
        )
        percent = min(100 * state.elapsed_s / state.expected_s, _ALMOST)
        return JobState(Kind.MEASURING, words, percent, is_running=True, of=of)

    def _kept(self, outcome: Outcome, result: Measured, of: str) -> str:
        """Add a measurement to the ledger, and say how it lies to the prediction."""
        predicted = outcome.number("rate")
        entry = Measurement(
            track=outcome.scenario.track,
            settings=dict(outcome.scenario.settings),
            predicted=Rate(value=predicted.value, low=predicted.low, high=predicted.high),
            measured=Rate(value=result.samples_per_s, low=result.low, high=result.high),
            disturbed=result.disturbed,
        )
        chain.append(self.options.ledger, [entry])
        first = plain_interval(predicted.value, predicted.low, predicted.high)
        second = plain_interval(result.samples_per_s, result.low, result.high)
        warnings = "".join(f" {warning}." for warning in result.warnings)
        return f"predicted {first} samples/s, measured {second} samples/s, of {of}.{warnings}"

    def write(self, what: str) -> None:
        """Write the report, or the hand-in file, by the command that does so.

        Raises:
            AnalysisError: something runs already, or there is no such file.

        """
        if what not in FILES:
            raise AnalysisError(f"{what!r} is not written here; there are {', '.join(FILES)}")
        self._begin(JobState(Kind.WRITING, f"writing {FILES[what].words}", is_running=True))

        def on_end(ending: Ending) -> None:
            self._set(JobState(Kind.WRITING, ending.words, is_error=ending.is_error))

        writing = Writing(what, self.options, on_end)
        self._hold(writing)
        writing.begin()


def _failed(why: str, of: str) -> JobState:
    return JobState(Kind.MEASURING, f"not measured: {why}", is_error=True, of=of)


def configuration(scenario: Scenario) -> str:
    """Return what of act II's levers is run, in words: what is usual goes without saying."""
    facts = catalogue()
    words = {
        name: words_of(LEVERS[name], setting, facts)
        for name, setting in scenario.settings
        if setting != USUAL
    }
    parts = [words["format"]]
    parts += [f"{name} {words[name]}" for name in ("layout", "decoder") if name in words]
    parts.append(counted_in(words["workers"], "workers"))
    return ", ".join([*parts, words["storage"], words["accelerator"]])


_shared: list[Jobs] = []
"""Those of the lab of this process."""
_sharing = threading.Lock()


def shared(options: LabOptions) -> Jobs:
    """Return what runs beside the pages of a lab; options: those that it was started with."""
    with _sharing:
        if not _shared or _shared[0].options != options:
            _shared[:] = [Jobs(options)]
        return _shared[0]
