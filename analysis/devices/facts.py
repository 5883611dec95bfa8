"""What a run measured, as facts that enter arithmetic beside those of profiles."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import AnalysisError
from analysis.statistics.number import Z90
from hardware_profiles.provenance import Checked, Fact, Kind
from hardware_profiles.quantity import sourced

if TYPE_CHECKING:
    from bench.bundle import Bundle
    from hardware_profiles.quantity import Quantity

_COPY_SD = 0.1
"""Of the logarithm of what one core copies: between repeats on two shared cores."""
_DIGITS = 12
"""Of a bundle's digest, in the names of its facts: 48 bits, as many as no class has by chance."""


@dataclass(frozen=True, eq=False)
class RunFact(Fact):
    """A number that a run measured, here or on another machine.

    Its name holds the run's digest: draws are seeded by a fact's name, and two machines are not to
    be drawn alike.
    """


def run_fact(bundle: Bundle, name: str, value: float, sd: float, unit: str) -> Quantity:
    """Return a number that a run measured.

    Args:
        bundle: the run.
        name: what was measured, such as memcpy.
        value: in the unit.
        sd: of its logarithm.
        unit: such as us/sample.

    """
    reach = float(np.exp(Z90 * sd))
    digest = bundle.digest[:_DIGITS]
    fact = RunFact(
        name=f"run-{digest} {name}",
        value=value,
        low=value / reach,
        high=value * reach,
        unit=unit,
        kind=Kind.MEASURED,
        source=f"the run with the digest {digest}",
        checked=Checked.SEEN,
    )
    return sourced(fact)


def copy_rate(bundle: Bundle) -> Quantity:
    """Return what one core copies, taken from the largest batch.

    Raises:
        AnalysisError: it was not measured.

    """
    cases = [case for case in bundle.cases if case.kind == "memcpy" and case.blocks]
    if not cases:
        raise AnalysisError("copying memory was not measured in this run; take a whole preset")
    case = max(cases, key=lambda case: case.decoded_bytes)
    us = median([s / (case.loops or 1) for b in case.blocks for s in b.samples_us])
    return run_fact(bundle, "memcpy", case.decoded_bytes / us * 1e6, _COPY_SD, "B/s")


def encode_us(bundle: Bundle, payload: str, codec: str) -> float | None:
    """Return how long encoding a byte takes, from the largest batch; None: not measured."""
    cases = [
        case
        for case in bundle.cases
        if (case.kind, case.codec, case.payload) == ("encode", codec, payload) and case.blocks
    ]
    if not cases:
        return None
    case = max(cases, key=lambda case: case.batch)
    return median(
        [s / (case.loops or 1) / case.decoded_bytes for b in case.blocks for s in b.samples_us]
    )
