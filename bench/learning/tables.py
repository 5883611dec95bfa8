"""What was trained, as tables in a terminal."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Any

from rich.table import Table

from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]

_VARIANTS = ("plain", "corrected", "updated", "updated_corrected")


def tables(document: Document) -> Iterator[Table]:
    """Yield tables: sizes and noise, filters, copies, cities; each a mean over its seeds."""
    for table in (_sizes(document), _filters(document), _duplicates(document), _cities(document)):
        if table.row_count:
            yield table


def _noise(cell: Document) -> str:
    kind, permille = cell["noise"], cell["noise_permille"]
    return f"{permille / 10:g} % {kind}" if permille else "clean"


def _correct(document: Document, cell: Document) -> str:
    return percent(mean(row[5] for row in cell["networks"]) / document["dataset"]["tested"], 1)


def _sizes(document: Document) -> Table:
    curve = [
        cell
        for cell in document["cells"]
        if cell["selection"] == "none" and not cell["duplicates_permille"]
    ]
    sizes = sorted({cell["samples"] for cell in curve})
    table = Table("wrong labels", *(f"{n:,}" for n in sizes), title="correct, by samples")
    for noise in dict.fromkeys(map(_noise, curve)):
        row = {cell["samples"]: cell for cell in curve if _noise(cell) == noise}
        table.add_row(noise, *(_correct(document, row[n]) if n in row else "" for n in sizes))
    return table


def _filters(document: Document) -> Table:
    cells = [cell for cell in document["cells"] if cell["selection"] in {"loss", "random"}]
    table = Table(
        *("wrong labels", "kept", "at random", "by loss", "wrong among those"),
        title="correct, by what a filter keeps",
    )
    pairs: dict[tuple[str, int], dict[str, Document]] = {}
    for cell in cells:
        key = (_noise(cell), cell["kept_permille"])
        pairs.setdefault(key, {})[cell["selection"]] = cell
    for (noise, kept), pair in pairs.items():
        shown = [_correct(document, pair[s]) if s in pair else "" for s in ("random", "loss")]
        wrong = [row[3] / row[2] for row in pair["loss"]["networks"]] if "loss" in pair else []
        share = percent(mean(wrong), 1) if wrong else ""
        table.add_row(noise, percent(kept / 1000), *shown, share)
    return table


def _duplicates(document: Document) -> Table:
    table = Table(
        *("wrong labels", "copies", "with copies", "without"),
        title="correct, with copies and without",
    )
    pairs: dict[tuple[str, int], dict[str, Document]] = {}
    for cell in document["cells"]:
        if cell["duplicates_permille"]:
            key = (_noise(cell), cell["duplicates_permille"])
            pairs.setdefault(key, {})[cell["selection"]] = cell
    for (noise, copies), pair in pairs.items():
        shown = [_correct(document, pair[s]) if s in pair else "" for s in ("none", "dedup")]
        table.add_row(noise, percent(copies / 1000), *shown)
    return table


def _cities(document: Document) -> Table:
    rows = document["doorbell"]["results"] if document["doorbell"] else []
    correct: dict[tuple[str, str], list[float]] = {}
    for _, city, variant, right, tested in rows:
        correct.setdefault((city, variant), []).append(right / tested)
    table = Table(
        *("city", "as trained", "grey-world", "updated", "updated, grey-world"),
        title="doorbell: correct, by what is done to colours",
    )
    for city in dict.fromkeys(row[1] for row in rows):
        table.add_row(city, *(percent(mean(correct[city, v]), 1) for v in _VARIANTS))
    return table
