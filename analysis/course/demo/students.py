"""One made-up student: who it is, its files, and the truth of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.course.demo import bundles, ledgers, machines
from analysis.course.demo.circumstances import ODD, USUAL
from analysis.course.demo.faults import FAULTS, Given
from analysis.course.demo.forgeries import FORGERIES
from analysis.course.demo.naming import generator, pseudonym
from analysis.course.submission import SUFFIX, Contents

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.course.demo.bundles import Term
    from analysis.course.demo.circumstances import Circumstances

ORDINARY = "ordinary"
_CUT_OFF = "cut off, packed"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a class is made of."""

    seed: int
    term: Term
    odd: float = 0.1
    """Share of students whose honest machine or run is odd."""
    faulty: float = 0.0
    """Share of students whose file is bad."""
    forged: float = 0.0
    """Share of students who forge."""
    system: str = ""
    """Whose names files have, and a roster beside them; empty: there is none."""


class File(NamedTuple):
    """A file that is handed in."""

    name: str
    content: bytes


class Student(NamedTuple):
    """What a student hands in, and the truth."""

    files: tuple[File, ...]
    truth: dict[str, Any]


class Kind(NamedTuple):
    """What a student is: of which sort, and which of it."""

    sort: str
    """A key of `SORTS`."""
    name: str


RESUBMISSIONS = {
    "handed in again, better": ("interrupted", ORDINARY, None),
    "handed in again, worse": (ORDINARY, "on battery", None),
    "handed in again, rejected": (ORDINARY, ORDINARY, _CUT_OFF),
}
"""Honest students with two files: the kind of the first run, of the second, and its fault."""
HONEST = (*ODD, *RESUBMISSIONS)
"""Kinds of honest students that look odd."""


def kind_of(recipe: Recipe, number: int) -> Kind:
    """Return what kind of student one is. Number 0 is ordinary, so that all have a friend."""
    uniform, which = generator(recipe.seed, number, "kind").random(2).tolist()
    if number:
        for sort, names in (("forged", FORGERIES), ("faulty", FAULTS), ("odd", HONEST)):
            share = getattr(recipe, sort)
            if uniform < share:
                return Kind(sort, list(names)[int(which * len(names))])
            uniform -= share
    return Kind(ORDINARY, ORDINARY)


def friend_of(recipe: Recipe, number: int) -> int:
    """Return the friend that a student copies from: the last ordinary one before."""
    return next(
        other for other in range(number - 1, -1, -1) if kind_of(recipe, other).sort == ORDINARY
    )


def honest(
    recipe: Recipe, number: int, kind: str = ORDINARY, run: str = "run"
) -> tuple[Contents, dict[str, Any]]:
    """Return what an honest student hands in, and the truth.

    Args:
        recipe: what the class is made of.
        number: of the student.
        kind: a name of `ODD`, or ordinary.
        run: another name gives another run on the same machine, handed in later.

    """
    circumstances = (
        ODD[kind](generator(recipe.seed, number, "odd"), recipe.term.plan.processes)
        if kind in ODD
        else USUAL
    )
    machine = machines.draw(
        generator(recipe.seed, number, "machine"),
        len(recipe.term.template.cells),
        circumstances.model,
    )
    bundle = bundles.bundle(
        generator(recipe.seed, number, run), recipe.term, machine, circumstances
    )
    habits = ledgers.draw(generator(recipe.seed, number, "habits"))
    held = ledgers.bodies(generator(recipe.seed, number, "ledger"), habits, recipe.term.nonce)
    contents = Contents(
        pseudonym(recipe.seed, number),
        _written(recipe, number, bundle, run),
        bundle,
        ledgers.lines(held),
    )
    truth = {
        "machine": machine.truth(),
        "habits": habits.truth(),
        "circumstances": _changed(circumstances),
    }
    return contents, truth


def _changed(circumstances: Circumstances) -> dict[str, Any]:
    """Return how circumstances differ from the usual."""
    names = (
        *("processes", "from_middle", "everything", "variances", "noisier", "stolen"),
        "interrupted_at",
    )
    return {
        name: value
        for name in names
        if (value := getattr(circumstances, name)) != getattr(USUAL, name)
    }


