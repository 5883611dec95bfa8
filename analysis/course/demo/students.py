"""One made-up student: who it is, its files, and the truth of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.course.demo import bundles, ledgers, machines
from analysis.course.demo.circumstances import ODD, USUAL
from analysis.course.submission import SUFFIX, Contents

if TYPE_CHECKING:
    from analysis.course.demo.bundles import Term
    from analysis.course.demo.circumstances import Circumstances

ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a class is made of."""

    seed: int
    term: Term
    odd: float = 0.1
    """Share of students whose honest machine or run is odd."""


class File(NamedTuple):
    """A file that is handed in."""

    name: str
    content: bytes


class Student(NamedTuple):
    """What a student hands in, and the truth."""

    files: tuple[File, ...]
    truth: dict[str, Any]


def generator(seed: int, number: int, part: str) -> np.random.Generator:
    """Return the random numbers of a part of a student: the same whatever else is drawn."""
    digest = hashlib.sha256(f"{seed}/{number}/{part}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def pseudonym(seed: int, number: int) -> str:
    """Return a student's pseudonym: 12 hexadecimal digits."""
    return hashlib.sha256(f"{seed}/{number}/pseudonym".encode()).hexdigest()[:12]


def kind_of(recipe: Recipe, number: int) -> str:
    """Return what kind of student one is: ordinary, or odd in some way. Number 0 is ordinary."""
    rng = generator(recipe.seed, number, "kind")
    uniform, which = rng.random(2).tolist()
    if number and uniform < recipe.odd:
        return list(ODD)[int(which * len(ODD))]
    return ORDINARY


def honest(recipe: Recipe, number: int, kind: str = ORDINARY) -> tuple[Contents, dict[str, Any]]:
    """Return what an honest student hands in, and the truth; kind: a name of `ODD`, or ordinary."""
    rng = generator(recipe.seed, number, "machine")
    circumstances = (
        ODD[kind](generator(recipe.seed, number, "odd"), recipe.term.plan.processes)
        if kind in ODD
        else USUAL
    )
    machine = machines.draw(rng, len(recipe.term.template.cells), circumstances.model)
    bundle = bundles.bundle(
        generator(recipe.seed, number, "run"), recipe.term, machine, circumstances
    )
    habits = ledgers.draw(generator(recipe.seed, number, "habits"))
    held = ledgers.bodies(generator(recipe.seed, number, "ledger"), habits, recipe.term.nonce)
    contents = Contents(
        pseudonym(recipe.seed, number),
        _written(recipe, number, bundle),
        bundle,
        ledgers.lines(held),
    )
    truth = {
        "machine": machine.truth(),
        "habits": habits.truth(),
        "circumstances": _told(circumstances),
    }
    return contents, truth


def _told(circumstances: Circumstances) -> dict[str, Any]:
    """Return how circumstances differ from the usual."""
    usual = replace(USUAL)
    names = (
        *("processes", "from_middle", "everything", "variances", "noisier", "stolen"),
        "interrupted_at",
    )
    return {
        name: value
        for name in names
        if (value := getattr(circumstances, name)) != getattr(usual, name)
    }


def _written(recipe: Recipe, number: int, bundle: dict[str, Any]) -> str:
    """Return when a student packed its file: within days of the run."""
    minutes = int(generator(recipe.seed, number, "written").integers(90, 5 * 24 * 60))
    started = np.datetime64(bundle["machine"]["started"].removesuffix("Z"), "m")
    return f"{started + np.timedelta64(minutes, 'm')}Z"


def student(recipe: Recipe, number: int) -> Student:
    """Return a student of a class."""
    kind = kind_of(recipe, number)
    contents, truth = honest(recipe, number, kind)
    files = (File(f"{contents.pseudonym}{SUFFIX}", contents.packed()),)
    return Student(
        files,
        {
            "number": number,
            "pseudonym": contents.pseudonym,
            "honest": True,
            "kind": kind,
            "files": [{"name": file.name, "fault": None, "forgery": None} for file in files],
            **truth,
        },
    )
