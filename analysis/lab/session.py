"""A page of the lab: where its student is, what the record allows, and what each action does.

The record rules: what is locked, tried and written is read from the ledger before every action, so
that several pages, and commands, agree. A page itself keeps nothing that would be missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.levers import TRACKS
from analysis.acts.limits import Limits
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError
from analysis.lab.acts import ACTS, Shown, shown
from analysis.lab.forms import FormError
from analysis.lab.place import Place, read_place, write_place
from analysis.lab.record import Record, last_question, last_try
from analysis.ledger import opening
from analysis.ledger.chain import LedgerError
from analysis.ledger.requirements import solver_is_open
from analysis.ledger.rules import is_open
from bench.course import Lab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.acts.scenario import Scenario
    from analysis.lab.jobs import Jobs
    from analysis.lab.settings import LabOptions
    from analysis.ledger.entries import Body
    from analysis.model.machine import Machine

_MOST_SHOWN = 16
"""Scenarios of which a page keeps what they come to: those of its acts, and some before them."""
DECISION = {
    "decision": "Your decision",
    "rejected": "The alternative that you reject",
    "trigger": "What would make you reconsider",
    "risk": "The risk that is left",
}
"""The texts of a decision, and their labels."""
_PLACE = "lab.json"
"""The file of the place, beside the ledger."""


@dataclass(frozen=True)
class Message:
    """What an action came to."""

    place: str
    """The form or button that asked: its action, and what that is about."""
    text: str
    is_error: bool = False


class Session:
    """One open page."""

    def __init__(self, machine: Machine, options: LabOptions, jobs: Jobs) -> None:
        """Begin where the ledger says that the student was.

        Args:
            machine: that is shown.
            options: the ledger, and whose words and rules count.
            jobs: what runs beside the page.

        """
        self.machine, self.jobs = machine, jobs
        self.course, self.is_reference = options.course, options.is_reference
        self.rules = self.course.lab if self.course else Lab()
        self.limits = Limits.of(self.rules)
        self.record = Record(options.ledger)
        self.message: Message | None = None
        self.problem = ""
        """Why the ledger cannot be used; "": it can."""
        self._place_file = options.ledger.with_name(_PLACE)
        self._scenarios: dict[tuple[str, str], Scenario] = {}
        """As they were set on this page."""
        self._shown: dict[tuple[Scenario, bool], Shown | str] = {}
        self._scored: set[str] = set()
        self.place = self._first_place()

    def _first_place(self) -> Place:
        bodies = self.bodies()
        tried = last_try(bodies)
        last = last_question(bodies)
        first = Place(
            tried.track if tried else TRACKS[0], last if last in ACTS else next(iter(ACTS))
        )
        return read_place(self._place_file, first)

    def bodies(self) -> Sequence[Body]:
        """Return what the ledger holds; nothing, and a problem, where it cannot be used."""
        try:
            bodies = self.record.bodies()
        except LedgerError as error:
            self.problem = str(error)
            return ()
        self.problem = ""
        return bodies

    def scenario_of(self, act: str) -> Scenario:
        """Return how an act's levers are set: as on this page, or as was tried last on any."""
        key = (act, self.place.track)
        if key in self._scenarios:
            return self._scenarios[key]
        tried = last_try(self.bodies(), *key)
        return scenario(*key, tried.settings if tried else None)

    def is_open(self, act: str) -> bool:
        """Tell whether an act may be shown, by the record."""
        return is_open(self.bodies(), act)

    def shown(self, act: str) -> Shown | str | None:
        """Return what an act comes to at its levers; a text: why not; None: it is closed."""
        return self._at(self.scenario_of(act)) if self.is_open(act) else None

    def try_out(self, chosen: Scenario) -> None:
        """Set an act's levers on this page, and keep what they come to as a try.

        Raises:
            AnalysisError: the ledger is not as it was written; the levers stay.
            BenchError: it cannot be written; the levers stay.

        """
        key = (chosen.act, chosen.track)
        known = self._at(chosen)
        tried = last_try(self.bodies(), *key)
        is_new = tried is None or tried.settings != dict(chosen.settings)
        if isinstance(known, Shown) and is_new:
            opening.tried(self.record.path, known.outcome)
        self._scenarios[key] = chosen

    def score(self) -> None:
        """Score the locks of acts that are open, as those that a command has made.

        Raises:
            AnalysisError: the ledger is not as it was written.
            BenchError: it cannot be written.

        """
        for act in ACTS:
            if act not in self._scored and self.is_open(act):
                opening.opened(
                    self.record.path, act, self.machine.catalogue, self.machine, reveal=False
                )
                self._scored.add(act)

    def _at(self, chosen: Scenario) -> Shown | str:
        key = (chosen, solver_is_open(self.bodies(), self.rules))
        if key not in self._shown:
            while len(self._shown) >= _MOST_SHOWN:
                del self._shown[next(iter(self._shown))]
            try:
                self._shown[key] = shown(self.machine, chosen, self.limits, shows_solution=key[1])
            except AnalysisError as error:
                self._shown[key] = str(error)
        return self._shown[key]

    def go(self, place: Place) -> None:
        """Be somewhere else, and keep that."""
        self.place = place
        write_place(self._place_file, place)

    def require_open(self, act: str) -> None:
        """Refuse what an act that is closed does not do.

        Raises:
            FormError: it is closed.

        """
        if not self.is_open(act):
            title = ACTS[act].title
            raise FormError(f"{title} is closed: lock a prediction first, then its levers move")
