"""A file on its way to being understood, and what it is once it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.course.blocks import BlockArrays, medians_of
from analysis.statistics.verdict import verdict
from bench.bundle import editions, foreign

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.ledger.entries import Body
    from analysis.statistics.verdict import Verdict
    from bench.bundle import Bundle
    from bench.bundle.editions import Source
    from bench.course import Course


@dataclass
class Draft:
    """A file as far as it is understood: each rule of reading fills in what the next one needs."""

    path: Path | None
    """None: its bytes were given."""
    data: bytes = b""
    """As they stand in the file."""
    text: bytes = b""
    """Unpacked."""
    document: dict[str, Any] = field(default_factory=dict)
    """Of the submission, or of a bundle alone."""
    bundle_document: dict[str, Any] = field(default_factory=dict)
    bundle: Bundle | None = None
    entries: tuple[Body, ...] | None = None
    """Of the ledger; None: there is none with it."""

    @property
    def is_submission(self) -> bool:
        """Whether it is more than a bundle alone."""
        return self.bundle_document is not self.document


@dataclass(frozen=True)
class Submitted:
    """What somebody handed in, understood: the rules of judging look at it."""

    bundle: Bundle
    bodies: tuple[Body, ...] | None
    """What the ledger holds; None: a bundle alone was given."""
    pseudonym: str | None
    written: str | None
    """When it was packed, UTC, to the minute."""
    course: Course | None
    """What it is held against; None: only against itself."""

    @cached_property
    def blocks(self) -> BlockArrays:
        """All blocks of the run as arrays."""
        return BlockArrays.of(self.bundle)

    @cached_property
    def foreign(self) -> list[Source]:
        """Hashes of source that are none of the run's edition."""
        return foreign(self.bundle)

    @property
    def division(self) -> str:
        """Whether the code that was measured is that of its edition: closed, open, or other.

        other: of an edition that is not known here.
        """
        if self.bundle.rules_edition not in editions():
            return "other"
        return "open" if self.foreign else "closed"

    @cached_property
    def case_times_s(self) -> dict[int, float]:
        """By its place: the median seconds of a call of each case that has blocks."""
        cases, group = np.unique(self.blocks.case, return_inverse=True)
        medians = medians_of(self.blocks.time_s, group, len(cases))
        return dict(zip(cases.tolist(), medians.tolist(), strict=True))

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the run can be trusted."""
        return verdict(self.bundle, self.blocks.disturbance(self.bundle.run.processes))
