"""What is run: the loader as it is, controls, and changes of one thing each."""

from __future__ import annotations

import copy
import multiprocessing
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.diagnosis.instruments import begin_worker
from bench.diagnosis.record import AS_IS, CHANGE, CONTROL, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.diagnosis.instruments import Look
    from bench.diagnosis.record import LoaderFacts

LOADER_AS_IS = Variant(AS_IS, AS_IS)
REPLAYED = Variant("batches replayed from memory", CONTROL, "replay")
CONTROLS = (
    REPLAYED,
    Variant("without collate", CONTROL, "collate", "nothing"),
    Variant("copies of one batch", CONTROL, "batches", "copies"),
)
"""What each part costs: blueprint or fuel; what collate and crossing cost; crossing alone."""


def changes(facts: LoaderFacts, workers: Sequence[int]) -> Iterator[Variant]:
    """Yield what can be changed about a loader, one thing at a time.

    Args:
        facts: the loader as it is.
        workers: numbers of workers to try; that of the loader is left out.

    """
    for count in workers:
        if count != facts.workers:
            yield Variant(f"{count} worker{'s' * (count != 1)}", CHANGE, "workers", count)
    if not facts.workers:
        return
    for field, label, now, values in (
        ("prefetch", "prefetch_factor {}", facts.prefetch, (1, 4, 8)),
        ("order", "in_order {}", facts.in_order, (False,)),
        ("persistent", "persistent_workers {}", facts.persistent, (True,)),
        ("start", "start method {}", facts.start, facts.starts),
        ("sharing", "sharing by {}", facts.sharing, facts.sharings),
        ("pin", "pin_memory {}", facts.pin, (not facts.pin,) if facts.can_pin else ()),
        ("threads", "{} thread per worker", facts.most_threads, (1,)),
    ):
        for value in values:
            if value != now:
                yield Variant(label.format(value), CHANGE, field, value)


def variant_of(loader: Any, variant: Variant, look: Look) -> Any:
    """Return a loader with one thing changed; the given one stays as it is.

    It is a copy of the user's own object, so that whatever its class does it does still.
    """
    clone = copy.copy(loader)
    fields = clone.__dict__
    fields["_iterator"] = None
    if variant.field == "workers":
        fields["num_workers"] = variant.value
    elif variant.field == "digests":
        fields["num_workers"] = max(2, fields["num_workers"])
    elif variant.field in _ATTRIBUTES:
        fields[_ATTRIBUTES[variant.field]] = variant.value
    elif variant.field == "start":
        fields[_CONTEXT] = multiprocessing.get_context(variant.value)
    if fields["num_workers"]:
        fields["prefetch_factor"] = fields["prefetch_factor"] or 2
        fields["worker_init_fn"] = partial(begin_worker, look, loader.worker_init_fn)
    else:
        fields.update({"prefetch_factor": None, "persistent_workers": False, "timeout": 0})
        fields[_CONTEXT] = None
    return clone


_CONTEXT = "_DataLoader__multiprocessing_context"
_ATTRIBUTES = {
    "prefetch": "prefetch_factor",
    "order": "in_order",
    "persistent": "persistent_workers",
    "pin": "pin_memory",
}
"""Attributes of a DataLoader; set past its guard, since it is not yet used."""


def start_methods() -> tuple[str, ...]:
    """Return the start methods of this system."""
    return tuple(multiprocessing.get_all_start_methods())


def sharings() -> tuple[str, ...]:
    """Return the ways in which processes of this system can share tensors."""
    import torch

    known = torch.multiprocessing.get_all_sharing_strategies()
    return tuple(sorted(known)) if sys.platform == "linux" else ()
