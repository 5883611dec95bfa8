"""The bundle's part on learning while it grows."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bench.errors import ConfigurationError
from bench.identity import source_hash
from bench.learning.plan import Plan, Setting
from bench.machine import how_different

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bundle import Bundle, Learning
    from bench.learning.digits import Digits
    from bench.learning.plan import Group, Member
    from bench.learning.training import Trained, Trainer

Document = dict[str, Any]

_MODULES = ("digits", "plan", "samples", "networks", "training")


def source() -> str:
    """Return the hash of the code that decides what cells are trained on, and how."""
    return source_hash(*(f"bench.learning.{name}" for name in _MODULES))


def new_learning(
    digits: Digits, trainer: Trainer, seeds: int, idle_uw: dict[str, int] | str
) -> Document:
    """Return the part of a run that has trained nothing yet."""
    return {
        "source": source(),
        "torch": version("torch"),
        "threads": trainer.threads,
        "seeds": seeds,
        "dataset": digits.record(),
        "network": trainer.recipe.record(),
        "reference_epochs": trainer.reference.epochs,
        "confused": digits.confused.tolist(),
        "idle_uw": idle_uw,
        "groups": [],
        "cells": [],
        "left_out": 0,
        "doorbell": None,
    }


def check_addable(bundle: Bundle, run: str) -> None:
    """Refuse to add to what was not measured here, or was trained by other code.

    Raises:
        ConfigurationError: it says what differs.

    """
    if words := how_different(bundle.machine):
        raise ConfigurationError(f"add-to: {run} was measured with {words}; start a new run here")
    if bundle.learning and bundle.learning.source != source():
        raise ConfigurationError(
            f"add-to: what is trained has changed since {run}; train all of it again with --again"
        )


class Record:
    """Writes what is trained into the bundle's part."""

    def __init__(self, document: Document, plan: Plan) -> None:
        self.document = document
        self._plan = plan
        self._cells = {Setting(*(cell[n] for n in Setting._fields)): cell for cell in self._all()}

    def _all(self) -> list[Document]:
        cells: list[Document] = self.document["cells"]
        return cells

    def pending(self) -> Iterator[Group]:
        """Yield what is still to be trained of each group, the most informative first."""
        for group in self._plan.groups(self.document["seeds"]):
            if missing := tuple(member for member in group.members if not self._has(member)):
                yield group._replace(members=missing)

    @property
    def first_curve(self) -> int:
        """How many groups the first curve has."""
        return len(self._plan.sizes)

    @property
    def networks(self) -> int:
        """How many networks are trained."""
        return sum(group["networks"] for group in self.document["groups"])

    def note_left_out(self) -> int:
        """Note how many networks are still to be trained, and return that."""
        left = sum(len(group.members) for group in self.pending())
        self.document["left_out"] = left
        return left

    def add(self, group: Group, trained: Trained) -> None:
        """Add what a group came to."""
        number = len(self.document["groups"])
        self.document["groups"].append(
            {
                "networks": len(trained.rows),
                "steps": trained.steps,
                "references": trained.references,
                "reference_steps": trained.reference_steps,
                "scored": trained.scored,
                "wall_us": trained.wall_us,
                "energy_uj": trained.energy_uj,
            }
        )
        for member, row in zip(group.members, trained.rows, strict=True):
            self._cell(member.setting)["networks"].append([member.seed, number, *row])
        self.note_left_out()

    def _has(self, member: Member) -> bool:
        cell = self._cells.get(member.setting)
        return cell is not None and any(row[0] == member.seed for row in cell["networks"])

    def _cell(self, setting: Setting) -> Document:
        if setting not in self._cells:
            self._cells[setting] = setting._asdict() | {"networks": []}
            self._all().append(self._cells[setting])
        return self._cells[setting]


def plain(learning: Learning) -> Document:
    """Return the part of a bundle that was read, to go on with."""
    document: Document = learning.model_dump(mode="json")
    return document
