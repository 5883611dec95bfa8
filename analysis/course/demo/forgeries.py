"""Forgeries that check alone need not see: numbers that no machine measured, or another's.

Each has a naive variant, which changes times and redoes the digests, and a careful one, which keeps
the bundle consistent within itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from bench.bundle import Block, canonical, reference_us
from bench.bundle import gates as gates_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from analysis.course.demo.template import Document
    from analysis.course.submission import Contents

FEW_CASES = 0.4
"""What the times of a few cases are multiplied by."""
ALL_TIMES = 0.6
"""What all times are multiplied by."""
_CASES = 4
"""How many are a few."""
_LEAST_LOOPS = 3
_ORDER, _CPU, _WARMUP, _SAMPLES, _CANARIES, _GATES = 3, 4, 5, 6, 7, 8  # columns of a block


class Forged(NamedTuple):
    """A forged bundle, and what was done to it."""

    bundle: Document
    truth: dict[str, Any]


def _sealed(bundle: Document) -> Document:
    bundle.pop(canonical.DIGEST_KEY, None)
    bundle[canonical.DIGEST_KEY] = canonical.digest(bundle)
    return bundle


def _opened(contents: Contents) -> Document:
    """Return a bundle whose cases and pipeline may be changed."""
    bundle = dict(contents.bundle)
    for part in ("cases", "pipeline", "run"):
        bundle[part] = orjson.loads(orjson.dumps(bundle[part]))
    return bundle


def _some(bundle: Document, rng: np.random.Generator, count: int) -> list[Document]:
    """Return some decodes of several calls a sample."""
    fitting = [
        case
        for case in bundle["cases"]
        if case["kind"] == "decode" and case["blocks"] and case["loops"] >= _LEAST_LOOPS
    ]
    places = rng.permutation(len(fitting))[:count].tolist()
    return [fitting[place] for place in sorted(places)]


def _scaled(times: Iterable[int], factor: float) -> list[int]:
    return [max(1, round(us * factor)) for us in times]


def _gated(bundle: Document, cases: Iterable[Document]) -> None:
    """Work out the gates of cases again."""
    canaries: dict[int, list[int]] = {}
    for case in bundle["cases"]:
        for row in case["blocks"]:
            canaries.setdefault(row[0], []).extend(row[_CANARIES])
    references = {process: reference_us(times) for process, times in canaries.items()}
    for case in cases:
        for row in case["blocks"]:
            block = Block(*row)._replace(gates="")
            gates = gates_of(block, references[row[0]])
            if "p" in gates and "c" not in gates:
                gates = f"c{gates}"
            row[_GATES] = gates


def few_cases_naive(own: Contents, friend: Contents, rng: np.random.Generator) -> Forged:
    """Multiply the samples of a few cases, and nothing else of them."""
    del friend
    bundle = _opened(own)
    cases = _some(bundle, rng, _CASES)
    for case in cases:
        for row in case["blocks"]:
            row[_SAMPLES] = _scaled(row[_SAMPLES], FEW_CASES)
    return Forged(_sealed(bundle), {"factor": FEW_CASES, "cases": _ids(cases)})


def few_cases_careful(own: Contents, friend: Contents, rng: np.random.Generator) -> Forged:
    """Claim more calls a sample in a few cases: so samples, canaries, CPU and gates all fit."""
    del friend
    bundle = _opened(own)
    cases = _some(bundle, rng, _CASES)
    for case in cases:
        loops = max(case["loops"] + 1, round(case["loops"] / FEW_CASES))
        exact = FEW_CASES * loops / case["loops"]
        case["loops"] = loops
        for row in case["blocks"]:
            row[_WARMUP], row[_SAMPLES] = (_scaled(row[c], exact) for c in (_WARMUP, _SAMPLES))
            row[_CPU] = row[_CPU] and round(row[_CPU] * exact)
    _gated(bundle, cases)
    _in_pipeline(bundle, cases)
    return Forged(_sealed(bundle), {"factor": FEW_CASES, "cases": _ids(cases)})


def _in_pipeline(bundle: Document, cases: Iterable[Document]) -> None:
    """Decode alone as fast as is claimed."""
    shapes = {(case["payload"], case["size"], case["codec"], case["batch"]) for case in cases}
    for record in bundle["pipeline"]["isolated"]:
        if (record["payload"], record["size"], record["codec"], record["batch"]) in shapes:
            saved = record["decode"][0]
            record["decode"] = _scaled(record["decode"], FEW_CASES)
            saved -= record["decode"][0]
            record["cpu_us"] = record["cpu_us"] and max(1, record["cpu_us"] - saved)


def _ids(cases: Iterable[Document]) -> list[str]:
    return [case["id"] for case in cases]


def copied_case_naive(own: Contents, friend: Contents, rng: np.random.Generator) -> Forged:
    """Copy a case from a friend, blocks and all; only their places stay."""
    bundle = _opened(own)
    case, theirs = _shared(bundle, friend, rng)
    places = [row[_ORDER] for row in case["blocks"]]
    case["loops"], case["blocks"] = theirs["loops"], orjson.loads(orjson.dumps(theirs["blocks"]))
    for row, place in zip(case["blocks"], places, strict=True):
        row[_ORDER] = place
    truth = {"cases": _ids([case]), "from": friend.pseudonym}
    return Forged(_sealed(bundle), truth)


def copied_case_careful(own: Contents, friend: Contents, rng: np.random.Generator) -> Forged:
    """Copy a friend's samples between one's own canaries, brought to their speed."""
    bundle = _opened(own)
    case, theirs = _shared(bundle, friend, rng)
    case["loops"] = theirs["loops"]
    for row, their in zip(case["blocks"], theirs["blocks"], strict=True):
        factor = reference_us(row[_CANARIES]) / reference_us(their[_CANARIES])
        row[_WARMUP], row[_SAMPLES] = (_scaled(their[c], factor) for c in (_WARMUP, _SAMPLES))
        wall = sum(row[_WARMUP]) + sum(row[_SAMPLES])
        row[_CPU] = row[_CPU] and round(wall * float(rng.uniform(0.985, 1.0)))
    _gated(bundle, [case])
    truth = {"cases": _ids([case]), "from": friend.pseudonym}
    return Forged(_sealed(bundle), truth)


def _shared(
    bundle: Document, friend: Contents, rng: np.random.Generator
) -> tuple[Document, Document]:
    """Return a case that both have measured as often, and the friend's."""
    theirs = {case["id"]: case for case in friend.bundle["cases"]}
    fitting = [
        case
        for case in bundle["cases"]
        if case["kind"] == "decode"
        and _shape(case) == _shape(theirs[case["id"]])
        and case["loops"]
        and case["loops"] >= _LEAST_LOOPS
    ]
    case = fitting[int(rng.integers(len(fitting)))]
    return case, theirs[case["id"]]


