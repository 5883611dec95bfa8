"""What a report says: every row and sentence, worked out once for all of its forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.report.axes import AXES, Axis, usual_sections
from analysis.report.pipeline import Feeding, feeding
from analysis.report.predicted import Predicted, predicted
from analysis.report.stages import Table, stages
from analysis.statistics.timing import Timing, timing
from analysis.statistics.verdict import Verdict, verdict
from bench.bundle import references_us
from formats.payloads import PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.statistics.number import Number
    from bench.bundle import Bundle, Case, Storage, StorageReads


@dataclass(frozen=True, slots=True)
class Cell:
    """One timed case as a rate: payload bytes a second (decoded bytes, whatever the format)."""

    timing: Timing
    rate_mb_per_s: Number
    share_of_memcpy: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A codec on a batch: how fast each way, and how large its bytes are.

    role says why the codec was measured: "fast", "naive" or "other". change says how its layout
    differs from the canonical one of its format; None: it is the canonical one. encoded_share is
    encoded over decoded bytes; problems says by kind why there is no time. read is the ceiling of
    its storage: reading the encoded bytes from the page cache, in payload bytes a second.
    """

    codec: str
    role: str | None
    change: str | None
    decode: Cell | None
    encode: Cell | None
    read: Cell | None
    encoded_share: float | None
    problems: dict[str, str]

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
class Section:
    """All codecs on one batch, fastest decode first, under the ceiling of memory."""

    payload: str
    size: int
    batch: int
    batch_bytes: int
    memcpy: Cell | None
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What the batch is, such as: image, 64 pixels a side, 64 samples a batch."""
        kind = PAYLOADS.get(self.payload.partition("-")[0])
        unit = f" {kind.size_unit}" if kind else ""
        return f"{self.payload}, {self.size}{unit}, {self.batch} samples a batch"

    @property
    def canonical(self) -> tuple[Row, ...]:
        """Codecs of the layouts that headlines compare."""
        return tuple(row for row in self.rows if row.change is None)

    @property
    def others(self) -> tuple[Row, ...]:
        """Codecs of other layouts of the same data."""
        return tuple(row for row in self.rows if row.change is not None)

    @property
    def has_encode(self) -> bool:
        """Whether encoding was measured on this batch."""
        return any(row.encode for row in self.rows)

    @property
    def has_read(self) -> bool:
        """Whether reading was measured on this batch."""
        return any(row.read for row in self.rows)


@dataclass(frozen=True, slots=True)
class DiskRow:
    """A way of reading the disk, and its rates by column.

    A column that is not there was not measured, or did not come from the disk as it should have.
    """

    how: str
    rates: dict[str, float]


@dataclass(frozen=True, slots=True)
class Disk:
    """What the disk of the run's folder gave, and a remark where something is missing.

    columns are those in which any row has a rate.
    """

    columns: tuple[str, ...]
    rows: tuple[DiskRow, ...]
    remark: str

    @property
    def legend(self) -> str:
        """What the columns are of."""
        named = dict.fromkeys(column.split()[0] for column in self.columns)
        return "; ".join(f"{name}: {_MEANINGS[name]}" for name in named)


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report. disturbed counts measured cases that most processes disturbed."""

    bundle: Bundle
    verdict: Verdict
    sections: tuple[Section, ...]
    axes: tuple[Axis, ...]
    disk: Disk | None
    feeding: Feeding | None
    predicted: Predicted | None
    stages: tuple[Table, ...]
    measured: int
    disturbed: int
    samples: int
    outliers: int
    timed_share: float


def report(bundle: Bundle) -> Report:
    """Work out a report from a bundle alone."""
    references = references_us(bundle)
    timings = {
        case.id: found
        for case in bundle.cases
        if not case.problem and (found := timing(case, references, bundle.run.processes))
    }
    sections = tuple(_sections(bundle, timings))
    usual = usual_sections(sections)
    timed_us = sum(
        sum(b.samples_us) + sum(b.warmup_us) for case in bundle.cases for b in case.blocks
    )
    return Report(
        bundle=bundle,
        verdict=verdict(bundle),
        sections=sections,
        axes=tuple(axis(usual) for axis in AXES),
        disk=_disk(bundle),
        feeding=feeding(bundle),
        predicted=predicted(bundle),
        stages=stages(bundle),
        measured=len(timings),
        disturbed=sum(not t.trusted for t in timings.values()),
        samples=sum(t.samples for t in timings.values()),
        outliers=sum(t.outliers for t in timings.values()),
        timed_share=timed_us * 1e3 / bundle.run.elapsed_ns if bundle.run.elapsed_ns else 0.0,
    )


_ORDERS = {
    "sequential": "in sequence by {size}",
    "random": "at random by {size}",
    "files": "files of {size}",
}


