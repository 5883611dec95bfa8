"""Training for as long as there is time: new, or going on with what a run has."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bench import energy
from bench.learning.digits import digits
from bench.learning.plan import Plan
from bench.learning.record import Record, check_addable, new_learning, plain
from bench.requirements import require_torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.bundle import Bundle
    from bench.learning.plan import Group
    from bench.learning.training import Trainer


class Done(NamedTuple):
    """A piece of work that is trained and recorded."""

    what: str
    networks: int
    seconds: float


class _Task(NamedTuple):
    """A piece of work."""

    what: str
    networks: int
    do: Callable[[], None]
    """Trains it, and records what it came to."""


@dataclass(frozen=True)
class Session:
    """What is trained, and what trains it."""

    record: Record
    trainer: Trainer

    def train(self, end_s: float, margin: float) -> Iterator[Done]:
        """Train piece by piece, and yield each once it is recorded; one is, in any case.

        Args:
            end_s: when to end, by `time.monotonic`.
            margin: a piece is begun where the longest so far, so many times, would end by then.

        """
        longest_s = 0.0
        self.record.note_left_out()
        for task in self._tasks():
            if longest_s and time.monotonic() + margin * longest_s > end_s:
                return
            began_s = time.monotonic()
            task.do()
            took_s = time.monotonic() - began_s
            longest_s = max(longest_s, took_s)
            yield Done(task.what, task.networks, took_s)

    def _tasks(self) -> list[_Task]:
        """Return what is to be done: a first curve, the doorbell, and all else."""
        tasks = [
            _Task(group.what, len(group.members), partial(self._train_group, group))
            for group in self.record.pending()
        ]
        if self.record.document["doorbell"] is None:
            networks = self.trainer.doorbell_networks
            tasks.insert(self.record.first_curve, _Task("doorbell", networks, self._train_doorbell))
        return tasks

    def _train_group(self, group: Group) -> None:
        self.record.add(group, self.trainer.train(group))

    def _train_doorbell(self) -> None:
        self.record.document["doorbell"] = self.trainer.train_doorbell()


def begin(bundle: Bundle | None, run: str, nonce: str, seeds: int, *, again: bool) -> Session:
    """Return a session: a new one, or one that goes on with what a bundle has.

    Args:
        bundle: to add to; None: there is none.
        run: how the user calls it.
        nonce: what is random follows from it.
        seeds: how many networks a setting is to have.
        again: forget what the bundle has.

    Raises:
        ConfigurationError: what the bundle has was not trained here, or by this code.
        WorkerError: torch or the data set is not installed.

    """
    if bundle is not None:
        bundle = bundle.model_copy(update={"learning": None}) if again else bundle
        check_addable(bundle, run)
    require_torch("learning")
    from bench.learning.training import Trainer

    data = digits()
    meters = energy.find()
    known = bundle.learning if bundle else None
    account = None if isinstance(meters, str) else energy.Account(meters)
    trainer = Trainer(data, nonce, account)
    if known is None:
        idle_uw = meters if isinstance(meters, str) else energy.idle_uw(meters)
        document = new_learning(data, trainer, seeds, idle_uw)
    else:
        document = plain(known)
        document["seeds"] = max(seeds, document["seeds"])
    return Session(Record(document, Plan()), trainer)
