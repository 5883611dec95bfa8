"""What a class comes to: one object, worked out once, that page, paper and tables show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from analysis.course.scores import Score
    from analysis.statistics.polish import Polish
    from analysis.statistics.ranks import RankIntervals
    from bench.course import Course


SMALL = ""
"""Stands for machine classes that are too small to be shown, all together."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How something is distributed over machines."""

    machines: int
    low: float
    """5th percentile."""
    lower: float
    """25th."""
    middle: float
    upper: float
    """75th."""
    high: float
    """95th."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that was handed in."""

    file: str
    """As `identity.public_name` calls it: its own name may say whose it is."""
    submission: str
    pseudonym: str | None
    status: str
    counts: bool
    """Whether it is the one of its student that counts."""
    trust: str | None
    machine_class: str | None
    cpu: str | None
    division: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule, and how many files it had something to say of."""

    rule: str
    severity: str
    what: str
    """That a file keeps it."""
    files: int
    who: tuple[str, ...]
    """The first of their pseudonyms, or names where they could not be read."""


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """How the class did on a question."""

    name: str
    text: str
    students: int
    locked: int
    late: int
    """Locked after the run that answers it."""
    scored: int
    right: int
    held: int
    """Intervals that held the number."""
    confidence: float | None
    """With which they were given, in the middle; None: none was."""
    unlocked: tuple[str, ...]
    """The first pseudonyms without a lock."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Intervals given with about the same confidence, and how many of them held."""

    confidence: float
    locks: int
    held: int
    low: float
    """Of the share, 90 %."""
    high: float


@dataclass(frozen=True, slots=True)
class Similar:
    """Two students of whom cases have the same samples, or the same but for a factor."""

    first: str
    second: str
    cases: tuple[str, ...]
    exact: int
    """Cases whose samples are the same numbers; the others are by a factor."""
    whole: bool
    """Whether the whole run is the same."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """A case of a machine that is faster than class and machine say."""

    pseudonym: str
    submission: str
    case: str
    factor: float
    """How many times as fast as expected."""
    deviations: float
    """In robust standard deviations of the case."""


@dataclass(frozen=True, slots=True)
class Uneven:
    """A run whose parts, which measure alike things, differ otherwise than the class's do."""

    pseudonym: str
    submission: str
    factors: dict[str, float]
    """By ratio (`inner.py`): how many times the class's usual."""
    deviations: float
    """Of all together, in robust standard deviations of the class."""


@dataclass(frozen=True, slots=True)
class CodecSpread:
    """How fast a codec decodes, over machines of a class of machines; None: over all."""

    payload: str
    codec: str
    machine_class: str | None
    mb_per_s: Quantiles


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as fast one codec decodes as another, within each machine."""

    payload: str
    codec: str
    other: str
    times: Quantiles
    faster: int
    """Machines on which the first is faster."""


@dataclass(frozen=True, slots=True)
class Bound:
    """By which stage configurations of machines are bound."""

    machine_class: str | None
    """None: over all."""
    stage: str
    machines: int
    share: float
    """Of configurations with a clear bottleneck."""


@dataclass(frozen=True, slots=True)
class ParameterSpread:
    """A parameter of calibrated machines."""

    parameter: str
    unit: str
    values: Quantiles
    half_width: float
    """Of one machine's 90 % interval, as a share, in the middle."""


@dataclass(frozen=True, slots=True)
class PredictionError:
    """How predictions of held-out configurations lie against what was measured."""

    machine_class: str | None
    """None: over all."""
    configuration: str | None
    """None: of all configurations."""
    machines: int
    points: int
    median_error: float
    """Absolute, as a share of what was measured."""
    bias: float
    """The median of predicted over measured, less 1."""
    held: float
    """Share inside their 90 % intervals."""


@dataclass(frozen=True, slots=True)
class DeviceSpread:
    """What machines imply for a device."""

    device: str
    configuration: str
    samples_per_s: Quantiles
    half_width: float
    """Of one machine's 90 % interval, as a share, in the middle."""


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Logarithms of decode and encode times: case + machine + residual."""

    cases: tuple[str, ...]
    submissions: tuple[str, ...]
    pseudonyms: tuple[str, ...]
    machine_classes: tuple[str, ...]
    polish: Polish
    ranks: RankIntervals
    """Of machines, the fastest first."""
    case_spread: NDArray[np.float64]
    """Robust standard deviation of each case's residuals."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassResults:
    """Everything that is shown of a class."""

    course: Course | None
    files: Sequence[FileRow]
    scores: Sequence[Score]
    workloads: dict[str, int]
    """Of machines that count; only the largest is compared."""
    workload: str | None
    machine_classes: dict[str, int]
    """Of machines that are compared; small ones are counted together, as `SMALL`."""
    machines: int
    """That are compared."""
    group: int
    """Groups under so many are not shown."""
    modelled: int
    failures: Sequence[Failure]
    questions: Sequence[QuestionResult]
    calibration: Sequence[Calibration]
    similar: Sequence[Similar]
    unlike: Sequence[Unlike]
    codecs: Sequence[CodecSpread]
    ratios: Sequence[Ratio]
    bound: Sequence[Bound]
    parameters: Sequence[ParameterSpread]
    predicted: Sequence[PredictionError]
    points: Sequence[tuple[str, float, float, float, float]]
    """A sample of machine class, predicted, low, high, measured: for the figure."""
    devices: Sequence[DeviceSpread]
    residuals: Residuals | None
    """None: fewer than three machines."""
    uneven: Sequence[Uneven] = ()
