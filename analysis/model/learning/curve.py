"""A run's learning curve: accuracies with intervals, within what was trained and far beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.fit import robust_fit
from analysis.model.learning.cells import Cells, Spread, curve_cells
from analysis.model.learning.law import PARAMETERS, bent, log_z, straight
from analysis.statistics.number import number_of_draws
from hardware_profiles.draws import DRAWS
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.model.fit import Array, Fit
    from analysis.statistics.number import Number
    from bench.bundle import Learning

NoiseKind: TypeAlias = Literal["uniform", "confusing"]

_PRIOR = np.array([parameter.middle for parameter in PARAMETERS])
_PRIOR_SD = np.array([parameter.sd for parameter in PARAMETERS])

_MISFIT, _MISFIT_SD = 0.04, 0.5
"""How far cells usually lie off the law, as a share of the error, and the SD of its logarithm."""
_MISFITS = np.geomspace(0.01, 0.2, 25)
_REFITS = 3
_USUAL_SCALE, _USUAL_WEIGHT = 0.85, 15.0
"""The usual `LearningCurve.scale`, and as how many cells it counts."""
_OUTLIER = 4.0
_BEYOND_SD = 0.085
"""Of the exponent where the law goes on beyond the samples it was trained on. By as much as domains
differ: of 0.07 to 0.35 (exponent.learning_curve of hardware_profiles/quality/scaling.toml), read as
the 5th and 95th percentile."""
_MOST_SAMPLES = 1e9


@dataclass(frozen=True)
class LearningCurve:
    """The law as fitted to a run's cells."""

    cells: Cells
    fit: Fit
    spread: Spread
    misfit: float
    """The SD of what cells lie off the law, of the logarithm of the error."""
    scale: float
    """How far cells lie from predictions that had not seen them, over what spread, misfit and
    parameters say: less than 1, since cells of a run share samples and err together."""
    tested: int
    """Pictures that all networks were tested on."""
    seed: str
    """What draws follow from: the bundle's digest."""

    @property
    def most_samples(self) -> float:
        """The largest size that was trained on."""
        return float(self.cells.samples.max())

    @property
    def least_samples(self) -> float:
        """The smallest size that was trained on."""
        return float(self.cells.samples.min())

    def most_noise(self, kind: NoiseKind) -> float:
        """Return the largest share of wrong labels of a kind that was trained on."""
        of_kind = self.cells.confusing == (kind == "confusing")
        return float(self.cells.share[of_kind].max(initial=0.0))

    @cached_property
    def parameters(self) -> Array:
        """The law's parameters: the fitted ones, then draws of them, shape (10, 1 + DRAWS)."""
        root = np.linalg.cholesky(self.fit.covariance)
        normal = self._normal("parameters", len(PARAMETERS))
        drawn = self.fit.parameters[:, None] + self.scale * (root @ normal)
        return np.concatenate([self.fit.parameters[:, None], drawn], axis=1)

    @cached_property
    def _shared(self) -> Array:
        """Draws that are the same in all calls: of the law beyond, and of the tested pictures."""
        return self._normal("shared", 2)

    def exponent(self, noise_share: float = 0.0, kind: NoiseKind = "uniform") -> Number:
        """Return by which power of the samples the error falls towards its floor."""
        place = 7 if kind == "confusing" else 5
        draws = np.exp(self.parameters[1] - self.parameters[place] * noise_share**2)
        return number_of_draws(draws, "1", Kind.CALIBRATED)

    def floor(self) -> Number:
        """Return the error that no number of samples without noise gets below."""
        return number_of_draws(straight(self.parameters[2]), "1", Kind.EXTRAPOLATED)

    def accuracy(
        self,
        samples: float,
        noise_share: float = 0.0,
        kind: NoiseKind = "uniform",
        *,
        predictive: bool = False,
        networks: int = 1,
    ) -> Number:
        """Return the share of pictures that networks classify rightly, with a 90 % interval.

        Args:
            samples: that they are trained on.
            noise_share: of the labels that are wrong.
            kind: how they are wrong.
            predictive: of the mean of so many networks on the pictures that this run tests; else of
                networks on average, on any pictures like them.
            networks: see there.

        Raises:
            OutOfRangeError: nothing is known of so few samples or so much noise.

        """
        draws = self.accuracy_draws(
            samples, noise_share, kind, predictive=predictive, networks=networks
        )
        return number_of_draws(draws, "1", self.how_known(samples))

    def how_known(self, samples: float) -> Kind:
        """Return how an accuracy on so many samples is known."""
        return Kind.CALIBRATED if samples <= self.most_samples else Kind.EXTRAPOLATED

    def accuracy_draws(
        self,
        samples: float,
        noise_share: float = 0.0,
        kind: NoiseKind = "uniform",
        *,
        predictive: bool = False,
        networks: int = 1,
        worse: Array | float = 0.0,
    ) -> Array:
        """Return an accuracy and draws of it, shape (1 + DRAWS,); see `accuracy`.

        Draws of the parameters, and of how hard the tested pictures are, are the same in all calls,
        so that differences between settings are known better than each of them.

        Args:
            samples: that they are trained on.
            noise_share: of the labels that are wrong.
            kind: how they are wrong.
            predictive: see `accuracy`.
            networks: see `accuracy`.
            worse: added to the logarithm of the error: a number, or draws of one.

        """
        self._require_known(samples, noise_share, kind)
        confusing = np.array([kind == "confusing"])
        at = np.array([[samples]]), np.array([[noise_share]]), confusing[:, None]
        draws = log_z(self.parameters[:, None, :], *at)[0] + worse
        name = f"{samples:.6g}/{noise_share:.6g}/{kind}"
        sd = self.misfit
        if predictive:
            sd = float(np.hypot(sd, self.spread.sd(samples) / np.sqrt(networks)))
        noise = self.scale * sd * self._normal(name)[0]
        beyond = max(0.0, np.log(samples / self.most_samples))
        noise = noise + beyond * _BEYOND_SD * self._shared[0]
        if not predictive:
            inside = min(max(samples, self.least_samples), self.most_samples)
            error = float(straight(self._law(inside, noise_share, confusing))[0])
            noise = noise + np.sqrt((1 - error) / (error * self.tested)) * self._shared[1]
        draws[1:] += noise
        return np.asarray(1 - straight(draws), np.float64)

    def worth(self, samples: float, noise_share: float, kind: NoiseKind = "uniform") -> Number:
        """Return how many clean samples do as well as so many noisy ones, as a share of these.

        0 where no number of clean samples within a factor of a million is as bad.

        Raises:
            OutOfRangeError: nothing is known of so few samples or so much noise.

        """
        self._require_known(samples, noise_share, kind)
        confusing = np.array([[kind == "confusing"]])
        noisy = log_z(
            self.parameters[:, None, :],
            np.array([[samples]]),
            np.array([[noise_share]]),
            confusing,
        )[0]
        log_a, log_b, log_floor = self.parameters[:3]
        above = np.maximum(np.exp(noisy) - np.exp(log_floor), np.exp(log_a) * 1e-12)
        clean = 1000 * np.exp((log_a - np.log(above)) / np.exp(log_b))
        return number_of_draws(np.minimum(clean / samples, 1.0), "1", self.how_known(samples))

    def _law(self, samples: float, noise_share: float, confusing: object) -> Array:
        at = np.array([samples]), np.array([noise_share]), np.asarray(confusing, np.bool_)
        return log_z(self.fit.parameters, *at)

    def off(self, samples: float, noise_share: float, kind: NoiseKind, error: float) -> float:
        """Return by how much an error lies off the law, of its logarithm."""
        return float(
            bent(np.array(error)) - self._law(samples, noise_share, [kind == "confusing"])[0]
        )

    def _require_known(self, samples: float, noise_share: float, kind: NoiseKind) -> None:
        most = self.most_noise(kind)
        if not 0 <= noise_share <= most:
            raise OutOfRangeError(
                f"{percent(noise_share, 1)} wrong labels of the {kind} kind: this run trained on 0 "
                f"to {percent(most)}"
            )
        if not self.least_samples / 4 <= samples <= _MOST_SAMPLES:
            raise OutOfRangeError(
                f"{samples:,.0f} samples: this run trained on {self.least_samples:,.0f} to "
                f"{self.most_samples:,.0f}, and a curve says something of a quarter of the least "
                f"to {_MOST_SAMPLES:,.0f}"
            )

    def normal(self, name: str) -> Array:
        """Return draws of a standard normal distribution, shape (DRAWS,), fixed by their name."""
        return np.asarray(self._normal(name)[0], np.float64)

    def _normal(self, name: str, count: int = 1) -> Array:
        """Return draws of a standard normal distribution, shape (count, DRAWS), named and fixed."""
        digest = sha256(f"{self.seed}/learning/{name}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        return rng.standard_normal((count, DRAWS))


def learning_curve(learning: Learning, digest: str) -> LearningCurve:
    """Return the curve of a run.

    Args:
        learning: what it trained.
        digest: of its bundle; draws follow from it.

    Raises:
        NotEnoughDataError: too few settings are trained.

    """
    return fitted(curve_cells(learning), learning.dataset.tested, digest)


def fitted(cells: Cells, tested: int, seed: str) -> LearningCurve:
    """Fit the law to cells.

    Residuals have the variance of the cell's mean over its seeds and that of the law's misfit; the
    latter is found from the residuals, in turn with the fit.
    """
    spread = cells.spread()
    own = spread.sd(cells.samples) / np.sqrt(cells.networks)
    measured = bent(cells.error)
    misfit = _MISFIT
    for _ in range(_REFITS):
        sd = np.hypot(own, misfit)

        def residuals(parameters: Array, sd: Array = sd) -> Array:
            law = log_z(parameters, cells.samples, cells.share, cells.confusing)
            return np.asarray((law - measured) / sd, np.float64)

        fit = robust_fit(residuals, _PRIOR, _PRIOR_SD, 1.0)
        misfit = _likeliest_misfit(fit.residuals * sd, own, _seen(fit))
    return LearningCurve(cells, fit, spread, misfit, _scale(fit), tested, seed)


def _scale(fit: Fit) -> float:
    """Return how far cells lie from predictions that had not seen them, over what was expected.

    Of least squares with a hat matrix H, a residual r has the variance 1 - h, and that of a fit
    without it is r / (1 - h), of variance 1 / (1 - h): the root of their product has variance 1.
    """
    without = fit.left_out(np.arange(len(fit.residuals)))
    squares = np.minimum(np.abs(fit.residuals * without), _OUTLIER**2)
    total = squares.sum() + _USUAL_WEIGHT * _USUAL_SCALE**2
    return float(np.sqrt(total / (len(squares) + _USUAL_WEIGHT)))


def _seen(fit: Fit) -> float:
    """Return how many parameters the cells determine: the trace of the hat matrix."""
    information = (fit.jacobian.T * fit.weights) @ fit.jacobian
    return float(np.trace(fit.covariance @ information))


def _likeliest_misfit(residuals: Array, own: Array, seen: float) -> float:
    """Return the likeliest SD of what cells lie off the law, with its prior.

    Residuals are too small by what the fit has taken up: their sum of squares has as many degrees
    of freedom fewer as parameters were seen.
    """
    count = len(residuals)
    freedom = max(1.0, count - seen)
    variance = own**2 + _MISFITS[:, None] ** 2
    squares = (residuals**2 / variance).sum(1) * count / freedom
    unusual = (np.log(_MISFITS / _MISFIT) / _MISFIT_SD) ** 2
    return float(_MISFITS[np.argmin(np.log(variance).sum(1) + squares + unusual)])
