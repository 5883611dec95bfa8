"""The pipeline and its stages alone as a machine would have measured them.

A configuration's time for a batch follows the model's equation in the demands of the template, and
keeps what the template's own window deviates from it: so emulated steps and tiers stay as long as
they are, more cores help where cores are short, and the bottleneck moves with the machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.course.demo.conditions import Canaries, scaled
from analysis.course.demo.probes import PROBES
from analysis.course.demo.template import cells_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.course.demo.conditions import Conditions
    from analysis.course.demo.template import Document, Template

_NORM = 4.0
"""How sharply the slowest resource takes over; what calibrations of real machines come to."""
_TICK_US = 10_000
"""Of the CPU's account of a process."""
_MIN_BATCHES, _MIN_PER_WORKER, _ROWS = 8, 4, 50
"""As in `bench.pipeline.window` and `bench.pipeline.session`."""
_READY_SHARPNESS = 16.0
"""How sharply batches wait ready as supply outruns demand. Assumed."""
_MOST_OWN = 1.5
"""More than that a window is not believed to deviate from the equation."""
_ROW_SPREAD = 0.03
"""By how much batches of a window differ from those of the template. Assumed."""
_EMULATED = ("ebs_gp2", "hdd", "sata_ssd", "s3", "nvme")


@dataclass(frozen=True, slots=True)
class Demand:
    """What a batch of a configuration takes on the template's machine, in us."""

    supply: tuple[float, ...]
    """CPU time of decode, transform and sending, in the workers or in the consumer itself."""
    storage: float
    step: float
    h2d: float
    receive: float
    own: float
    """What the measured time is over what the equation gives."""
    stretch: float
    """By how much waiting for a core made the work of workers longer."""
    window: Document
    rows: NDArray[np.float64]
    """Batches one by one, repeated up to as many as are kept, shape (batches, 3)."""


def time_of(
    workers: int, cores: int, *, supply: float, storage: float, serial: float, receive: float
) -> float:
    """Return how long a batch takes, in us, by the equation of the model.

    Args:
        workers: of the loader; 0: the consumer does it all.
        cores: of the machine.
        supply: CPU time of the work of the workers.
        storage: time that the storage takes.
        serial: step and copy to the device.
        receive: CPU time of the consumer for a batch.

    """
    if not workers:
        return serial + supply + storage + receive
    terms = (serial + receive, (supply + storage) / workers, (supply + receive) / cores)
    return float(sum(term**_NORM for term in terms) ** (1 / _NORM))


@cache
def _demands(template: Template) -> tuple[Demand | None, ...]:
    cores = template.document["machine"]["cores_usable"]
    return tuple(
        _demand(template, record, cores)
        for record in template.document["pipeline"]["configurations"]
    )


def _demand(template: Template, record: Document, cores: int) -> Demand | None:
    if not record["windows"]:
        return None
    window = record["windows"][0]
    batches = window["batches"]
    stages = {name: times[0] / batches for name, times in window["stages"].items()}
    workers = record["setup"]["workers"]
    decode, transform = stages.get("decode", 0.0), stages.get("transform", 0.0)
    wall = max(decode + transform, 1.0)
    worked = wall
    if workers:
        worked = sum(window["workers_cpu_us"]) / batches
    consumer = window["consumer_cpu_us"] / batches if workers else stages.get("ipc", 0.0)
    step = window["step"][0] / batches if window["step"] else 0.0
    h2d = window["h2d"][0] / batches if window["h2d"] else 0.0
    storage = stages.get("storage", 0.0)
    supply = max(worked, 1.0)
    receive = min(consumer, window["us"] / batches)
    expected = time_of(
        workers, cores, supply=supply, storage=storage, serial=step + h2d, receive=receive
    )
    own = window["us"] / batches / expected
    shares = (decode / wall, transform / wall)
    supplies = tuple(share * supply for share in shares)
    raw = np.array(window["raw"], dtype=float)
    return Demand(
        supply=supplies,
        storage=storage,
        step=step,
        h2d=h2d,
        receive=receive,
        own=min(max(own, 1 / _MOST_OWN), _MOST_OWN),
        stretch=max(1.0, wall / max(worked, 1.0)) if workers else 1.0,
        window=window,
        rows=raw[np.arange(len(raw) if template.is_small else _ROWS) % len(raw)],
    )


def pipeline(rng: np.random.Generator, conditions: Conditions, repeats: int) -> Document:
    """Return a pipeline's record; repeats: passes over all configurations."""
    document: Document = conditions.template.document["pipeline"]
    run = float(conditions.variances.spreads["pipeline"]["run"].draw(rng, 1)[0])
    beside = Canaries(rng, conditions)
    configurations = []
    for record, demand in zip(
        document["configurations"], _demands(conditions.template), strict=True
    ):
        windows: list[Document] = []
        if demand:
            passes = [*range(repeats), *([repeats] if record["retest"] else [])]
            noise = conditions.variances.spreads["pipeline"]["window"].draw(rng, len(passes))
            for repeat, deviation in zip(passes, noise.tolist(), strict=True):
                made = _Window(rng, conditions, record, demand, math.exp(run + deviation))
                count = len(demand.window["canary_us"])
                place = {"repeat": repeat, "canary_us": beside.beside(count)}
                windows.append(made.record() | place)
        configurations.append(record | {"windows": windows})
    _interleave(rng, configurations)
    isolated = conditions.variances.spreads["isolated"]
    alone = float(isolated["run"].draw(rng, 1)[0])
    probes = {}
    for name, probe in PROBES.items():
        entries = document[name]
        deviations = np.exp(alone + isolated["window"].draw(rng, max(1, len(entries)))).tolist()
        probes[name] = [
            entry if isinstance(entry, str) else probe(conditions, beside, entry, deviation)
            for entry, deviation in zip(entries, deviations, strict=False)
        ]
    changed: Document = {"repeats": repeats, "configurations": configurations, **probes}
    return document | changed


