"""Rules of recomputation: what follows from something else is worked out again."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from analysis.course.concern import Concern, look, note, reject
from analysis.ledger.entries import Lock, Score
from analysis.ledger.questions import QUESTIONS, drift_answer
from analysis.ledger.rules import lock_of
from analysis.ledger.scoring import interval_score
from bench.bundle import Gate
from bench.bundle.gates import P95_OVER_P50, WARMUP_OVER_MEDIAN
from formats.errors import FormatError
from formats.payloads import payload as payload_named
from formats.payloads.digest import digest
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.course.draft import Submitted

_MOST_DATA_BYTES = 64 << 20
"""Of a batch that is generated again to see its digest; no preset has a larger one."""
_MOST_BATCHES = 64
"""That are generated again for one file."""
_MOST_CONCERNS = 10
_WRITTEN = "hand in what submit writes, as it is; it was changed by hand"


@lru_cache(maxsize=512)
def _digest_of(nonce: str, payload: str, size: int, batch: int) -> str | None:
    """Return the digest of a generated batch; None: there is no such payload, or it is huge."""
    try:
        kind = payload_named(payload, size)
    except FormatError:
        return None
    if kind.sample_bytes * batch > _MOST_DATA_BYTES:
        return None
    return digest(kind, kind.generate(nonce, batch))


def data(submitted: Submitted) -> Iterator[Concern]:
    """The data that was measured is what the nonce generates, on every machine."""
    bundle = submitted.bundle
    remedy = "measure again with the course's release as it is"
    for index, record in enumerate(bundle.data[:_MOST_BATCHES]):
        generated = _digest_of(bundle.run.nonce, record.payload, record.size, record.batch)
        if generated is None:
            yield look(
                f"data[{index}]", "a payload of a preset's size", record.payload, "look at it"
            )
        elif generated != record.sha256:
            expected = f"{generated[:12]}..., which the nonce {bundle.run.nonce} generates"
            yield reject(f"data[{index}].sha256", expected, f"{record.sha256[:12]}...", remedy)
    if len(bundle.data) > _MOST_BATCHES:
        yield reject("data", f"at most {_MOST_BATCHES}", str(len(bundle.data)), remedy)
    there = {(record.payload, record.size, record.batch) for record in bundle.data}
    for index, case in enumerate(bundle.cases):
        if case.blocks and (case.payload, case.size, case.batch) not in there:
            words = f"{case.payload}, {case.size}, {case.batch}"
            yield reject(
                "data", f"the digest of what cases[{index}] measured", f"none of {words}", _WRITTEN
            )
            return


@lru_cache(maxsize=4096)
def _sample_bytes(payload: str, size: int) -> int | None:
    """Return the bytes of a decoded sample; None: there is no such payload."""
    try:
        return payload_named(payload, size).sample_bytes
    except FormatError:
        return None


def sizes(submitted: Submitted) -> Iterator[Concern]:
    """Bytes of batches are those of their payloads; one layout of one batch has one size."""
    encoded: dict[tuple[object, ...], int] = {}
    for index, case in enumerate(submitted.bundle.cases):
        sample_bytes = _sample_bytes(case.payload, case.size)
        if sample_bytes is None:
            continue
        decoded = sample_bytes * case.batch
        if case.decoded_bytes != decoded:
            path = f"cases[{index}].decoded_bytes"
            yield reject(path, f"{decoded:,}", f"{case.decoded_bytes:,}", _WRITTEN)
        if case.codec is None or case.encoded_bytes is None:
            continue
        key = (case.layout, case.payload, case.size, case.batch)
        if encoded.setdefault(key, case.encoded_bytes) != case.encoded_bytes:
            path = f"cases[{index}].encoded_bytes"
            yield reject(
                path, f"{encoded[key]:,}, as of other decoders", f"{case.encoded_bytes:,}", _WRITTEN
            )


def gates(submitted: Submitted) -> Iterator[Concern]:
    """The gates that a block does not pass follow from its samples.

    Not that of the canary: it was held against what the process had run until then.
    """
    blocks = submitted.blocks
    if not blocks.blocks:
        return
    ordered = blocks.samples.sorted()
    median_us, p95_us = ordered.quantiles(10), ordered.quantiles(19)
    many = ordered.lengths > 1
    warmed = blocks.warmup.lengths > 0
    last = np.zeros(len(blocks.blocks))
    last[warmed] = blocks.warmup.values[blocks.warmup.starts[1:][warmed] - 1]
    computed = {
        Gate.CPU: blocks.lacks_cpu,
        Gate.SPREAD: many & (p95_us > P95_OVER_P50 * median_us),
        Gate.WARMUP: warmed & (last > WARMUP_OVER_MEDIAN * median_us),
    }
    for gate, fails in computed.items():
        noted = np.array([gate in block.gates for block in blocks.blocks])
        for place in islice(np.flatnonzero(noted != fails).tolist(), _MOST_CONCERNS):
            expected = f"{gate.value!r} {'among' if fails[place] else 'not among'} its letters"
            actual = repr(blocks.blocks[place].gates)
            yield reject(f"{_place(submitted, place)}.gates", expected, actual, _WRITTEN)


def _place(submitted: Submitted, block: int) -> str:
    """Return where a block stands in the bundle."""
    case = int(submitted.blocks.case[block])
    first = int(np.searchsorted(submitted.blocks.case, case))
    return f"cases[{case}].blocks[{block - first}]"


def left_out(submitted: Submitted) -> Iterator[Concern]:
    """What a complete run left out is what has no samples."""
    run = submitted.bundle.run
    if run.state != "complete":
        return
    empty = [c.id for c in submitted.bundle.cases if not c.blocks and not c.problem]
    if list(run.left_out) != empty:
        yield reject(
            "run.left_out", f"{len(empty)} cases without samples", str(len(run.left_out)), _WRITTEN
        )


def scores(submitted: Submitted) -> Iterator[Concern]:
    """Scores of locks follow from the lock and what turned out."""
    bodies = submitted.bodies or ()
    for number, body in enumerate(bodies):
        if not isinstance(body, Score):
            continue
        lock = lock_of(bodies, body.question)
        if lock is None:
            yield reject(f"ledger[{number}]", "a score of a lock", "no lock of it", _WRITTEN)
        elif not _follows(body, lock):
            expected = "what follows from the lock and the value"
            yield reject(f"ledger[{number}]", expected, "another score", _WRITTEN)


def answers(submitted: Submitted) -> Iterator[Concern]:
    """What turned out is what this program says: of questions that need no calibrated machine.

    A difference may be another version's: facts are corrected now and then.
    """
    for number, body in enumerate(submitted.bodies or ()):
        if not isinstance(body, Score) or body.question not in _OF_NO_MACHINE:
            continue
        choice, value = _answer(body.question, submitted.bundle.run.nonce)
        same = body.choice == choice and math.isclose(body.value, value, rel_tol=1e-6)
        if not same:
            yield note(
                f"ledger[{number}]",
                f"{choice}, {value:.6g}, as this version answers {body.question}",
                f"{body.choice}, {body.value:.6g}",
                "points do not depend on it; another version of the program may have said so",
            )


_OF_NO_MACHINE = ("gravity", "drift")


@lru_cache(maxsize=64)
def _answer(question: str, nonce: str) -> tuple[str, float]:
    """Return the answer of a question that follows from facts, or from the nonce."""
    if question == "drift":
        return drift_answer(nonce).choice, drift_answer(nonce).value
    answer = QUESTIONS[question].answer(catalogue(), None)
    assert answer is not None  # noqa: S101 - it needs no machine
    return answer.choice, answer.value


def _follows(score: Score, lock: Lock) -> bool:
    expected = interval_score(lock.low, lock.high, score.value, lock.confidence)
    return (
        score.right == (lock.choice == score.choice)
        and score.held == (lock.low <= score.value <= lock.high)
        and math.isclose(score.interval_score, expected, rel_tol=1e-9, abs_tol=1e-12)
    )
