"""A bundle as a made-up machine would have written it, for a course."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.course.demo import pipeline, probes
from analysis.course.demo.codecs import Plan, Setting, blocks, rows
from analysis.course.demo.conditions import Conditions
from analysis.course.demo.template import template
from analysis.course.demo.variances import shipped
from bench.bundle import canonical
from formats.payloads import payload
from formats.payloads.digest import digest
from formats.payloads.doorbell import firmware

if TYPE_CHECKING:
    from analysis.course.demo.circumstances import Circumstances
    from analysis.course.demo.codecs import Blocks
    from analysis.course.demo.machines import DrawnMachine
    from analysis.course.demo.template import Document, Template
    from analysis.course.demo.variances import Variances

_START_S = 4.0
_BLOCK_S = 0.005
_BETWEEN_S = 0.05
"""What a run takes beside timing: to start a process, about a block, about a window. Measured once.
"""
_PASSES = {"quick": 1, "standard": 2, "rigorous": 3}
_PROCESSES = {"quick": 3, "standard": 5, "rigorous": 10}
"""As in `bench.presets`."""


@dataclass(frozen=True)
class Term:
    """What all bundles of a class have in common."""

    nonce: str
    preset: str
    size: str
    """Of the bundles: a name of `SIZES`."""
    started: str
    """When the first runs began: UTC, to the hour."""

    @property
    def template(self) -> Template:
        """The real run that they are made from."""
        return template(self.size)

    @property
    def plan(self) -> Plan:
        """How codecs are timed."""
        run = self.template.document["run"]
        processes = _PROCESSES.get(self.preset, run["processes"])
        return Plan(processes, run["windows"], run["samples"], run["warmup"])

    @property
    def passes(self) -> int:
        """Passes over the configurations of the pipeline."""
        return _PASSES.get(self.preset, 1)


@cache
def data(nonce: str, size: str) -> list[Document]:
    """Return the generated batches of a size of bundle with their digests, for a nonce."""
    shapes = {
        (case["payload"], case["size"], case["batch"]): None
        for case in template(size).document["cases"]
    }
    return [batch_of(nonce, *shape) for shape in shapes]


@cache
def batch_of(nonce: str, name: str, size: int, batch: int) -> Document:
    """Return a generated batch with its digest."""
    kind = payload(name, size)
    record = {"payload": name, "size": size, "batch": batch}
    return record | {"sha256": digest(kind, kind.generate(nonce, batch))}


@cache
def _doorbell(nonce: str, size: str) -> Document | None:
    """Return the doorbell's record with the update where the nonce has it."""
    learning = template(size).document["learning"]
    if not learning or not learning["doorbell"]:
        return None
    record = learning["doorbell"]
    city, was = firmware(nonce).city, record["updated"][0]
    names = {city: was, was: city}
    results = [[row[0], names.get(row[1], row[1]), *row[2:]] for row in record["results"]]
    results.sort(key=lambda row: row[:3])
    changed: Document = record | {"updated": [city], "results": results}
    return changed


def bundle(
    rng: np.random.Generator,
    term: Term,
    machine: DrawnMachine,
    circumstances: Circumstances,
    variances: Variances | None = None,
) -> Document:
    """Return a bundle's document, with its digest.

    Args:
        rng: of this run.
        term: what the class has in common.
        machine: that it ran on.
        circumstances: that it met.
        variances: of a machine; None: those that were fitted.

    """
    source, spread, plan = term.template, variances or shipped(circumstances.variances), term.plan
    made = blocks(rng, Setting(source, machine, spread, circumstances, plan))
    document = dict(source.document)
    document |= {
        "machine": _machine(rng, term, machine, circumstances),
        "before": _environment(rng, machine, circumstances.before),
        "data": data(term.nonce, term.size),
        "cases": _cases(source, made, plan),
        "after": None,
    }
    timed_s = made.timed_us / 1e6
    if circumstances.interrupted_at is None:
        conditions = Conditions(
            source,
            machine,
            spread,
            circumstances.everything * circumstances.from_middle**0.5,
            machine.facts["cores_usable"],
        )
        document["after"] = _environment(rng, machine, circumstances.after)
        document["pipeline"] = pipeline.pipeline(rng, conditions, term.passes)
        document["storage"] = probes.storage(rng, conditions)
        document["learning"] = _learning(source, term, machine)
        timed_s += _of_pipeline_s(document)
    else:
        document |= {"storage": None, "learning": None, "pipeline": _unmeasured(source)}
    counted = int(made.measured.sum())
    elapsed_s = timed_s + _START_S * plan.processes + _BLOCK_S * counted
    document["run"] = _run(rng, term, plan, circumstances, elapsed_s)
    return document | {canonical.DIGEST_KEY: canonical.digest(document)}