def _interleave(rng: np.random.Generator, configurations: list[Document]) -> None:
    """Give windows their places: pass after pass, at random within."""
    windows = [window for record in configurations for window in record["windows"]]
    keys = rng.random(len(windows)).tolist()
    ordered = sorted(zip(windows, keys, strict=True), key=lambda pair: (pair[0]["repeat"], pair[1]))
    for place, (window, _) in enumerate(ordered):
        window["order"] = place


class _Window:
    """A window that is made of a configuration's demand."""

    def __init__(
        self,
        rng: np.random.Generator,
        conditions: Conditions,
        record: Document,
        demand: Demand,
        deviation: float,
    ) -> None:
        self._rng, self._conditions, self._record, self._demand = rng, conditions, record, demand
        setup, machine, slower = record["setup"], conditions.machine, conditions.slower
        self._workers: int = setup["workers"]
        decode, transform = (conditions.factor(cell) for cell in cells_of(setup))
        supplies = demand.supply
        work = deviation * self._stretch()
        self._stage = {"decode": decode * work, "transform": transform * work}
        emulated = setup["storage"] in _EMULATED
        self._storage = 1.0 if emulated else machine.copies * deviation
        self._stage["storage"] = self._storage
        self._copy = machine.copies * slower * deviation
        self._stage["ipc"] = self._copy
        self._supply = (supplies[0] * decode + supplies[1] * transform) * deviation
        self._receive = demand.receive * machine.slower * slower * deviation
        serial = demand.step + demand.h2d * self._copy
        expected = time_of(
            self._workers,
            conditions.cores,
            supply=self._supply,
            storage=demand.storage * self._storage,
            serial=serial,
            receive=self._receive,
        )
        self._period = max(expected * demand.own, serial + 1)
        least = max(_MIN_BATCHES, _MIN_PER_WORKER * self._workers)
        self._batches = max(least, math.ceil(1e6 / self._period))

    def record(self) -> Document:
        """Return the window."""
        old, count = self._demand.window, self._batches
        before = old["batches"]
        us = max(1, round(count * self._period))
        stretch = us / count / (old["us"] / before)
        waiting = self._waiting()
        waits = old["wait"][0] / before
        wait = waiting / waits if waits else 1.0
        waited = scaled(old["wait"], before, count, wait)
        return old | {
            "batches": count,
            "us": us,
            "started_us": None
            if old["started_us"] is None
            else round(old["started_us"] * self._conditions.machine.slower),
            "first_batch_us": max(1, round(old["first_batch_us"] * self._stage["decode"])),
            "consumer_cpu_us": self._ticks(count * self._consumer_us()),
            "workers_cpu_us": [
                self._ticks(count * self._supply / self._workers * share)
                for share in self._rng.uniform(0.97, 1.03, self._workers).tolist()
            ],
            "reads": old["reads"] // before * count,
            "late_reads": 0,
            "disk_bytes": None
            if old["disk_bytes"] is None
            else old["disk_bytes"] // before * count,
            **self._ready(count, old),
            "stages": {
                name: scaled(times, before, count, self._stage.get(name, 1.0))
                for name, times in old["stages"].items()
            },
            "wait": waited,
            "h2d": old["h2d"] and scaled(old["h2d"], before, count, self._copy),
            "step": old["step"] and scaled(old["step"], before, count, 1.0),
            "period": [us, *scaled(old["period"], before, count, stretch)[1:]],
            "raw": self._rows(wait, waited[4]),
        }

    def _stretch(self) -> float:
        """Return how much longer work takes for lack of cores, over what it did here."""
        stretch, most = self._demand.stretch, self._workers + 1
        here = self._conditions.template.document["machine"]["cores_usable"]
        spare = (self._conditions.cores - here) / max(1, most - here)
        return float((stretch + (1 - stretch) * min(max(spare, 0.0), 1.0)) / stretch)

    def _waiting(self) -> float:
        """Return how long the consumer waits for a batch, in us."""
        serial = self._demand.step + self._demand.h2d * self._copy
        return max(1.0, 0.995 * (self._period - serial))

    def _consumer_us(self) -> float:
        return self._receive if self._workers else self._supply + self._receive

    def _ticks(self, us: float) -> int:
        """Return CPU time as the system counts it."""
        return round(us / _TICK_US) * _TICK_US

    def _ready(self, count: int, old: Document) -> dict[str, int]:
        """Return how many batches were made when they were asked for."""
        if not self._workers:
            return {"ready": 0, "queued": 0}
        supply = (self._supply + self._demand.storage * self._storage) / self._workers
        share = 1 / (1 + (supply / self._period * 1.02) ** (_READY_SHARPNESS))
        ready = min(count, round(count * share))
        ahead = max(1.0, min(old["queued"] / max(1, old["ready"]), 2.0 * self._workers))
        return {"ready": ready, "queued": round(ready * ahead)}

    def _rows(self, wait: float, most: int) -> list[list[int]]:
        """Return batches one by one, as many as are kept of so many."""
        every = -(-self._batches // _ROWS)
        batches = self._demand.rows[: -(-self._batches // every)]
        deviations = np.exp(self._rng.normal(0, _ROW_SPREAD, len(batches))) * wait
        factors = np.array([1.0, self._copy, 1.0])
        rows = batches * factors
        rows[:, 0] = np.minimum(rows[:, 0] * deviations, most)
        result: list[list[int]] = np.rint(rows).astype(int).tolist()
        return result
