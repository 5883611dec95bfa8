"""Codecs on batches: how fast each decodes and encodes, which is fastest, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.statistics.ratio import paired_ratio
from analysis.statistics.timing import Timing, timing
from bench.bundle import references_us
from formats.names import kind_of
from formats.payloads import PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analysis.statistics.number import Number
    from bench.bundle import Bundle, Case


@dataclass(frozen=True, slots=True)
class Rate:
    """One timed case as a rate."""

    timing: Timing
    mb_per_s: Number
    """Payload bytes a second (decoded bytes, whatever the format)."""
    share_of_memcpy: float | None


@dataclass(frozen=True, slots=True)
class CodecResult:
    """A codec on a batch: how fast each way, and how large its bytes are."""

    codec: str
    role: str | None
    """Why it was measured: fast, naive, other or peer."""
    change: str | None
    """How its layout differs from the canonical one of its format; None: it is that one."""
    decode: Rate | None
    encode: Rate | None
    read: Rate | None
    """Reading the encoded bytes from the page cache: the ceiling of storage."""
    encoded_share: float | None
    """Encoded over decoded bytes."""
    problems: dict[str, str]
    """By kind, why there is no time."""

    @property
    def format(self) -> str:
        """The format, such as json."""
        return self.codec.split("/")[0]

    @property
    def layout(self) -> str:
        """Format and layout, such as json/lines."""
        return self.codec.rpartition("/")[0]

    @property
    def decoder(self) -> str:
        """The decoder alone, such as orjson."""
        return self.codec.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class BatchResults:
    """All codecs on one batch, fastest decode first."""

    payload: str
    size: int
    batch: int
    batch_bytes: int
    memcpy: Rate | None
    codecs: tuple[CodecResult, ...]

    @property
    def title(self) -> str:
        """What the batch is, such as: image, 64 pixels a side, 64 samples per batch."""
        kind = PAYLOADS.get(kind_of(self.payload))
        unit = f" {kind.size_unit}" if kind else ""
        return f"{self.payload}, {self.size}{unit}, {self.batch} samples per batch"

    @property
    def canonical(self) -> tuple[CodecResult, ...]:
        """Codecs of the layouts that headlines compare."""
        return tuple(result for result in self.codecs if result.change is None)

    @property
    def others(self) -> tuple[CodecResult, ...]:
        """Codecs of other layouts of the same data."""
        return tuple(result for result in self.codecs if result.change is not None)


def usual_batches(batches: Sequence[BatchResults]) -> tuple[BatchResults, ...]:
    """Return the first batch of each payload: its usual one, with its own values."""
    first: dict[str, BatchResults] = {}
    for results in batches:
        if "-" not in results.payload:
            first.setdefault(results.payload, results)
    return tuple(first.values())


def batch_results(bundle: Bundle, timings: dict[str, Timing]) -> Iterator[BatchResults]:
    """Yield the results of each batch, in the order of the bundle's cases.

    Args:
        bundle: a run.
        timings: by the id of a case; cases without a time are left out.

    """
    changes = {layout.layout: layout.summary for layout in bundle.layouts if not layout.canonical}
    shapes: dict[tuple[str, int, int], list[Case]] = {}
    for case in bundle.cases:
        shapes.setdefault((case.payload, case.size, case.batch), []).append(case)
    for (payload, size, batch), cases in shapes.items():
        by_kind = {(case.kind, case.codec): case for case in cases}
        rates = _Rates(timings, timings.get(getattr(by_kind.get(("memcpy", None)), "id", "")))
        readers = {c.codec.rpartition("/")[0]: c for c in cases if c.kind == "read" and c.codec}
        results = [
            _result(codec, by_kind, readers, changes, rates)
            for codec in dict.fromkeys(case.codec for case in cases if case.codec)
        ]
        results.sort(key=lambda r: -r.decode.mb_per_s.value if r.decode else 0.0)
        memcpy = rates.of(by_kind.get(("memcpy", None)))
        yield BatchResults(payload, size, batch, cases[0].decoded_bytes, memcpy, tuple(results))


@dataclass(frozen=True, slots=True)
class _Rates:
    """Makes rates of times, beside the time of memcpy on the same batch."""

    timings: dict[str, Timing]
    memcpy: Timing | None

    def of(self, case: Case | None) -> Rate | None:
        """Return the rate of a case; None: it has no time."""
        if case is None or case.id not in self.timings:
            return None
        timing = self.timings[case.id]
        ceiling = self.memcpy.time_s.value / timing.time_s.value if self.memcpy else None
        return Rate(timing, timing.time_s.inverse(case.decoded_bytes / 1e6, "MB/s"), ceiling)


def _result(
    codec: str,
    by_kind: dict[tuple[str, str | None], Case],
    readers: dict[str, Case],
    changes: dict[str, str],
    rates: _Rates,
) -> CodecResult:
    layout = codec.rpartition("/")[0]
    cases = [case for kind in ("decode", "encode") if (case := by_kind.get((kind, codec)))]
    encoded = next((c.encoded_bytes for c in cases if c.encoded_bytes is not None), None)
    return CodecResult(
        codec=codec,
        role=next((case.role for case in cases if case.role), None),
        change=changes.get(layout),
        decode=rates.of(by_kind.get(("decode", codec))),
        encode=rates.of(by_kind.get(("encode", codec))),
        read=rates.of(readers.get(layout)),
        encoded_share=None if encoded is None else encoded / cases[0].decoded_bytes,
        problems={case.kind: case.problem.value for case in cases if case.problem},
    )


def timings_of(bundle: Bundle) -> dict[str, Timing]:
    """Return the time of each case that has one, by its id."""
    references = references_us(bundle)
    return {
        case.id: case_timing
        for case in bundle.cases
        if not case.problem and (case_timing := timing(case, references, bundle.run.processes))
    }


def fastest(
    results: Iterable[CodecResult], key: Callable[[CodecResult], str]
) -> dict[str, CodecResult]:
    """Return the fastest decode of each group, fastest first.

    Args:
        results: fastest first.
        key: the group of a codec.

    """
    best: dict[str, CodecResult] = {}
    for result in results:
        if result.decode:
            best.setdefault(key(result), result)
    return best


def share_a_process(codec_result: CodecResult, other: CodecResult) -> bool:
    """Tell whether the decodes of two codecs were timed in the same process, once at least."""
    return bool(
        codec_result.decode
        and other.decode
        and codec_result.decode.timing.medians_s.keys() & other.decode.timing.medians_s.keys()
    )


def times_as_fast(fast: CodecResult, slow: CodecResult) -> Number:
    """Return how many times as fast one codec decodes as another, both of which have a decode.

    Raises:
        NotEnoughDataError: they share no process.

    """
    assert slow.decode is not None  # noqa: S101  callers keep results with a decode only
    assert fast.decode is not None  # noqa: S101
    return paired_ratio(slow.decode.timing.medians_s, fast.decode.timing.medians_s)