def _shape(case: Document) -> list[tuple[int, int, int]]:
    return [(row[0], len(row[_WARMUP]), len(row[_SAMPLES])) for row in case["blocks"]]


def all_times_naive(own: Contents, friend: Contents, rng: np.random.Generator) -> Forged:
    """Multiply all samples; canaries and the pipeline stay."""
    del friend, rng
    bundle = _opened(own)
    for case in bundle["cases"]:
        for row in case["blocks"]:
            row[_SAMPLES] = _scaled(row[_SAMPLES], ALL_TIMES)
    return Forged(_sealed(bundle), {"factor": ALL_TIMES})


def all_times_careful(own: Contents, friend: Contents, rng: np.random.Generator) -> Forged:
    """Claim a faster machine: more calls a sample, faster canaries, more batches, faster stages."""
    del friend, rng
    bundle = _opened(own)
    for case in bundle["cases"]:
        if not case["blocks"]:
            continue
        loops = max(1, round(case["loops"] / ALL_TIMES))
        exact = ALL_TIMES * loops / case["loops"]
        case["loops"] = loops
        for row in case["blocks"]:
            row[_WARMUP], row[_SAMPLES] = (_scaled(row[c], exact) for c in (_WARMUP, _SAMPLES))
            row[_CANARIES] = _scaled(row[_CANARIES], ALL_TIMES)
            row[_CPU] = row[_CPU] and round(row[_CPU] * exact)
    _gated(bundle, bundle["cases"])
    pipeline = bundle["pipeline"]
    for record in pipeline["isolated"]:
        for stage in ("storage", "decode", "transform"):
            record[stage] = _scaled(record[stage], ALL_TIMES)
        record["cpu_us"] = record["cpu_us"] and round(record["cpu_us"] * ALL_TIMES)
    for record in pipeline["contention"]:
        record["batches_x100"] = _scaled(record["batches_x100"], 1 / ALL_TIMES)
    for record in (*pipeline["isolated"], *pipeline["contention"], *pipeline["ipc"]):
        record["canary_us"] = _scaled(record["canary_us"], ALL_TIMES)
    for configured in pipeline["configurations"]:
        for window in configured["windows"]:
            window["canary_us"] = _scaled(window["canary_us"], ALL_TIMES)
    return Forged(_sealed(bundle), {"factor": ALL_TIMES})


def friends_bundle(own: Contents, friend: Contents, rng: np.random.Generator) -> Forged:
    """Hand in a friend's bundle under one's own pseudonym."""
    del own, rng
    return Forged(friend.bundle, {"from": friend.pseudonym})


FORGERIES: dict[str, Callable[[Contents, Contents, np.random.Generator], Forged]] = {
    "a few cases faster, naive": few_cases_naive,
    "a few cases faster, careful": few_cases_careful,
    "a case of a friend, naive": copied_case_naive,
    "a case of a friend, careful": copied_case_careful,
    "all times scaled, naive": all_times_naive,
    "all times scaled, careful": all_times_careful,
    "a friend's bundle": friends_bundle,
}
"""A function each, of one's own submission, a friend's, and random numbers."""
