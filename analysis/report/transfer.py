"""How one machine's parameters predict another, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import Document, Finding, Findings, Section
from analysis.document.numbers import number
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from analysis.model.transfer import Transfer


def transfer(transfer: Transfer) -> Document:
    """Return how the second machine was predicted from its stages alone."""
    scheme = transfer.scheme
    errors, held = scheme.throughput, scheme.intervals
    idle = "" if scheme.idle is None else f", idle within {scheme.idle.mape:.1f} points"
    findings = (
        Finding(
            f"The second machine takes {number(transfer.slower)} times as long for the same work "
            f"({transfer.shared} stages alone)."
        ),
        Finding(
            f"Predicted end to end from stages alone: {errors.count} configurations, MAPE "
            f"{percent(errors.mape, 1)}, median {percent(errors.median, 1)}{idle}; "
            f"{percent(held.coverage)} of {held.count} windows in their interval."
        ),
    )
    return Document(
        "From one machine to another",
        (Section("", (Findings(findings),)),),
        values={"slower": transfer.slower, "shared": transfer.shared, "scheme": scheme},
    )
