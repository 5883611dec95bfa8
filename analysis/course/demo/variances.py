"""How much times spread, level by level: on one machine, as it was fitted to repeated real runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

FILE = Path(__file__).with_name("data") / "variances.json"
"""Written by `python -m analysis demo-class --fit`."""

LEVELS = {
    "canary": ("sample", "window", "process", "run"),
    "case": ("sample", "window", "process", "case_run", "run"),
    "pipeline": ("window", "run"),
    "isolated": ("window", "run"),
}
"""What is timed, and at which levels it spreads: the innermost first."""
QUIET, BUSY = "quiet", "busy"
"""Sets of variances: of runs that can be trusted, and of runs of the same machine under load."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A spread of natural logarithms at one level: a normal core, and a tail of slow ones."""

    sd: float
    """Of the core."""
    slow_share: float = 0.0
    """How many lie far above it."""
    slow: float = 0.0
    """By how much these are slower on average: an exponential."""

    def draw(self, rng: np.random.Generator, *shape: int) -> NDArray[np.float64]:
        """Return draws of a shape."""
        draws = rng.standard_normal(shape)
        draws *= self.sd
        if self.slow_share:
            slow = rng.random(shape) < self.slow_share
            draws[slow] += rng.exponential(self.slow, int(slow.sum()))
        return draws


@dataclass(frozen=True, slots=True)
class Variances:
    """The spreads of a machine, and how far a case follows the canary."""

    spreads: Mapping[str, Mapping[str, Spread]]
    """By what is timed (`LEVELS`) and level."""
    coupling: Mapping[str, float]
    """By level: how much of the canary's deviation a case has too, as an exponent."""

    def spread(self, what: str, level: str) -> Spread:
        """Return a spread."""
        return self.spreads[what][level]

    def record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "spreads": {
                what: {level: asdict(spread) for level, spread in levels.items()}
                for what, levels in self.spreads.items()
            },
            "coupling": dict(self.coupling),
        }


def of_record(record: Mapping[str, Any]) -> Variances:
    """Return what JSON holds."""
    return Variances(
        {
            what: {level: Spread(**spread) for level, spread in levels.items()}
            for what, levels in record["spreads"].items()
        },
        record["coupling"],
    )


@cache
def shipped(name: str = QUIET) -> Variances:
    """Return a set of the variances that come with the program."""
    return of_record(orjson.loads(FILE.read_bytes())["sets"][name])


def written(sets: Mapping[str, tuple[int, Variances]]) -> bytes:
    """Return the bytes of `FILE`: by set, the number of runs and what was fitted to them."""
    document = {
        "about": _ABOUT,
        "sets": {name: {"runs": runs, **fitted.record()} for name, (runs, fitted) in sets.items()},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


_ABOUT = (
    "Spreads of natural logarithms on one machine, fitted to repeated runs of it. How machines "
    "differ cannot be measured on one: that is drawn from hardware_profiles/cpus/geekbench6.toml "
    "(index of a CPU with its range, exponent.decode, error.same_isa, error.other_isa)."
)
