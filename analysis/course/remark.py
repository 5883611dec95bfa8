"""What checking a file comes to: remarks, each with its place and remedy, and a status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.course.draft import Submitted


class Severity(StrEnum):
    """What a remark asks of whom."""

    REJECT = "reject"
    """The file cannot be used."""
    LOOK = "look"
    """Somebody should look at it: it may be odd for an honest reason."""
    NOTE = "note"
    """It matters for what the run is compared with; nothing is wrong."""


class Status(StrEnum):
    """What a file is, by the worst of its remarks."""

    SOUND = "sound"
    LOOK = "look"
    """Sound, with something to look at."""
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says of a file."""

    rule: str
    severity: Severity
    path: str
    """Where, as a dotted path into the document: cases[3].blocks[0].samples_us; empty: all of it.
    """
    expected: str
    actual: str
    remedy: str

    def line(self) -> str:
        """Return it as a line for a terminal or a grade system's report."""
        place = f"{self.path}: " if self.path else ""
        return f"{place}expected {self.expected}, found {self.actual}; {self.remedy}"

    def record(self) -> dict[str, str]:
        """Return it for JSON."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "path": self.path,
            "expected": self.expected,
            "found": self.actual,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a file came to, and whether it may count."""

    file: str
    """As it was named."""
    submission: str
    """The first 16 hexadecimal digits of the SHA-256 of its bytes; of its name, where it cannot be
    read."""
    remarks: tuple[Remark, ...]
    """The worst first."""
    submitted: Submitted | None = None
    """What it was understood as; None: it was not."""

    @property
    def status(self) -> Status:
        """What the file is."""
        return status_of(self.remarks)


_STATUS = {
    Severity.REJECT: Status.REJECTED,
    Severity.LOOK: Status.LOOK,
    Severity.NOTE: Status.SOUND,
}


def status_of(remarks: tuple[Remark, ...]) -> Status:
    """Return what a file is by its remarks."""
    order = list(Status)
    return max((_STATUS[remark.severity] for remark in remarks), key=order.index, default=order[0])
