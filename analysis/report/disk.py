"""What a report says of the disk of the run's folder, read alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.document import Column, Paragraph, Row, Section, Table
from analysis.document.numbers import binary_size, plain, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.bundle import Bundle, Storage, StorageReads


@dataclass(frozen=True, slots=True)
class DiskRow:
    """A way of reading the disk, and its rates by column.

    A column that is missing was not measured, or did not come from the disk as it should have.
    """

    how: str
    rates: dict[str, float]


@dataclass(frozen=True, slots=True)
class Disk:
    """What the disk gave."""

    columns: tuple[str, ...]
    """Those in which any row has a rate."""
    rows: tuple[DiskRow, ...]
    remark: str
    """What is missing, and why."""

    @property
    def legend(self) -> str:
        """What the columns are of."""
        named = dict.fromkeys(column.split()[0] for column in self.columns)
        return "; ".join(f"{name}: {_MEANINGS[name]}" for name in named)


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
"""What the table shows, and the state of reading that it is of."""

_MEANINGS = {
    "cached": "from the page cache",
    "disk": "after the system was told to drop the file from it",
    "direct": "around the page cache, of one large file alone",
    "memory": "no disk, but files in memory (tmpfs)",
}
_FROM_DISK = ("cold", "direct")


def disk(bundle: Bundle) -> Disk | None:
    """Work out what the disk gave; None: it was not to be measured."""
    if bundle.why_no_storage:
        return Disk((), (), f"The disk was not measured ({bundle.why_no_storage}).")
    storage = bundle.measured_storage
    if storage is None:
        return None
    rows: dict[str, dict[str, float]] = {}
    for reads in storage.reads:
        many = f", {reads.readers} readers" if reads.readers > 1 else ""
        how = _ORDERS[reads.order].format(size=binary_size(reads.request_bytes)) + many
        row = rows.setdefault(how, {})
        if reads.state not in _FROM_DISK or reads.from_disk is not False:
            row |= {n: rate(reads) for n, (state, rate) in _COLUMNS.items() if state == reads.state}
    columns = tuple(name for name in _COLUMNS if any(name in rates for rates in rows.values()))
    return Disk(columns, tuple(map(DiskRow, rows, rows.values())), " ".join(_remarks(storage)))


def _remarks(storage: Storage) -> Iterator[str]:
    """Say what is missing in the table, and why."""
    for what, state in (
        ("Reads past the page cache", storage.cold),
        ("Reads around the page cache", storage.direct),
        ("Reads of a memory file system", storage.tmpfs),
    ):
        if state not in {"measured", None}:
            yield f"{what}: {state}."
    proven = {reads.from_disk for reads in storage.reads if reads.state in _FROM_DISK}
    if False in proven:
        yield "Empty cells: the system did not read from the disk, though it was told to."
    if None in proven:
        yield "Nothing here tells whether the system did read from the disk, as it was told to."


_PROOF = (
    "Reads that should have come from the disk and came from memory are left out: the system "
    "counts what it reads from the disk, and tells which pages of a file are in its cache."
)


def section(disk: Disk) -> Section:
    """Return the table of the disk, with what its columns are."""
    blocks: list[Table | Paragraph] = []
    if disk.columns:
        table = Table(
            "What reading gave, by how it was read",
            (Column("read", left=True), *(Column(n.replace(" ", ", ", 1)) for n in disk.columns)),
            tuple(
                Row((words(row.how), *(plain(row.rates.get(name)) for name in disk.columns)))
                for row in disk.rows
            ),
        )
        legend = f"The disk of the run's folder, alone; MB are 10^6 bytes. {disk.legend}."
        blocks += [table, Paragraph(legend, quiet=True), Paragraph(_PROOF, True, detail=True)]
    if disk.remark:
        blocks.append(Paragraph(disk.remark))
    return Section("This disk", tuple(blocks))