def _machine(
    rng: np.random.Generator, term: Term, machine: DrawnMachine, circumstances: Circumstances
) -> Document:
    libraries = term.template.document["machine"]["libraries"]
    hours = int(rng.integers(24 * 14))
    day = np.datetime64(term.started.removesuffix("Z"), "h") + np.timedelta64(hours, "h")
    return {
        "started": f"{day}Z",
        **machine.facts,
        "libraries": libraries,
        **circumstances.machine,
    }


def _environment(
    rng: np.random.Generator, machine: DrawnMachine, changed: dict[str, Any]
) -> Document:
    linux = machine.facts["system"] == "Linux"
    virtual = machine.facts["virtual"] is True
    here = linux and not virtual
    laptop = not virtual
    environment = {
        "power": "mains" if laptop else "unavailable: no battery found",
        "governor": "schedutil" if here else "unavailable: Linux only",
        "throttled": 0 if here else "unavailable: Linux only",
        "quota_throttled": "unavailable: no quota",
        "busy_percent": int(rng.integers(0, 6)),
    }
    if not here and not laptop:
        environment["governor"] = "unavailable: not exposed, as in most virtual machines"
        environment["throttled"] = "unavailable: no counter, as in most virtual machines"
    return environment | changed


def _cases(source: Template, made: Blocks, plan: Plan) -> list[Document]:
    cases = list(source.document["cases"])
    loops = made.loops.tolist()
    for place, (rank, blocks_of_case) in enumerate(
        zip(source.measured, rows(made, plan), strict=True)
    ):
        case = cases[rank] | {"blocks": blocks_of_case}
        if blocks_of_case:
            case["loops"] = loops[place]
        else:
            case |= {"loops": None, "encoded_bytes": None}
        cases[rank] = case
    return cases


_PROBED = ("isolated", "transforms", "ipc", "contention")


def _unmeasured(source: Template) -> Document:
    """Return the pipeline's record of a run that never came to it."""
    record: Document = source.document["pipeline"]
    nothing: dict[str, list[Any]] = {name: [] for name in _PROBED}
    configurations = [entry | {"windows": []} for entry in record["configurations"]]
    return record | nothing | {"devices": [], "configurations": configurations}


def _learning(source: Template, term: Term, machine: DrawnMachine) -> Document | None:
    """Return what was trained: the same results, in the time of the machine."""
    record = source.document["learning"]
    if not record:
        return None
    groups = [
        group | {"wall_us": max(1, round(group["wall_us"] * machine.slower))}
        for group in record["groups"]
    ]
    doorbell = _doorbell(term.nonce, term.size)
    if doorbell:
        doorbell = doorbell | {"wall_us": max(1, round(doorbell["wall_us"] * machine.slower))}
    return {**record, "groups": groups, "doorbell": doorbell}


def _of_pipeline_s(document: Document) -> float:
    """Return how long a bundle's pipeline, probes and disk took."""
    record = document["pipeline"]
    windows = [w for c in record["configurations"] for w in c["windows"]]
    us = sum(w["us"] + w["first_batch_us"] + (w["started_us"] or 0) for w in windows)
    for probe in record["isolated"]:
        us += sum(probe[stage][0] for stage in ("storage", "decode", "transform"))
    us += sum(probe["send"][0] + probe["receive"][0] for probe in record["ipc"])
    us += sum(probe["us"] for probe in record["contention"])
    us += sum(probe["step"][0] for probe in record["devices"] if not isinstance(probe, str))
    if isinstance(document["storage"], dict):
        us += sum(read["us"] for read in document["storage"]["reads"])
    return float(us / 1e6 + _BETWEEN_S * len(windows))


def _run(
    rng: np.random.Generator,
    term: Term,
    plan: Plan,
    circumstances: Circumstances,
    elapsed_s: float,
) -> Document:
    run = term.template.document["run"]
    return {
        **run,
        "preset": term.preset,
        "nonce": term.nonce,
        "processes": plan.processes,
        "seed": int(rng.integers(2**31)),
        "state": "complete" if circumstances.interrupted_at is None else "partial",
        "launches": 1,
        "elapsed_ns": round(elapsed_s * 1e9),
        "left_out": [
            case["id"]
            for rank, case in enumerate(term.template.document["cases"])
            if rank not in term.template.measured
        ],
    }