def _mb_per_s(reads: StorageReads) -> float:
    return reads.total_bytes / reads.us


def _requests_per_s(reads: StorageReads) -> float:
    return reads.requests / reads.us * 1e6


_COLUMNS: dict[str, tuple[str, Callable[[StorageReads], float]]] = {
    "cached MB/s": ("warm", _mb_per_s),
    "disk MB/s": ("cold", _mb_per_s),
    "disk requests/s": ("cold", _requests_per_s),
    "direct MB/s": ("direct", _mb_per_s),
    "memory MB/s": ("tmpfs", _mb_per_s),
}
"""What a table of the disk shows, and the state of reading that it is of."""

_MEANINGS = {
    "cached": "from the page cache",
    "disk": "after the system was told to drop the file from it",
    "direct": "around the page cache, of one large file alone",
    "memory": "no disk, but files in memory (tmpfs)",
}
_FROM_DISK = ("cold", "direct")


def _disk(bundle: Bundle) -> Disk | None:
    storage = bundle.storage
    if storage is None:
        return None
    if isinstance(storage, str):
        return Disk((), (), f"The disk was not measured ({storage}).")
    rows: dict[str, dict[str, float]] = {}
    for reads in storage.reads:
        many = f", {reads.readers} readers" if reads.readers > 1 else ""
        how = _ORDERS[reads.order].format(size=_binary(reads.request_bytes)) + many
        row = rows.setdefault(how, {})
        if reads.state not in _FROM_DISK or reads.from_disk is not False:
            row |= {n: rate(reads) for n, (state, rate) in _COLUMNS.items() if state == reads.state}
    columns = tuple(name for name in _COLUMNS if any(name in rates for rates in rows.values()))
    return Disk(columns, tuple(map(DiskRow, rows, rows.values())), " ".join(_remarks(storage)))


def _remarks(storage: Storage) -> Iterator[str]:
    """Say what is missing in the table of the disk, and why."""
    for what, said in (
        ("Reads past the page cache", storage.cold),
        ("Reads around the page cache", storage.direct),
        ("Reads of a memory file system", storage.tmpfs),
    ):
        if said not in {"measured", None}:
            yield f"{what}: {said}."
    proven = {reads.from_disk for reads in storage.reads if reads.state in _FROM_DISK}
    if False in proven:
        yield "Where nothing stands, the system did not read from the disk, though told to."
    if None in proven:
        yield "Nothing here tells whether the system did read from the disk, as it was told to."


def _binary(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def _sections(bundle: Bundle, timings: dict[str, Timing]) -> Iterator[Section]:
    changes = {found.layout: found.summary for found in bundle.layouts if not found.canonical}
    shapes: dict[tuple[str, int, int], list[Case]] = {}
    for case in bundle.cases:
        shapes.setdefault((case.payload, case.size, case.batch), []).append(case)
    for (payload, size, batch), cases in shapes.items():
        memcpy = next((timings.get(c.id) for c in cases if c.kind == "memcpy"), None)
        batch_bytes = cases[0].decoded_bytes

        def cell(
            case: Case | None, ceiling: Timing | None = memcpy, size_bytes: int = batch_bytes
        ) -> Cell | None:
            if case is None or case.id not in timings:
                return None
            found = timings[case.id]
            share = ceiling.time_s.value / found.time_s.value if ceiling else None
            return Cell(found, found.time_s.inverse(size_bytes / 1e6, "MB/s"), share)

        by_kind = {(case.kind, case.codec): case for case in cases}
        codecs = dict.fromkeys(case.codec for case in cases if case.codec)
        readers = {c.codec.rpartition("/")[0]: c for c in cases if c.kind == "read" and c.codec}
        rows = []
        for codec in codecs:
            both = [c for kind in ("decode", "encode") if (c := by_kind.get((kind, codec)))]
            encoded = next((c.encoded_bytes for c in both if c.encoded_bytes is not None), None)
            rows.append(
                Row(
                    codec=codec,
                    role=next((c.role for c in both if c.role), None),
                    change=changes.get(codec.rpartition("/")[0]),
                    decode=cell(by_kind.get(("decode", codec))),
                    encode=cell(by_kind.get(("encode", codec))),
                    read=cell(readers.get(codec.rpartition("/")[0])),
                    encoded_share=None if encoded is None else encoded / batch_bytes,
                    problems={c.kind: c.problem.value for c in both if c.problem},
                )
            )
        rows.sort(key=lambda r: -r.decode.rate_mb_per_s.value if r.decode else 0.0)
        yield Section(
            payload,
            size,
            batch,
            batch_bytes,
            cell(by_kind.get(("memcpy", None))),
            tuple(rows),
        )
