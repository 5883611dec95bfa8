"""What a diagnosis of a loader says first, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis.evidence import FED, as_is
from analysis.diagnosis.verdict import MEANING, Cause
from analysis.document import Callout, Finding, Tone
from analysis.document.numbers import (
    gain,
    number,
    probability,
    share_with_interval,
    with_interval,
)
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analysis.diagnosis.answer import Answer, Change
    from analysis.statistics.number import Number

_NO_GAIN = 1.03
"""No change that gains less is worth a student's time."""
_DUPLICATES = 0.5
_BLOCKED = 0.02
_DELAYED = 0.1
_LARGE_HEAP = 1 << 30


def callout(answer: Answer) -> Callout:
    """Return what holds the loader back, and how sure that is."""
    holding = answer.bottleneck
    fine = holding.cause is Cause.STEP
    verb = "takes" if fine else "costs"
    text = (
        f"{MEANING[holding.cause]}. It {verb} {percent(holding.share)} of the time "
        f"({probability(holding.probability)})"
    )
    if holding.cause is Cause.GROWTH and holding.growth:
        text = f"{MEANING[holding.cause]} ({probability(holding.probability)})"
    reasons = [Finding(text)]
    if answer.tax is not None:
        tax = {"feeding tax": answer.tax}
        reasons.append(
            Finding(f"no step runs for {share_with_interval(answer.tax)} of the time", tax)
        )
    rate = with_interval(answer.samples_per_s, "samples/s")
    reasons.append(Finding(f"it gives {rate}", {"samples/s": answer.samples_per_s}))
    tone = Tone.GOOD if fine else Tone.CAUTION
    return Callout(tone, f"Bottleneck: {holding.cause}", tuple(reasons))


def findings(answer: Answer) -> Iterator[Finding]:
    """Yield what to do, how many workers feed the step, and what else is to be known."""
    yield _best_change(answer)
    if answer.workers is not None:
        yield Finding(_workers_text(answer))
    grown = answer.bottleneck.growth
    if grown is not None:
        yield Finding(
            f"Memory grows by {number(grown.bytes_per_s / 1e6)} MB a second, "
            f"{number(grown.bytes_per_batch / 1e3)} kB a batch: what is free lasts "
            f"{number(grown.lasts_s / 60)} minutes"
        )
    diagnosis = answer.diagnosis
    evidence = answer.bottleneck.evidence
    delay = float(evidence.times["delay"].mean() / (evidence.times["fetch"].mean() or 1.0))
    if delay > _DELAYED:
        yield Finding(
            f"For {percent(delay)} of the time in which a worker fetched it had no core: other "
            "programs, or too many threads and workers, had them",
            advice="close other programs and diagnose again",
        )
    duplicates = diagnosis.duplicates
    if duplicates is not None and duplicates > _DUPLICATES:
        yield Finding(
            f"{percent(duplicates)} of the first samples of one worker are those of another: "
            "each worker of this iterable data set loads the same samples, so that more of them "
            "only repeat them",
            advice="split the data by `torch.utils.data.get_worker_info()`",
        )
    held = evidence.times["blocked"]
    blocked = float(held.mean()) / evidence.period
    if blocked > _BLOCKED:
        yield Finding(
            f"For {percent(blocked, 1)} of the time the consumer waited for a slow batch while "
            f"later ones were ready ({percent(float((held > 0).mean()), 1)} of the batches)"
            + _slowest_text(evidence.times["slowest"])
        )
    yield from _surroundings(answer)
    for name, reason in diagnosis.facts.unchangeable.items():
        yield Finding(f"{_FIELDS[name]} cannot be changed: {reason}")


def _slowest_text(slowest_s: NDArray[np.float64]) -> str:
    """Return how slow the slowest samples of batches are; "": they are not fetched one by one."""
    if not slowest_s.any():
        return ""
    usual, most = (number(float(np.quantile(slowest_s, q)) * 1e3) for q in (0.5, 1.0))
    return f"; the slowest sample took {most} ms, that of half of the batches under {usual} ms"


def _surroundings(answer: Answer) -> Iterator[Finding]:
    """Yield what is to be known of the data set and of the process that workers are made from."""
    facts = answer.diagnosis.facts
    if facts.shards is not None and facts.shards < max(facts.workers, facts.cores):
        yield Finding(
            f"The data set has {counted(facts.shards, 'shard')}: no more workers than that load "
            "anything",
            advice="write it as more, smaller shards",
        )
    heap = as_is(answer.diagnosis)[0].memory_bytes.get("consumer", 0)
    if facts.workers and facts.start == "fork" and heap > _LARGE_HEAP:
        yield Finding(
            f"Workers are forked from a process of {number(heap / 1e9)} GB: each page that they "
            "touch is copied, even to count references to what lies in it",
            advice="keep large things in arrays or files, call gc.freeze() before the loader is "
            "begun, or start workers by forkserver",
        )


_FIELDS = {
    "prefetch": "How many batches are loaded ahead",
    "persistent": "Whether workers outlive an epoch",
    "sharing": "How tensors are shared",
    "start": "How workers are started",
    "order": "The order of delivery",
    "pin": "Pinned memory",
}


def _best_change(answer: Answer) -> Finding:
    ran = [change for change in answer.changes if not change.failure]
    if not ran or ran[0].gain.value < _NO_GAIN or ran[0].gain.low < 1:
        return Finding("No setting of the loader that was tried is sure to gain anything")
    best = ran[0]
    return Finding(
        f"{best.name}: {gain_text(best.gain)} samples/s ({known(best)})", {best.name: best.gain}
    )


def gain_text(factor: Number) -> str:
    """Return a factor of throughput as a gain with its interval."""
    text = gain(factor.value - 1)
    if not factor.bounded:
        return text
    return f"{text} [{gain(factor.low - 1)}, {gain(factor.high - 1)}]"


def known(change: Change) -> str:
    """Return how the gain of a change is known."""
    return "measured" if change.gain.kind is Kind.MEASURED else "predicted"


def _workers_text(answer: Answer) -> str:
    workers = answer.workers
    assert workers is not None  # noqa: S101 - the caller has looked
    if workers.count is None:
        return (
            f"No number of workers feeds the step, but for {percent(FED)} of the time: "
            f"{workers.limit}"
        )
    if workers.count == 0:
        return "The step is fed without any worker"
    known = "measured" if workers.kind is Kind.MEASURED else "predicted"
    feed = "feeds" if workers.count == 1 else "feed"
    return (
        f"{counted(workers.count, 'worker')} at least {feed} the step, but for "
        f"{percent(FED)} of the time ({known})"
    )
