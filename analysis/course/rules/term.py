"""Rules of the course: whose data, which preset, which code, when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analysis.course.concern import Concern, look, note, reject
from bench.bundle import EDITION, editions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.course.draft import Submitted

_AGAIN = "run nox -s bench with the course's file, and hand in that run"
_CLOCK = timedelta(hours=1)
"""`machine.started` is to the hour."""


def nonce(submitted: Submitted) -> Iterator[Concern]:
    """The data is that of this course and term."""
    course = submitted.course
    if course and submitted.bundle.run.nonce != course.nonce:
        yield reject("run.nonce", course.nonce, submitted.bundle.run.nonce, _AGAIN)


def preset(submitted: Submitted) -> Iterator[Concern]:
    """As much was measured as the course asks for."""
    course, run = submitted.course, submitted.bundle.run
    if course and run.preset != course.preset:
        yield reject("run.preset", course.preset, run.preset, _AGAIN)


def selection(submitted: Submitted) -> Iterator[Concern]:
    """All of the preset was measured, not a selection of it: else it is a what-if run."""
    run = submitted.bundle.run
    for name in ("payloads", "formats", "codecs", "sizes", "batches"):
        if chosen := getattr(run, name):
            words = ", ".join(map(str, chosen))
            whole = "hand in a run without --payload, --format, --codec, --size and --batch"
            if submitted.course:
                yield reject(f"run.{name}", "all of the preset", words, whole)
            else:
                yield note(f"run.{name}", "all of the preset", words, whole)


def edition(submitted: Submitted) -> Iterator[Concern]:
    """It was measured by the rules that the course compares by."""
    measured = submitted.bundle.rules_edition
    wanted = (submitted.course and submitted.course.edition) or EDITION
    if measured == wanted:
        return
    if measured is not None and measured not in editions():
        update = "update this program; a newer one measured"
        yield reject("rules_edition", f"up to {max(editions())}", str(measured), update)
        return
    before = "none: it is older than these" if measured is None else str(measured)
    remedy = "compare it with runs of its own edition, or measure again with this program"
    yield note("rules_edition", str(wanted), before, remedy)


def division(submitted: Submitted) -> Iterator[Concern]:
    """The code that was measured is that of its edition: else the run is of the open division."""
    changed = submitted.foreign
    if submitted.division != "open":
        return
    names = ", ".join(sorted({source.name for source in changed})[:5])
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    course = submitted.course
    concern = look if course and course.division == "closed" else note
    yield concern(
        changed[0].path,
        "the code of the edition (the closed division)",
        f"changed code: {names}{more}",
        "it is compared with others of the open division; for the closed one, measure with the "
        "course's release as it is",
    )


def pins(submitted: Submitted) -> Iterator[Concern]:
    """Libraries have the versions that the course asks for."""
    machine = submitted.bundle.machine
    versions = {name.lower(): text for name, text in machine.libraries.items()}
    versions["python"] = machine.python.rpartition(" ")[2]
    for name, wanted in (submitted.course.pins if submitted.course else {}).items():
        actual = versions.get(name.lower(), "not there")
        if actual != wanted and not actual.startswith(f"{wanted}."):
            again = "install what constraints.txt says, and measure again"
            yield look(f"machine.libraries.{name}", wanted, actual, again)


def dates(submitted: Submitted) -> Iterator[Concern]:
    """It was measured in this term, and handed in when it was due."""
    course, bundle = submitted.course, submitted.bundle
    started = _hour(bundle.machine.started)
    if started is None:
        yield reject("machine.started", "an hour that exists", bundle.machine.started, _AGAIN)
        return
    if course and course.opens and started.date() < course.opens:
        yield look("machine.started", f"{course.opens} or later", bundle.machine.started, _AGAIN)
    if submitted.written is None:
        return
    written = _minute(submitted.written)
    if written is None:
        yield reject("written", "a time that exists", submitted.written, "run submit again")
    elif started - written > _CLOCK:
        clock = "the machine's clock may be wrong; set it, and run submit again"
        yield look(
            "written", f"after the run began, {bundle.machine.started}", submitted.written, clock
        )
    elif course and course.deadline and written > course.deadline:
        due = f"by {course.deadline:%Y-%m-%dT%H:%MZ}"
        yield note("written", due, submitted.written, "it is late; the course says what that means")


def _hour(text: str) -> datetime | None:
    return _time(text, "%Y-%m-%dT%HZ")


def _minute(text: str) -> datetime | None:
    return _time(text, "%Y-%m-%dT%H:%MZ")


def _time(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None


def parts(submitted: Submitted) -> Iterator[Concern]:
    """Nothing that counts is missing."""
    bundle, course = submitted.bundle, submitted.course
    if bundle.run.state == "partial":
        yield note(
            "run.state",
            "complete",
            "partial: the run was interrupted",
            "go on with it: nox -s bench -- --resume",
        )
    if not any(case.blocks for case in bundle.cases):
        yield reject("cases", "measured cases", "none", _AGAIN)
    if bundle.measured_pipeline is None:
        why = bundle.why_no_pipeline or "not measured"
        yield note("pipeline", "the pipeline", why, "a run of a whole preset measures it")
    if bundle.learning is None:
        train = "nox -s learning trains for the last run"
        yield note("learning", "trained classifiers", "none", train)
    if submitted.bodies is None:
        hand_in = "nox -s submit packs the run with your ledger"
        yield note("ledger", "locks, tries and rationales", "a bundle alone", hand_in)
        return
    from analysis.ledger.rules import lock_of

    for question in course.questions if course else ():
        if lock_of(submitted.bodies, question.name) is None:
            lock = f"a prediction before the answer: nox -s lock -- {question.name}"
            yield note(f"ledger.{question.name}", "a lock made before its answer", "none", lock)


def complete(submitted: Submitted) -> Iterator[Concern]:
    """Its ledger has all that a complete hand-in has."""
    if submitted.bodies is None:
        return
    from analysis.ledger.requirements import lacking
    from bench.course import lab_of
    from hardware_profiles.catalogue import catalogue

    left = lacking(submitted.bodies, catalogue(), lab_of(submitted.course))
    if left:
        names = ", ".join(part.name for part in left)
        remedy = "python -m analysis lock --list says what each is, and how far it is"
        yield note("ledger", "all of a complete hand-in", f"none of {names}", remedy)
