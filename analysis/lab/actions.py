"""What a page can ask for: an action a function, and `ACTIONS` the only list of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS as LEVERS_OF
from analysis.acts.levers import LEVERS, TRACKS
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError
from analysis.lab.acts import ACTS, Shown
from analysis.lab.forms import FormError, number_of, text_of
from analysis.lab.session import DECISION, Message
from analysis.ledger.entries import MOST_CHARACTERS, Decision, Lock, Rationale
from analysis.ledger.questions import question
from analysis.ledger.requirements import STAKEHOLDER
from analysis.ledger.rules import lock_of
from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.lab.session import Session

_LONGEST_UNIT = 100
_ENDS = {"low": "At least", "high": "At most"}


def handle(session: Session, action: str, fields: Mapping[str, str]) -> bool:
    """Do what a page asks for; return whether that was done: else, a message says why not."""
    before, session.message = session.message, None
    session.bodies()
    if session.problem:
        return False  # the page says why; nothing is written to what cannot be read
    place = ".".join(filter(None, (action, fields.get("question", ""))))
    try:
        answer = ACTIONS[action](session, fields)
        session.score()
    except (AnalysisError, BenchError) as error:
        session.message = Message(place, plain(str(error)), is_error=True)
    except KeyError as error:
        text = f"the page sent what this lab does not know ({error}); load it again"
        session.message = Message(place, text, is_error=True)
    else:
        session.message = Message(place, answer) if answer else None
        if action in _QUIET:
            session.message = before
        return True
    return False


def reset(session: Session, fields: Mapping[str, str]) -> str:
    """Set an act's levers as the mission has them."""
    act = fields["act"]
    session.require_open(act)
    session.try_out(scenario(act, session.place.track))
    return ""


def select_track(session: Session, fields: Mapping[str, str]) -> str:
    """Take on another mission."""
    if fields["track"] not in TRACKS:
        raise FormError(f"{fields['track']!r} is no mission; there are {', '.join(TRACKS)}")
    session.go(replace(session.place, track=fields["track"]))
    return ""


def select_act(session: Session, fields: Mapping[str, str]) -> str:
    """Go to another act."""
    if fields["act"] not in ACTS:
        raise FormError(f"{fields['act']!r} is no act; there are {', '.join(ACTS)}")
    session.go(replace(session.place, act=fields["act"]))
    return ""


def pass_time(session: Session, fields: Mapping[str, str]) -> str:
    """Count the seconds that a page was looked at."""
    session.go(session.place.later(number_of(fields, "seconds", "the page's clock")))
    return ""


def refresh(_session: Session, _fields: Mapping[str, str]) -> str:
    """Look again at what other pages and commands have added."""
    return ""


def set_lever(session: Session, fields: Mapping[str, str]) -> str:
    """Set a lever of an act that is open."""
    act, lever = fields["act"], fields["lever"]
    if lever not in LEVERS_OF[act]:
        raise FormError(f"{act} has no lever {lever!r}")
    session.require_open(act)
    changed = session.scenario_of(act).changed(**{lever: fields["value"].strip()})
    session.try_out(changed)
    return ""


def lock(session: Session, fields: Mapping[str, str]) -> str:
    """Lock a prediction; the act opens, and the lock is scored as its answer is shown."""
    name = fields["question"]
    if name not in ACTS:
        raise FormError(f"{name!r} is no act's question; there are {', '.join(ACTS)}")
    asked = question(name)
    if lock_of(session.bodies(), name):
        return "It is locked already, in another page or by a command; a lock stays."
    if session.is_open(name):
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
    session.record.append(entry)
    return "Locked, and kept in your ledger. The act is open."


def defend(session: Session, fields: Mapping[str, str]) -> str:
    """Keep a rationale: of an act, or in answer to the Sustainability Lead."""
    name = fields["question"]
    session.require_open("zero-waste" if name == STAKEHOLDER else question(name).name)
    text = text_of(fields, "text", "Your rationale", MOST_CHARACTERS)
    session.record.append(Rationale(question=name, text=text, track=session.place.track))
    return "Kept in your ledger."


def decide(session: Session, fields: Mapping[str, str]) -> str:
    """Keep the decision of a mission."""
    texts = {
        name: text_of(fields, name, label, MOST_CHARACTERS) for name, label in DECISION.items()
    }
    value = number_of(fields, "rejected_value", "What it would have come to")
    unit = text_of(fields, "rejected_unit", "Its unit", _LONGEST_UNIT, one_line=True)
    numbers = {"rejected_value": value, "rejected_unit": unit}
    entry = {"track": session.place.track, **numbers, **texts}
    session.record.append(Decision.model_validate(entry))
    return "Your decision is kept in your ledger."


def measure(session: Session, _fields: Mapping[str, str]) -> str:
    """Run what the levers of act II are set to, on this machine."""
    session.require_open("feeding-tax")
    if session.is_reference:
        raise FormError(
            "this is a reference machine's run: measure your own first, with nox -s bench, "
            "then start the lab again"
        )
    known = session.shown("feeding-tax")
    if not isinstance(known, Shown):
        raise FormError(str(known))
    session.jobs.measure(known.outcome, session.machine.bundle.run.nonce)
    return ""


def cancel(session: Session, _fields: Mapping[str, str]) -> str:
    """End what runs beside the page."""
    session.jobs.cancel()
    return ""


def finish(session: Session, fields: Mapping[str, str]) -> str:
    """Write the report, or pack the hand-in file."""
    if session.is_reference:
        raise FormError(
            "there is no run of your own to hand in or to report on: nox -s bench takes one; "
            "your ledger is kept meanwhile"
        )
    session.jobs.write(fields["what"])
    return ""


ACTIONS: dict[str, Callable[[Session, Mapping[str, str]], str]] = {
    "track": select_track,
    "act": select_act,
    "time": pass_time,
    "refresh": refresh,
    "set": set_lever,
    "reset": reset,
    "lock": lock,
    "defend": defend,
    "decide": decide,
    "measure": measure,
    "cancel": cancel,
    "finish": finish,
}
"""What a page can ask for, by name; each returns a message, or nothing."""
_QUIET = {"time", "refresh"}
"""Actions of the page's clock: the message before stays."""


def plain(text: str) -> str:
    """Return an error of a lever by the lever's label, not by its option or its name in a model."""
    for name, lever in LEVERS.items():
        for start in (f"--{name}: ", f"{_MODEL_NAMES.get(name, name)}: "):
            if text.startswith(start):
                return f"{lever.label}: {text.removeprefix(start)}"
    return text


_MODEL_NAMES = {"rate": "method", "format": "codec", "method": ""}
"""What levers are called by the model of a configuration, where that is not their name."""