_FIRST_MINUTES, _LAST_MINUTES = 90, 5 * 24 * 60


def _written(recipe: Recipe, number: int, bundle: dict[str, Any], run: str) -> str:
    """Return when a student packed its file: within days of the run; a second one after those."""
    minutes = int(generator(recipe.seed, number, "written").integers(_FIRST_MINUTES, _LAST_MINUTES))
    if run != "run":
        minutes += 14 * 24 * 60 + _LAST_MINUTES
    started = np.datetime64(bundle["machine"]["started"].removesuffix("Z"), "m")
    return f"{started + np.timedelta64(minutes, 'm')}Z"


def student(recipe: Recipe, number: int) -> Student:
    """Return a student of a class."""
    kind = kind_of(recipe, number)
    return SORTS[kind.sort](recipe, number, kind.name)


def _student(
    recipe: Recipe, number: int, kind: str, files: list[tuple[File, dict[str, Any]]], **truth: Any
) -> Student:
    nothing = {"fault": None, "forgery": None}
    return Student(
        tuple(file for file, _ in files),
        {
            "number": number,
            "pseudonym": pseudonym(recipe.seed, number),
            "honest": True,
            "kind": kind,
            "files": [{"name": file.name, **nothing, **more} for file, more in files],
            **truth,
        },
    )


def honest_student(recipe: Recipe, number: int, kind: str) -> Student:
    """Return an honest student, ordinary or odd; some hand in twice."""
    if kind in RESUBMISSIONS:
        return _twice(recipe, number, kind)
    contents, truth = honest(recipe, number, kind)
    file = File(f"{contents.pseudonym}{SUFFIX}", contents.packed())
    return _student(recipe, number, kind, [(file, {})], **truth)


def _twice(recipe: Recipe, number: int, kind: str) -> Student:
    first_kind, second_kind, fault = RESUBMISSIONS[kind]
    first, truth = honest(recipe, number, first_kind)
    second, later = honest(recipe, number, second_kind, "second run")
    name = f"{first.pseudonym}-2{SUFFIX}"
    if fault:
        given = Given(second, generator(recipe.seed, number, "fault"))
        again = File(name, FAULTS[fault].make(given)), _judged(fault)
    else:
        again = File(name, second.packed()), {}
    files = [(File(f"{first.pseudonym}{SUFFIX}", first.packed()), {}), again]
    return _student(
        recipe, number, kind, files, **truth, second_circumstances=later["circumstances"]
    )


def _judged(fault: str) -> dict[str, Any]:
    return {"fault": fault, "expected": FAULTS[fault].status, "rule": FAULTS[fault].rule}


def faulty_student(recipe: Recipe, number: int, kind: str) -> Student:
    """Return a student whose file is bad."""
    fault = FAULTS[kind]
    contents, truth = honest(recipe, number)
    content = fault.make(Given(contents, generator(recipe.seed, number, "fault")))
    file = File(f"{contents.pseudonym}{fault.suffix}", content)
    made = _student(recipe, number, kind, [(file, _judged(kind))], **truth)
    return made._replace(truth=made.truth | {"honest": None})


def forging_student(recipe: Recipe, number: int, kind: str) -> Student:
    """Return a student who forges."""
    contents, truth = honest(recipe, number)
    friend, _ = honest(recipe, friend_of(recipe, number))
    forged = FORGERIES[kind](contents, friend, generator(recipe.seed, number, "forgery"))
    written = _written(recipe, number, forged.bundle, "run")
    contents = replace(contents, bundle=forged.bundle, written=written)
    file = File(f"{contents.pseudonym}{SUFFIX}", contents.packed())
    note = {"forgery": kind, **forged.truth}
    made = _student(recipe, number, kind, [(file, note)], **truth)
    return made._replace(truth=made.truth | {"honest": False})


SORTS: dict[str, Callable[[Recipe, int, str], Student]] = {
    ORDINARY: honest_student,
    "odd": honest_student,
    "faulty": faulty_student,
    "forged": forging_student,
}
"""What makes a student of each sort."""
