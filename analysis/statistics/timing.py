"""From a case's raw samples to its time: which samples count, and which processes."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

from analysis.statistics.interval import log_t_interval
from analysis.statistics.robust import MAD_TO_SIGMA
from bench.bundle import by_process, enough_calm

if TYPE_CHECKING:
    from analysis.statistics.number import Number
    from bench.bundle import Case

# Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993: the modified z-score.
_OUTLIER_Z = 3.5
_MEAN_TO_SIGMA = 0.7979
"""The mean absolute deviation likewise: sqrt(2 / pi); used where the median is 0."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The time of one call of a case."""

    time_s: Number
    medians_s: dict[int, float]
    """The median of each process that counts, by its number."""
    processes: int
    """How many measured it."""
    disturbed: int
    """How many of these had too few samples at the core's full speed; they count only where most
    did."""
    samples: int
    """Of all processes."""
    outliers: int
    """Samples beyond 3.5 modified z-scores of their process's median: counted, never dropped."""
    trusted: bool
    """Whether most processes were not disturbed."""


def timing(case: Case, references: dict[int, float], planned: int) -> Timing | None:
    """Return a case's time, or None where nothing of it was measured.

    references are the canaries at full speed by process (`bench.bundle.references_us`), planned is
    how many processes the run was to have. Samples are chosen by their canary, never by their own
    time, so the choice does not bias it.
    """
    processes = by_process(case, references)
    if not processes:
        return None
    calm = {p.process: median(p.calm_s) for p in processes if p.calm}
    everything = {p.process: median(p.all_s) for p in processes}
    trusted = enough_calm(processes, planned)
    medians = calm if trusted else everything | calm
    return Timing(
        time_s=log_t_interval(list(medians.values()), unit="s"),
        medians_s=medians,
        processes=len(processes),
        disturbed=len(processes) - len(calm),
        samples=sum(len(p.all_s) for p in processes),
        outliers=sum(_outliers(p.all_s) for p in processes),
        trusted=trusted,
    )


def _outliers(values: tuple[float, ...]) -> int:
    middle = median(values)
    deviations = [abs(value - middle) for value in values]
    # Where most values are equal, the mean deviation stands in for the median's.
    scale = median(deviations) / MAD_TO_SIGMA or fmean(deviations) / _MEAN_TO_SIGMA
    return sum(deviation > _OUTLIER_Z * scale for deviation in deviations)
