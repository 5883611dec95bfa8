"""A page of the lab: where its student is, what the record allows, and what each action does.

The record rules: what is locked, tried and written is read from the ledger before every action, so
that several pages, and commands, agree. A page itself keeps nothing that would be missed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from analysis.acts.levers import ACTS as LEVERS_OF
from analysis.acts.levers import LEVERS, TRACKS
from analysis.acts.limits import Limits
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError
from analysis.lab.acts import ACTS, Shown, shown
from analysis.lab.forms import FormError, number_of, text_of
from analysis.lab.place import Place, read_place, write_place
from analysis.lab.record import Record, last_question, last_try
from analysis.ledger import opening
from analysis.ledger.chain import LedgerError
from analysis.ledger.entries import MOST_CHARACTERS, Decision, Lock, Rationale
from analysis.ledger.questions import question
from analysis.ledger.requirements import STAKEHOLDER, solver_is_open
from analysis.ledger.rules import is_open, lock_of
from bench.course import Lab
from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analysis.acts.outcome import Outcome
    from analysis.acts.scenario import Scenario
    from analysis.lab.jobs import Jobs
    from analysis.lab.settings import LabOptions
    from analysis.ledger.entries import Body
    from analysis.model.machine import Machine

_MOST_SHOWN = 16
"""Scenarios of which a page keeps what they come to: those of its acts, and some before them."""
_PLACE = "lab.json"
"""The file of the place, beside the ledger."""


@dataclass(frozen=True)
class Message:
    """What an action came to, in the zone in which it was taken."""

    zone: str
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
        self._tried: dict[tuple[str, str], Scenario] = {}
        self._opened: set[str] = set()
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

    def reset(self, fields: Mapping[str, str]) -> str:
        """Set an act's levers as the mission has them."""
        act = fields["act"]
        self._require_open(act)
        self._scenarios[act, self.place.track] = scenario(act, self.place.track)
        return ""

    def is_open(self, act: str) -> bool:
        """Tell whether an act may be shown, by the record."""
        return is_open(self.bodies(), act)

    def shown(self, act: str) -> Shown | str | None:
        """Return what an act comes to at its levers; a text: why not; None: it is closed.

        What is shown is kept as a try, once: unless it is what was tried last, or what this page
        has shown all along while another one tried something else.
        """
        if not self.is_open(act):
            return None
        chosen = self.scenario_of(act)
        known = self._at(chosen)
        if isinstance(known, Shown):
            try:
                self._keep_try(known.outcome)
            except (AnalysisError, BenchError) as error:
                return f"It is not shown, since it cannot be kept in the ledger: {error}"
        # The solution may have opened with this very try.
        return self._at(chosen)

    def _keep_try(self, outcome: Outcome) -> None:
        """Keep what is shown; first score the lock, if a command has made it.

        Raises:
            AnalysisError: the ledger is not as it was written.
            BenchError: it cannot be written.

        """
        chosen = outcome.scenario
        act, key = chosen.act, (chosen.act, chosen.track)
        if act not in self._opened:
            self._open(act)
        if self._tried.get(key) == chosen:
            return
        tried = last_try(self.bodies(), *key)
        if tried is None or tried.settings != dict(chosen.settings):
            opening.tried(self.record.path, outcome)
        self._tried[key] = chosen

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

    def handle(self, zone: str, action: str, fields: Mapping[str, str]) -> None:
        """Do what a page asks for; what cannot be done is a message in the zone that asked."""
        before, self.message = self.message, None
        self.bodies()
        if self.problem:
            return  # the page says why; nothing is written to what cannot be read
        try:
            answer = ACTIONS[action](self, fields)
        except (AnalysisError, BenchError) as error:
            self.message = Message(zone, _plain(str(error)), is_error=True)
        except KeyError as error:
            text = f"the page sent what this lab does not know ({error}); load it again"
            self.message = Message(zone, text, is_error=True)
        else:
            self.message = Message(zone, answer) if answer else None
            if action in _QUIET:
                self.message = before

    def select_track(self, fields: Mapping[str, str]) -> str:
        """Take on another mission."""
        if fields["track"] not in TRACKS:
            raise FormError(f"{fields['track']!r} is no mission; there are {', '.join(TRACKS)}")
        self._go(replace(self.place, track=fields["track"]))
        return ""

    def select_act(self, fields: Mapping[str, str]) -> str:
        """Go to another act."""
        if fields["act"] not in ACTS:
            raise FormError(f"{fields['act']!r} is no act; there are {', '.join(ACTS)}")
        self._go(replace(self.place, act=fields["act"]))
        return ""

    def _go(self, place: Place) -> None:
        self.place = place
        write_place(self._place_file, place)

    def pass_time(self, fields: Mapping[str, str]) -> str:
        """Count the seconds that a page was looked at."""
        self._go(self.place.later(number_of(fields, "seconds", "the page's clock")))
        return ""

    def refresh(self, _fields: Mapping[str, str]) -> str:
        """Look again at what other pages and commands have added."""
        return ""

    def set_lever(self, fields: Mapping[str, str]) -> str:
        """Set a lever of an act that is open."""
        act, lever = fields["act"], fields["lever"]
        if lever not in LEVERS_OF[act]:
            raise FormError(f"{act} has no lever {lever!r}")
        self._require_open(act)
        changed = self.scenario_of(act).changed(**{lever: fields["value"].strip()})
        self._scenarios[act, self.place.track] = changed
        return ""

    def _require_open(self, act: str) -> None:
        if not self.is_open(act):
            title = ACTS[act].title
            raise FormError(f"{title} is closed: lock a prediction first, then its levers move")

    def lock(self, fields: Mapping[str, str]) -> str:
        """Lock a prediction; the act opens, and the lock is scored as its answer is shown."""
        name = fields["question"]
        if name not in ACTS:
            raise FormError(f"{name!r} is no act's question; there are {', '.join(ACTS)}")
        asked = question(name)
        if lock_of(self.bodies(), name):
            return "It is locked already, in another page or by a command; a lock stays."
        if self.is_open(name):
            raise FormError(f"{name} was revealed already: a lock would be no prediction")
        if fields.get("choice") not in asked.choices:
            raise FormError("choose one of the answers first")
        low, high = (number_of(fields, end, label) for end, label in _ENDS.items())
        confidence = number_of(fields, "confidence", "How sure you are")
        if low > high:
            raise FormError(f"At least {low:g} is more than at most {high:g}; exchange them")
        if not 1 <= confidence <= 99:
            raise FormError("How sure you are: a percentage from 1 to 99")
        entry = Lock(
            question=name,
            choice=fields["choice"],
            low=low,
            high=high,
            unit=asked.unit,
            confidence=confidence / 100,
        )
        self.record.append(entry)
        self._open(name)
        return "Locked, and kept in your ledger. The act is open."

    def _open(self, name: str) -> None:
        opening.opened(self.record.path, name, self.machine.catalogue, self.machine, reveal=False)
        self._opened.add(name)

    def defend(self, fields: Mapping[str, str]) -> str:
        """Keep a rationale: of an act, or in answer to the Sustainability Lead."""
        name = fields["question"]
        if name != STAKEHOLDER:
            self._require_open(question(name).name)
        text = text_of(fields, "text", "Your rationale", MOST_CHARACTERS)
        self._keep(lambda: Rationale(question=name, text=text, track=self.place.track))
        return "Kept in your ledger."

    def decide(self, fields: Mapping[str, str]) -> str:
        """Keep the decision of a mission."""
        texts = {
            name: text_of(fields, name, label, MOST_CHARACTERS) for name, label in DECISION.items()
        }
        value = number_of(fields, "rejected_value", "What it would have come to")
        unit = text_of(fields, "rejected_unit", "Its unit", 100)
        self._keep(
            lambda: Decision.model_validate(
                {
                    "track": self.place.track,
                    "rejected_value": value,
                    "rejected_unit": unit,
                    **texts,
                }
            )
        )
        return "Your decision is kept in your ledger."

    def _keep(self, entry: Callable[[], Body]) -> None:
        try:
            body = entry()
        except ValidationError as error:
            raise FormError(
                "what is written holds control characters that a ledger does not keep; remove them"
            ) from error
        self.record.append(body)

    def measure(self, _fields: Mapping[str, str]) -> str:
        """Run what the levers of act II are set to, on this machine."""
        self._require_open("feeding-tax")
        if self.is_reference:
            raise FormError(
                "this is a reference machine's run: measure your own first, with nox -s bench, "
                "then start the lab again"
            )
        known = self.shown("feeding-tax")
        if not isinstance(known, Shown):
            raise FormError(str(known))
        self.jobs.measure(known.outcome, self.machine.bundle.run.nonce)
        return ""

    def cancel(self, _fields: Mapping[str, str]) -> str:
        """End what runs beside the page."""
        self.jobs.cancel()
        return ""

    def finish(self, fields: Mapping[str, str]) -> str:
        """Write the report, or pack the hand-in file."""
        if self.is_reference:
            raise FormError(
                "there is no run of your own to hand in or to report on: nox -s bench takes one; "
                "your ledger is kept meanwhile"
            )
        self.jobs.write(fields["what"])
        return ""


_ENDS = {"low": "At least", "high": "At most"}
DECISION = {
    "decision": "Your decision",
    "rejected": "The alternative that you reject",
    "trigger": "What would make you reconsider",
    "risk": "The risk that is left",
}
"""The texts of a decision, and their labels."""
ACTIONS: dict[str, Callable[[Session, Mapping[str, str]], str]] = {
    "track": Session.select_track,
    "act": Session.select_act,
    "time": Session.pass_time,
    "refresh": Session.refresh,
    "set": Session.set_lever,
    "reset": Session.reset,
    "lock": Session.lock,
    "defend": Session.defend,
    "decide": Session.decide,
    "measure": Session.measure,
    "cancel": Session.cancel,
    "finish": Session.finish,
}
"""What a page can ask for, by name; each returns a message, or nothing."""
_QUIET = {"time", "refresh"}
"""Actions of the page's clock: the message before stays."""


def _plain(text: str) -> str:
    """Return an error of a lever by the lever's label, not by its option."""
    for name, lever in LEVERS.items():
        if text.startswith(f"--{name}: "):
            return f"{lever.label}: {text.removeprefix(f'--{name}: ')}"
    return text
