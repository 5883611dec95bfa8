"""Service demands: what a batch asks of each stage, as that was measured in isolation.

A batch that was measured is taken as it was; one between sizes that were, from its neighbours; one
beyond them from a line, a fixed time and one for each sample. A codec that was timed but never run
in the pipeline counts by how much longer those take there that were both.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.equation import LEAST_SD
from analysis.model.fit import Array, rising
from analysis.statistics.number import Z90
from bench.bundle import WORKER_STAGES
from formats.payloads import payload as payload_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bench.bundle import Bundle, Case, Configured, Ipc, Isolated, Pipeline

STAGES = tuple(stage.value for stage in WORKER_STAGES)
"""What is measured together, one after another in one process."""

# SDs of the logarithm of a stage's time, set on two machines by `analysis validate`.
_ONCE_SD = 0.1
"""Of what was measured once."""
_BETWEEN_SD = 0.05
"""Of what lies between two measured batches."""
_PROPORTION_SD = 0.15
"""Of each doubling of the batch, or of a sample's bytes, where time goes in proportion. Of 76 pairs
of batches a factor 2, 4 or 8 apart in a rigorous run one is off by 0.17, 0.29, 0.42 from the other
(root mean square), nearly all of it where a batch has a large fixed cost."""
_LINE_SD = 0.1
"""Of each doubling beyond batches through which a line was drawn: 0.11 and 0.13 at a factor of 2
and 4 in that run, of 68 and 22 trials."""
_FEW_SD = 0.3
"""Of a codec's ratio where fewer than three codecs were both timed and run in the pipeline."""
_MAD_TO_SD = 1.48
"""The SD of a normal distribution over its median absolute deviation."""
_LEAST_US = 1e-3
"""Stages that take less are as good as nothing; their logarithm is not taken."""
_FEWEST_OF_A_LINE = 2
"""Sizes of batch through which a line is drawn."""
_FARTHEST = 16.0
"""Beyond this multiple of what was measured nothing is predicted."""


class Basis(Enum):
    """What the time of making a batch rests on."""

    MEASURED = "as measured"
    BETWEEN = "between two measured batches"
    TIMED = "the decode as timed beside other codecs"
    BEYOND = "beyond the measured batches, or another size of sample"

    @property
    def within(self) -> bool:
        """Whether it lies within what was measured, so that predictions are calibrated."""
        return self is not Basis.BEYOND


class Shape(NamedTuple):
    """What stages were measured on."""

    payload: str
    size: int
    codec: str


class BatchCost(NamedTuple):
    """How long the stages of a worker take for a batch in isolation, in us."""

    storage: float
    decode: float
    transform: float
    sd: float
    """Of the logarithm of their sum."""
    basis: Basis
    text: str
    """What it rests on, in words."""


class BatchBytes(NamedTuple):
    """The size of a batch."""

    encoded: float
    """Bytes as stored."""
    tensors_bytes: float
    """Bytes of the tensors that are handed to the consumer."""
    tensors: int
    """How many they are."""


class StageCost(NamedTuple):
    """What a stage takes in isolation, as a line over the samples of a batch, in us."""

    shape: Shape
    stage: str
    batches: tuple[int, ...]
    """Batch sizes that were measured."""
    fixed: float
    """For each batch; from one size of batch it cannot be told apart from the rest, and is 0."""
    each: float
    """For each sample."""
    low: float
    """Lower bound of both together, as a factor, with 90 %."""
    high: float


@dataclass(frozen=True)
class IpcCost:
    """What sending and receiving a batch take, in us: shape (3,), fixed, per tensor, per byte."""

    send: Array
    receive: Array

    def __call__(self, tensors: float, size: float) -> tuple[float, float]:
        """Return what sending and receiving tensors of some bytes together take, in us."""
        of = np.array([1.0, tensors, size])
        return float(self.send @ of), float(self.receive @ of)


def ipc_costs(records: Iterable[Ipc]) -> dict[str, IpcCost]:
    """Return what crossing from process to process takes, by transport."""
    times: dict[str, dict[tuple[int, int], list[tuple[float, float]]]] = defaultdict(dict)
    for record in records:
        each = (record.send.total / record.count, record.receive.total / record.count)
        key = (record.tensors, record.bytes)
        times[record.transport].setdefault(key, []).append(each)
    costs = {}
    for transport, points in times.items():
        columns = np.array([(1.0, tensors, size) for tensors, size in points])
        means = np.array([np.mean(each, axis=0) for each in points.values()])
        costs[transport] = IpcCost(rising(columns, means[:, 0]), rising(columns, means[:, 1]))
    return costs


