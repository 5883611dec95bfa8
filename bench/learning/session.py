"""Training for as long as there is time: new, or going on with what a run has."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bench import energy
from bench.errors import WorkerError
from bench.learning.digits import digits
from bench.learning.plan import Plan
from bench.learning.record import Record, check_addable, new_learning, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bundle import Bundle
    from bench.learning.plan import Group
    from bench.learning.training import Trainer


@dataclass(frozen=True)
class Session:
    """What is trained, and what trains it."""

    record: Record
    trainer: Trainer

    def train(self, end_s: float, margin: float) -> Iterator[tuple[Group, float]]:
        """Train group by group, and yield each with how many seconds it took, once recorded.

        At least one is trained.

        Args:
            end_s: when to end, by `time.monotonic`.
            margin: a group is begun where the longest so far, so many times, would end by then.

        """
        longest_s = 0.0
        self.record.note_left_out()
        for group in list(self.record.pending()):
            if longest_s and time.monotonic() + margin * longest_s > end_s:
                return
            began_s = time.monotonic()
            self.record.add(group, self.trainer.train(group))
            took_s = time.monotonic() - began_s
            longest_s = max(longest_s, took_s)
            yield group, took_s


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
    if find_spec("torch") is None:
        raise WorkerError(
            "learning needs torch, which is not installed here; "
            "docs/how-to/install-torch.md says for which systems there is one"
        )
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
