"""What the made-up machines are made from: a real run, its shape and its medians.

Times are brought to one speed of the core by the canaries beside each record.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from bench.bundle import EDITION, SCHEMA_VERSION, case_name, editions, reference_us
from formats.names import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

Document = dict[str, Any]

_FOLDER = Path(__file__).with_name("data")
SMALL = "small"
"""A quick run of fewer cases, without what was trained: for large classes."""
TEMPLATES = ("quick",)
SIZES = (*TEMPLATES, SMALL)
_SMALL_PAYLOADS = ("tabular", "image")
_SMALL_ROLES = ("fast", None)
_SMALL_ROWS = 8
"""Batches that a window of a small bundle has one by one."""
_SAMPLES, _CANARIES = 6, 7  # columns of a block


@dataclass(frozen=True, eq=False)
class Template:
    """A real run, whose numbers are replaced."""

    document: Document
    is_small: bool

    @cached_property
    def canary_us(self) -> float:
        """The canary at the speed that all times here are for, in us."""
        return reference_us(
            us for case in self.document["cases"] for row in case["blocks"] for us in row[_CANARIES]
        )

    @cached_property
    def measured(self) -> tuple[int, ...]:
        """Ranks of the cases that have times."""
        return tuple(i for i, case in enumerate(self.document["cases"]) if case["blocks"])

    @cached_property
    def call_us(self) -> NDArray[np.float64]:
        """Time of a call of each measured case, in us."""
        cases = self.document["cases"]
        return np.array([self._call_us(cases[rank]) for rank in self.measured])

    def _call_us(self, case: Document) -> float:
        return float(
            median(
                median(row[_SAMPLES]) / case["loops"] * self.pace(row[_CANARIES])
                for row in case["blocks"]
            )
        )

    def pace(self, canaries_us: Sequence[int]) -> float:
        """Return the factor that brings a time beside canaries to the template's speed."""
        return self.canary_us / median(canaries_us) if canaries_us else 1.0

    @cached_property
    def copied_us(self) -> NDArray[np.float64]:
        """Of the time of each measured case, what a copy of the decoded bytes takes, in us."""
        cases = self.document["cases"]
        copies = {
            self._shape(cases[rank]): us
            for rank, us in zip(self.measured, self.call_us, strict=True)
            if cases[rank]["kind"] == "memcpy"
        }
        shapes = (self._shape(cases[rank]) for rank in self.measured)
        copied: NDArray[np.float64] = np.array([copies.get(shape, 0.0) for shape in shapes])
        np.minimum(copied, self.call_us, out=copied)
        return copied

    @staticmethod
    def _shape(case: Document) -> tuple[Any, ...]:
        return case["payload"], case["size"], case["batch"]

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """Names of what one machine may be better at than another."""
        names = dict.fromkeys(cell_of(case) for case in self.document["cases"])
        names.update(dict.fromkeys(cell for record in self._records() for cell in cells_of(record)))
        return tuple(names)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each cell in `cells`."""
        return {cell: place for place, cell in enumerate(self.cells)}

    def _records(self) -> Iterator[Document]:
        pipeline = self.document["pipeline"]
        yield from (record["setup"] for record in pipeline["configurations"])
        yield from pipeline["isolated"]
        yield from pipeline["contention"]

    @cached_property
    def cell_of_case(self) -> NDArray[np.int64]:
        """Place in `cells` of each measured case."""
        cases = self.document["cases"]
        return np.array([self.places[cell_of(cases[rank])] for rank in self.measured])


def cell_of(case: Document) -> str:
    """Return the cell of a case: decoding a codec's batch is one, wherever it is timed."""
    kind = "decode" if case["kind"] == "read" else case["kind"]
    return case_name(kind, case["codec"], kind_of(case["payload"]))


def cells_of(record: Document) -> tuple[str, str]:
    """Return the cells of what a record of the pipeline does: decoding, and the transform."""
    payload = kind_of(record["payload"])
    return case_name("decode", record["codec"], payload), case_name("transform", None, payload)


@cache
def template(size: str) -> Template:
    """Return a template by the name of its size."""
    name = TEMPLATES[0] if size == SMALL else size
    document = orjson.loads(gzip.decompress((_FOLDER / f"{name}.json.gz").read_bytes()))
    del document["digest"]
    _bring_up_to_date(document)
    if size == SMALL:
        _shrink(document)
    return Template(document, size == SMALL)


def _bring_up_to_date(document: Document) -> None:
    """Give a document this program's edition, and the hashes of its code: it stands for them."""
    known = editions()[EDITION]
    document |= {"schema_version": SCHEMA_VERSION, "rules_edition": EDITION}
    for case in document["cases"]:
        case["source"] = known[case_name(case["kind"], case["codec"], kind_of(case["payload"]))][-1]
    document["pipeline"]["source"] = known["pipeline"][-1]
    if document["learning"]:
        document["learning"]["source"] = known["learning"][-1]
        document["learning"]["doorbell"]["source"] = known["doorbell"][-1]


def _shrink(document: Document) -> None:
    """Leave a third of the cases, and no row that a small class can do without."""
    document["learning"] = None
    document["cases"] = [
        case
        for case in document["cases"]
        if case["payload"] in _SMALL_PAYLOADS and case["role"] in _SMALL_ROLES
    ]
    used = {case["codec"] and case["codec"].rpartition("/")[0] for case in document["cases"]}
    document["layouts"] = [row for row in document["layouts"] if row["layout"] in used]
    for record in document["pipeline"]["configurations"]:
        for window in record["windows"]:
            window["raw"] = window["raw"][:_SMALL_ROWS]