class Demands:
    """Service demands of a machine's stages, by what a batch is."""

    def __init__(
        self, bundle: Bundle, pipeline: Pipeline, keep: Callable[[Isolated], bool]
    ) -> None:
        """Gather them; keep tells which measurements of isolated stages may be used."""
        points: dict[Shape, dict[int, list[Array]]] = defaultdict(lambda: defaultdict(list))
        for record in filter(keep, pipeline.isolated):
            stages = (record.storage, record.decode, record.transform)
            times_us = np.array([times.total / record.batches for times in stages])
            shape = Shape(record.payload, record.size, record.codec)
            points[shape][record.batch].append(times_us)
        self._points = {
            shape: {batch: np.array(rows[batch]) for batch in sorted(rows)}
            for shape, rows in points.items()
        }
        self._cases = [case for case in bundle.cases if case.kind == "decode" and case.blocks]
        self._bytes: dict[tuple[str, int], Configured] = {}
        self._encoded: dict[Shape, float] = {}
        for configured in pipeline.configurations:
            setup = configured.setup
            whole = (setup.items, setup.transform) == ("batch", "steps")
            whole = whole and setup.remove != "transform"
            if configured.batch_tensor_bytes is not None and whole:
                self._note_bytes(configured)
        self._scale: tuple[float, float] | None = None

    def _note_bytes(self, record: Configured) -> None:
        setup = record.setup
        if setup.size is None:
            return
        self._bytes.setdefault((setup.payload, setup.size), record)
        if record.encoded_bytes:
            shape = Shape(setup.payload, setup.size, setup.codec)
            self._encoded.setdefault(shape, record.encoded_bytes / record.samples)

    def table(self) -> Iterator[StageCost]:
        """Yield what each stage takes of each payload in each codec that the pipeline ran."""
        for shape, points in self._points.items():
            batches = np.array(list(points), np.float64)
            for at, stage in enumerate(STAGES):
                rows = [np.maximum(times[:, at], _LEAST_US) for times in points.values()]
                means = np.array([row.mean() for row in rows])
                columns = np.stack([np.ones(len(batches)), batches], axis=1)
                # From one point only a line through 0 can be drawn.
                fixed, each = rising(columns * [len(batches) > 1, 1], means).tolist()
                residuals = np.concatenate([np.log(row / row.mean()) for row in rows])
                repeats = len(residuals) / len(rows)
                spread = (
                    float(np.sqrt(np.mean(residuals**2) / repeats)) if repeats > 1 else _ONCE_SD
                )
                reach = float(np.exp(Z90 * np.hypot(spread, LEAST_SD)))
                yield StageCost(shape, stage, tuple(points), fixed, each, 1 / reach, reach)

    @property
    def codecs(self) -> tuple[str, ...]:
        """Codecs of which something is known."""
        timed = [case.codec for case in self._cases if case.codec]
        return tuple(dict.fromkeys([shape.codec for shape in self._points] + timed))

    def in_pipeline(self, payload: str) -> tuple[str, ...]:
        """Return codecs that were measured in the pipeline on a payload."""
        return tuple(dict.fromkeys(s.codec for s in self._points if s.payload == payload))

    def named(self, payload: str, size: int, codec: str) -> str:
        """Return a codec's full name: of a format or layout the one that the pipeline ran.

        Raises:
            OutOfRangeError: nothing of it was measured.

        """
        fits = [name for name in self.codecs if f"{name}/".startswith(f"{codec}/")]
        measured = [name for name in fits if Shape(payload, size, name) in self._points]
        if measured or fits:
            return (measured or fits)[0]
        raise OutOfRangeError(
            f"codec: nothing of {codec!r} was measured in this run; it has {', '.join(self.codecs)}"
        )

    def cost(self, shape: Shape, batch: int) -> BatchCost:
        """Return what making a batch takes in isolation.

        Raises:
            OutOfRangeError: nothing near it was measured.

        """
        if shape in self._points:
            return self._measured(shape, batch)
        alike = [s for s in self._points if s.payload == shape.payload]
        if not alike:
            raise OutOfRangeError(
                f"payload: no stage was measured on {shape.payload}; this run has "
                f"{', '.join(dict.fromkeys(s.payload for s in self._points)) or 'none'}"
            )
        return self._other_size(shape, batch) or self._timed(shape, batch, alike)

    def bytes(self, shape: Shape, batch: int) -> BatchBytes:
        """Return the bytes of a batch; of a size that was not run, in proportion.

        Raises:
            OutOfRangeError: nothing of the payload was run.

        """
        sizes = [size for payload, size in self._bytes if payload == shape.payload]
        if not sizes:
            raise OutOfRangeError(f"payload: no batch of {shape.payload} was run end to end")
        size = min(sizes, key=lambda s: abs(np.log(s / shape.size)))
        record, grown = self._bytes[shape.payload, size], _grown(shape, size)
        tensors_bytes = (record.batch_tensor_bytes or 0) / record.samples * batch * grown
        encoded = self._encoded_bytes(shape)
        return BatchBytes(encoded * batch, tensors_bytes, record.tensors or 1)

    def _encoded_bytes(self, shape: Shape) -> float:
        """Return the encoded bytes of a sample; of a size that was not encoded, in proportion."""
        known = {
            case.size: case.encoded_bytes / case.batch
            for case in self._cases
            if (case.payload, case.codec) == (shape.payload, shape.codec) and case.encoded_bytes
        }
        known |= {
            other.size: encoded
            for other, encoded in self._encoded.items()
            if (other.payload, other.codec) == (shape.payload, shape.codec)
        }
        if not known:
            raise OutOfRangeError(
                f"codec: how large {shape.codec} is on {shape.payload} was not measured in this "
                f"run; measure it: python -m bench experiment --payload {shape.payload} --codec "
                f"{shape.codec} --add-to RUN"
            )
        size = min(known, key=lambda size: abs(np.log(size / shape.size)))
        return known[size] * _grown(shape, size)

    def _measured(self, shape: Shape, batch: int) -> BatchCost:
        """Return it of a shape that was measured, in batches of this size or others."""
        points = self._points[shape]
        if batch in points:
            rows = points[batch]
            logs = np.log(rows.sum(axis=1))
            sd = float(np.std(logs, ddof=1) / np.sqrt(len(logs))) if len(logs) > 1 else _ONCE_SD
            return _cost(rows.mean(axis=0), max(sd, LEAST_SD), Basis.MEASURED, "measured")
        batches = list(points)
        means = np.array([times.mean(axis=0) for times in points.values()])
        for at, (low, high) in enumerate(pairwise(batches)):
            if low < batch < high:
                share = np.log(batch / low) / np.log(high / low)
                logs = (1 - share) * np.log(means[at]) + share * np.log(means[at + 1])
                text = f"between batches of {low} and {high}"
                return _cost(np.exp(logs), _BETWEEN_SD, Basis.BETWEEN, text)
        near = min(batches, key=lambda n: abs(np.log(n / batch)))
        far = max(batch / near, near / batch)
        if far > _FARTHEST:
            raise OutOfRangeError(
                f"batch: the nearest that was measured is {near}, {far:.0f} times off; "
                f"measure one nearer: python -m bench experiment --batch {batch} --add-to RUN"
            )
        doublings = float(np.log2(far))
        if len(batches) == 1:  # what is fixed and what a sample takes, one point does not tell
            growth = self._growth(shape, near, batch)
            if growth is None:
                text = f"in proportion to batches of {near}"
                times = means[0] * batch / near
                return _cost(times, _PROPORTION_SD * doublings, Basis.BEYOND, text)
            times = means[0] * [batch / near, growth, batch / near]
            text = f"beyond batches of {near}, the decode growing as it was timed"
            return _cost(times, _PROPORTION_SD * doublings, Basis.BEYOND, text)
        columns = np.stack([np.ones(len(batches)), batches], axis=1)
        lines = [rising(columns, means[:, stage]) for stage in range(3)]
        ratio = [(a + b * batch) / (a + b * near) for a, b in lines]
        times = means[batches.index(near)] * ratio
        return _cost(times, _LINE_SD * doublings, Basis.BEYOND, f"beyond batches of {near}")

    def _growth(self, shape: Shape, near: int, batch: int) -> float | None:
        """Return how much longer the decode of a batch takes than of another, as its cases say.

        None: it was timed on one size of batch alone.
        """
        key = (shape.payload, shape.size, shape.codec)
        times = {c.batch: _case_us(c) for c in self._cases if (c.payload, c.size, c.codec) == key}
        if len(times) < _FEWEST_OF_A_LINE:
            return None
        columns = np.stack([np.ones(len(times)), np.array(list(times), np.float64)], axis=1)
        fixed, each = rising(columns, np.array(list(times.values()))).tolist()
        return float((fixed + each * batch) / (fixed + each * near))

    def _other_size(self, shape: Shape, batch: int) -> BatchCost | None:
        """Return it in proportion to the bytes of a sample, from the nearest size measured."""
        sizes = [s.size for s in self._points if (s.payload, s.codec) == (shape[0], shape[2])]
        if not sizes:
            return None
        size = min(sizes, key=lambda s: abs(np.log(s / shape.size)))
        grown = _grown(shape, size)
        far = max(grown, 1 / grown)
        if far > _FARTHEST:
            raise OutOfRangeError(
                f"size: the nearest that was measured is {size}, a sample of which has "
                f"{far:.0f} times fewer or more bytes than one of {shape.size}; measure one nearer"
            )
        near = self._measured(shape._replace(size=size), batch)
        sd = float(np.hypot(near.sd, _PROPORTION_SD * np.log2(far)))
        times = grown * np.array([near.storage, near.decode, near.transform])
        text = f"from size {size}, by the bytes of a sample"
        return _cost(times, sd, Basis.BEYOND, text)

    def _timed(self, shape: Shape, batch: int, alike: list[Shape]) -> BatchCost:
        """Return it with the decode as it was timed beside the other codecs."""
        cases = [c for c in self._cases if (c.payload, c.codec) == (shape.payload, shape.codec)]
        if not cases:
            raise OutOfRangeError(
                f"codec: {shape.codec} was not measured on {shape.payload}; this run has "
                f"{', '.join(dict.fromkeys(s.codec for s in alike))}"
            )
        factor, sd = self._against_cases()
        decoded_bytes = payload_named(shape.payload, shape.size).sample_bytes * batch
        case = min(cases, key=lambda c: abs(np.log(c.decoded_bytes / decoded_bytes)))
        far = max(decoded_bytes / case.decoded_bytes, case.decoded_bytes / decoded_bytes)
        if far > _FARTHEST:
            raise OutOfRangeError(
                f"batch: {shape.codec} was timed on {case.batch} samples of size {case.size}, "
                f"{far:.0f} times off; choose a batch nearer to that"
            )
        decode = _case_us(case) * decoded_bytes / case.decoded_bytes * factor
        like = self._measured_or_scaled(alike, shape, batch)
        encoded = self._encoded_bytes(shape) * batch
        of_like = self._encoded.get(like[0], encoded) * batch
        sd = float(np.hypot(sd, _PROPORTION_SD * np.log2(far)))
        times = np.array([like[1].storage * encoded / of_like, decode, like[1].transform])
        if far == 1 and like[1].basis is Basis.MEASURED:
            return _cost(times, sd, Basis.TIMED, Basis.TIMED.value)
        text = f"the decode as timed on {case.batch} samples of size {case.size}, by their bytes"
        return _cost(times, max(sd, like[1].sd), Basis.BEYOND, text)

    def _measured_or_scaled(
        self, alike: list[Shape], shape: Shape, batch: int
    ) -> tuple[Shape, BatchCost]:
        near = min(alike, key=lambda s: abs(np.log(s.size / shape.size)))
        return near, self.cost(near, batch) if near.size == shape.size else self._grown_to(
            near, shape, batch
        )

    def _grown_to(self, near: Shape, shape: Shape, batch: int) -> BatchCost:
        cost = self._other_size(near._replace(size=shape.size), batch)
        assert cost is not None  # noqa: S101 - near was measured
        return cost

    def _against_cases(self) -> tuple[float, float]:
        """Return how much longer decodes take in the pipeline than in cases, and its sd."""
        if self._scale is None:
            logs = []
            for case in self._cases:
                shape = Shape(case.payload, case.size, case.codec or "")
                times = self._points.get(shape, {}).get(case.batch)
                if times is not None:
                    decode = float(times[:, 1].mean())
                    logs.append(float(np.log(decode / _case_us(case))))
            middle = median(logs) if logs else 0.0
            spread = (
                median(abs(x - middle) for x in logs) * _MAD_TO_SD if len(logs) > 2 else _FEW_SD
            )
            self._scale = float(np.exp(middle)), max(spread, LEAST_SD)
        return self._scale


def _cost(times: Array, sd: float, basis: Basis, text: str) -> BatchCost:
    storage, decode, transform = map(float, times)
    return BatchCost(storage, decode, transform, sd, basis, text)


def _case_us(case: Case) -> float:
    """Return the time of a call of a case, in us: the median of its processes' medians."""
    processes: dict[int, list[float]] = defaultdict(list)
    for block in case.blocks:
        processes[block.process] += [us / (case.loops or 1) for us in block.samples_us]
    return median(median(times) for times in processes.values())


def _grown(shape: Shape, size: int) -> float:
    """Return the bytes of a sample of a shape over those of one of another size."""
    sample_bytes = payload_named(shape.payload, shape.size).sample_bytes
    return sample_bytes / payload_named(shape.payload, size).sample_bytes
