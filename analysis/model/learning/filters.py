"""What a filter by loss does: wrong labels that it removes, and what keeping easy samples costs.

A network that was trained on all samples scores each by its loss, and those with the least are
kept. That drops wrong labels, which is a gain, and rare and hard samples, which is a loss. Both are
measured at some shares and noises, and interpolated between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.learning.cells import error_of
from analysis.statistics.number import Number, number_of_draws
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.model.fit import Array
    from analysis.model.learning.curve import LearningCurve, NoiseKind
    from bench.bundle import Learning, LearningCell

_LEAST_SD = 0.003
"""Of a share of wrong labels, where all seeds agree: one in three hundred."""


class _Point(NamedTuple):
    """What one cell that was kept by loss shows."""

    noise: float
    """The share of wrong labels before."""
    kept: float
    caught: float
    """How many wrong labels were dropped, of as many as could have been; 1 where none is wrong."""
    caught_sd: float
    """Of its mean over seeds."""
    off: float
    """By how much the logarithm of the error lies above the curve of as many samples with as many
    wrong labels."""
    off_sd: float


def _most_caught(noise: float, kept: float) -> float:
    """Return how many wrong labels can be dropped, as a share of all samples."""
    return min(noise, 1 - kept)


@dataclass(frozen=True)
class LossFilter:
    """A filter by loss, as a run's cells show it."""

    learning: Learning
    curve: LearningCurve

    @property
    def least_kept(self) -> float:
        """The least share that was kept."""
        return min((cell.kept_permille / 1000 for cell in self._cells), default=1.0)

    @property
    def samples(self) -> int:
        """Of how many samples shares were kept."""
        return max((cell.samples for cell in self._cells), default=0)

    def noise_after(self, kept: float, noise_share: float, kind: NoiseKind = "uniform") -> Number:
        """Return the share of wrong labels among the samples that the filter keeps.

        Args:
            kept: the share of samples that it keeps, from 0 to 1.
            noise_share: of labels that are wrong before.
            kind: how they are wrong.

        Raises:
            OutOfRangeError: nothing was trained so.

        """
        return number_of_draws(
            self.noise_after_draws(kept, noise_share, kind),
            "1",
            self._how_known(kept, noise_share, kind),
        )

    def noise_after_draws(self, kept: float, noise_share: float, kind: NoiseKind) -> Array:
        """Return the same with draws of it, shape (1 + DRAWS,); see `noise_after`."""
        # Of fewer than were ever kept, as many are wrong as of the fewest.
        kept = max(kept, self.least_kept) if kept > 0 else kept
        middle, sd = self._interpolated(kept, noise_share, kind, "caught")
        caught = np.clip(self._around(middle, sd, f"caught/{kept:.6g}/{kind}"), 0.0, 1.0)
        left = noise_share - caught * _most_caught(noise_share, kept)
        return np.asarray(left / kept, np.float64)

    def accuracy(
        self, samples: float, kept: float, noise_share: float, kind: NoiseKind = "uniform"
    ) -> Number:
        """Return the accuracy of networks that are trained on what the filter keeps.

        Args:
            samples: before the filter.
            kept: the share that it keeps, from 0 to 1.
            noise_share: of labels that are wrong before.
            kind: how they are wrong.

        Raises:
            OutOfRangeError: nothing was trained so.

        """
        draws = self.accuracy_draws(samples, kept, noise_share, kind)
        known = max(
            (self._how_known(kept, noise_share, kind), self.curve.how_known(samples * kept)),
            key=lambda kind_of_number: kind_of_number.weakness,
        )
        return number_of_draws(draws, "1", known)

    def accuracy_draws(
        self, samples: float, kept: float, noise_share: float, kind: NoiseKind = "uniform"
    ) -> Array:
        """Return the same with draws of it, shape (1 + DRAWS,); see `accuracy`.

        The curve's accuracy at as many samples with as many wrong labels as are kept, and what
        filtered samples were worse than that, which is taken to hold for other numbers of samples.
        """
        after = float(self.noise_after_draws(kept, noise_share, kind)[0])
        middle, sd = self._interpolated(kept, noise_share, kind, "off")
        worse = self._around(middle, sd, f"off/{kept:.6g}/{kind}")
        after = min(after, self.curve.most_noise(kind))
        return self.curve.accuracy_draws(samples * kept, after, kind, worse=worse)

    def _how_known(self, kept: float, noise_share: float, kind: NoiseKind) -> Kind:
        points = self._points(kind)
        if any((p.noise, p.kept) == (noise_share, kept) for p in points):
            return Kind.MEASURED
        inside = kept >= self.least_kept and noise_share <= max(p.noise for p in points)
        return Kind.CALIBRATED if inside else Kind.EXTRAPOLATED

    @cached_property
    def _cells(self) -> list[LearningCell]:
        return [cell for cell in self.learning.cells if cell.selection == "loss" and cell.networks]

    def _points(self, kind: NoiseKind) -> list[_Point]:
        """Return what was measured with a kind of noise, and without noise."""
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[NoiseKind, list[_Point]]:
        points = [(cell.noise, self._point(cell)) for cell in self._cells]
        kinds: tuple[NoiseKind, ...] = ("uniform", "confusing")
        return {
            kind: [
                point
                for noise, point in points
                if noise in {"none", kind} and point.noise <= self.curve.most_noise(kind)
            ]
            for kind in kinds
        }

    def _point(self, cell: LearningCell) -> _Point:
        noise = cell.noise_permille / 1000
        trained = sum(row.trained for row in cell.networks)
        shares = np.array([row.wrong / row.trained for row in cell.networks])
        after = sum(row.wrong for row in cell.networks) / trained
        count = len(cell.networks)
        sd = max(_LEAST_SD, float(shares.std(ddof=1)) if count > 1 else 0.0) / np.sqrt(count)
        kind: NoiseKind = "confusing" if cell.noise == "confusing" else "uniform"
        tested = self.learning.dataset.tested
        error = float(np.mean([error_of(row.correct, tested) for row in cell.networks]))
        kept = cell.samples * cell.kept_permille / 1000
        spread = float(self.curve.spread.sd(kept)) / np.sqrt(count)
        most = _most_caught(noise, kept / cell.samples)
        return _Point(
            noise=noise,
            kept=cell.kept_permille / 1000,
            caught=(noise - after * kept / cell.samples) / most if noise else 1.0,
            caught_sd=sd * kept / cell.samples / most if noise else 0.0,
            off=self.curve.off(kept, after, kind, error),
            off_sd=float(np.hypot(spread, self.curve.misfit)),
        )

    def _interpolated(
        self, kept: float, noise_share: float, kind: NoiseKind, what: str
    ) -> tuple[float, float]:
        """Return what was measured at a share and noise, and its SD: in lines between points.

        Beyond the outermost points it is as at these; where all is kept, nothing is worse.
        """
        if not 0 < kept <= 1:
            raise OutOfRangeError(f"kept: {kept:g} is no share of samples; it is above 0, up to 1")
        # Without noise nothing says how much of it is caught: as of the least noise there is.
        points = [p for p in self._points(kind) if p.noise or what == "off"]
        if not points or not 0 <= noise_share <= self.curve.most_noise(kind):
            raise OutOfRangeError(
                f"a filter of {percent(noise_share, 1)} wrong labels of the {kind} kind was not "
                "trained in this run; python -m bench learning --add-to RUN goes on with it"
            )
        noises = sorted({p.noise for p in points})
        middles, sds = [], []
        for noise in noises:
            own = [
                (p.kept, getattr(p, what), getattr(p, f"{what}_sd"))
                for p in points
                if p.noise == noise
            ]
            end = [(1.0, 0.0, 0.0)] if what == "off" else []
            at, value, sd = np.array(sorted([*own, *end])).T
            middles.append(np.interp(kept, at, value))
            sds.append(np.interp(kept, at, sd))
        return (
            float(np.interp(noise_share, noises, middles)),
            float(np.interp(noise_share, noises, sds)),
        )

    def _around(self, middle: float, sd: float, name: str) -> Array:
        """Return a value, and normal draws around it."""
        normal = self.curve.normal(f"filter/{name}")
        return np.asarray(middle + sd * np.concatenate([[0.0], normal]), np.float64)
