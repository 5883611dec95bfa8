"""A machine's parameters, from its isolated stages and what it did end to end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.model.demands import Basis
from analysis.model.equation import IN_TIME, NAMES, PARAMETERS, PRIOR, PRIOR_SD, Load, terms
from analysis.model.fit import Array, Fit, robust_fit
from analysis.model.noise import TYPICAL_ERROR, NoiseModel, noise_model
from analysis.model.tails import Tails, tails
from analysis.statistics.number import Z90
from hardware_profiles.draws import DRAWS
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analysis.model.observations import Observations
    from analysis.model.stage_model import ResolvedConfiguration, StageModel
    from bench.bundle import Setup

# Weights of what is fitted beside the period; set on two machines by `analysis validate`.
_STEP_ERROR = 0.02
"""What the logarithm of a wait's length is usually off: sleeping is precise."""
_CPU_WEIGHT, _CPU_ERROR = 0.3, 0.2
"""CPU time is counted in ticks, and says less of what matters than the period does."""
_MORE_WORKERS_SD = 0.1
"""Of the logarithm of work for each doubling of the workers beyond those that were run. On two busy
cores 64 workers took 7 % less to 31 % more CPU time for a sample of images in JSON than four did,
6 % more in the mean of six trials. Four doublings from four to 64 are wider than that."""
_LEARNED = 0.7
"""A parameter is poorly determined where its uncertainty is still this share of the prior's."""
MAX_UNEXPLAINED = 0.4
"""Where this share of the machine's work is explained by nothing, no prediction is trusted."""

# What may be missing altogether from what a prediction rests on: residuals are worked out as if a
# whole group had not been seen, so that intervals are as wide as that takes.
_GROUPS: tuple[Callable[[Setup], object], ...] = (
    lambda setup: (setup.payload, setup.format),
    lambda setup: setup.workers,
    lambda setup: setup.storage,
    lambda setup: (setup.payload, setup.batch),
)


class Extrapolation(NamedTuple):
    """SDs of the logarithm of work that was extrapolated, of n configurations: shape (n,) each."""

    slower: Array | float
    """By how much it may take longer."""
    faster: Array | float
    """By how much less. More workers than were run may be in each other's way; none of them makes
    another faster."""


AS_MEASURED = Extrapolation(0.0, 0.0)


@dataclass(frozen=True)
class Calibration:
    """A machine's parameters with their uncertainty, and all that a prediction needs."""

    stage_model: StageModel
    fit: Fit
    parameter_draws: Array
    """Logarithms of the parameters, shape (parameters, 1 + DRAWS): the value first."""
    noise: NoiseModel
    observations: Observations
    left_out: dict[str, str]
    """Configurations that the model does not know, by label, with the reason."""
    run_reasons: tuple[str, ...] = ()
    """Why the run itself is not to be trusted."""

    @property
    def reasons_not_to_trust(self) -> tuple[str, ...]:
        """Why what is predicted is not to be trusted: the run's verdict, and the fit's own."""
        if self.noise.work < MAX_UNEXPLAINED:
            return self.run_reasons
        unexplained = (
            f"end to end, this run lies {percent(self.noise.work)} from what its own stages say: "
            "the machine was not the same all the time"
        )
        return (*self.run_reasons, unexplained)

    @property
    def poorly_determined(self) -> tuple[str, ...]:
        """Parameters of which the measurements say little more than was known before."""
        sd = np.sqrt(np.diag(self.fit.covariance))
        learned = sd < _LEARNED * PRIOR_SD
        return tuple(name for name, known in zip(NAMES, learned, strict=True) if not known)

    @cached_property
    def tails(self) -> Tails:
        """How periods are distributed about their mean."""
        return tails(self.observations)

    @property
    def start(self) -> str | None:
        """How the workers of the run were started."""
        return self.observations.configurations[0].setup.start

    @cached_property
    def most_workers(self) -> int:
        """The largest number of workers that was run."""
        return int(self.observations.load.workers.max())

    def extrapolation(self, configurations: Iterable[ResolvedConfiguration]) -> Extrapolation:
        """Return how far configurations lie beyond what was measured.

        0 where the batch's stages were measured as they are, with as many workers as were run.
        """
        most = max(self.most_workers, 1)
        parts = [
            (
                0.0 if c.cost.basis is Basis.MEASURED else c.cost.sd,
                _MORE_WORKERS_SD * max(0.0, np.log2(max(c.setup.workers, 1) / most)),
            )
            for c in configurations
        ]
        making, workers = np.array(parts, np.float64).reshape(-1, 2).T
        return Extrapolation(np.hypot(making, workers), making)

    def slowed(self, factor: float) -> Calibration:
        """Return the calibration of a machine whose cores take a multiple of the time."""
        shift = np.where(IN_TIME, np.log(factor), 0.0)
        fit = replace(self.fit, parameters=self.fit.parameters + shift)
        return replace(self, fit=fit, parameter_draws=self.parameter_draws + shift[:, None])

    @property
    def log_residuals(self) -> Array:
        """The residual of the logarithm of each window's period, shape (windows,)."""
        return self.fit.residuals[: len(self.observations.log_period)] * TYPICAL_ERROR


def fitted(
    stage_model: StageModel,
    observations: Observations,
    left_out: dict[str, str] | None = None,
    start: Array | None = None,
) -> Calibration:
    """Return the parameters that fit observations best.

    Args:
        stage_model: of the machine that was observed.
        observations: what to fit.
        left_out: what is not among them, by label, with the reason.
        start: where the search begins, shape (parameters,); None: at the prior.

    """
    fit = robust_fit(_residuals_of(observations), PRIOR, PRIOR_SD, 1.0, start)
    noise = noise_model(
        _grouped_residuals(fit, observations),
        sensitivity(fit.parameters[:, None], observations.load)[observations.of],
        observations.of,
    )
    fit = fit.rescaled(noise.work / TYPICAL_ERROR)
    draws = parameter_draws(fit)
    return Calibration(stage_model, fit, draws, noise, observations, left_out or {})


def _residuals_of(observations: Observations) -> Callable[[Array], Array]:
    """Return what gives the residuals of parameters, in units of what they usually are."""
    load = observations.load[observations.of]
    with_workers = (load.workers > 0) & ~(load.busy_cores > 0)
    waited = (load.waited > 0) & np.isfinite(observations.log_step)

    def residuals(parameters: Array) -> Array:
        result = terms(parameters[:, None], load)
        period = observations.log_period - np.log(result.period)
        worker = observations.log_worker_cpu - np.log(np.maximum(result.worker_cpu, 1e-9))
        consumer = observations.log_consumer_cpu - np.log(np.maximum(result.receive, 1e-9))
        cpu = np.concatenate([worker[with_workers], consumer[with_workers]])
        step = (observations.log_step - np.log(np.maximum(result.step, 1e-9)))[waited]
        return np.concatenate(
            [
                period / TYPICAL_ERROR,
                np.clip(cpu * _CPU_WEIGHT / _CPU_ERROR, -3, 3),
                np.clip(step / _STEP_ERROR, -5, 5),
            ]
        )

    return residuals


def _grouped_residuals(fit: Fit, observations: Observations) -> Array:
    """Return the log residuals of windows as if their group had not been seen.

    Returns:
        shape (ways of grouping, windows).

    """
    count = len(observations.of)
    rows = []
    for group_of in _GROUPS:
        names = [str(group_of(record.setup)) for record in observations.configurations]
        _, number = np.unique(names, return_inverse=True)
        group = np.full(len(fit.residuals), -1, np.intp)
        group[:count] = number[observations.of]
        if group.max() > 0:
            rows.append(fit.left_out(group)[:count] * TYPICAL_ERROR)
    return np.array(rows or [fit.residuals[:count] * TYPICAL_ERROR])


def parameter_draws(fit: Fit) -> Array:
    """Return the parameters' logarithms and draws of them, shape (parameters, 1 + DRAWS)."""
    z = np.random.default_rng(0).standard_normal((len(NAMES), DRAWS))
    draws = fit.parameters[:, None] + np.linalg.cholesky(fit.covariance) @ z
    return np.concatenate([fit.parameters[:, None], draws], axis=1)


def standard_error(fit: Fit, load: Load) -> Array:
    """Return the SD that the parameters' uncertainty gives the log of a period, shape (n,)."""
    middle, step = fit.parameters[:, None], 1e-3
    base = np.log(terms(middle, load).period)
    shifts = np.eye(len(NAMES))[:, :, None] * step
    slope = np.stack([(np.log(terms(middle + s, load).period) - base) / step for s in shifts])
    variance = np.einsum("in,ij,jn->n", slope, fit.covariance, slope)
    return np.asarray(np.sqrt(variance), np.float64)


def sensitivity(log_parameters: Array, load: Load) -> Array:
    """Return the elasticity of periods to the machine's work, shape (n,); 0: it only waits."""
    step = 0.01
    slower = terms(log_parameters, load.scaled(np.exp(np.array(step)))).period
    return np.asarray(np.log(slower / terms(log_parameters, load).period) / step, np.float64)


class ParameterRow(NamedTuple):
    """A parameter as it is shown: value, 5th and 95th percentile."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    meaning: str


def parameters_table(calibration: Calibration) -> tuple[ParameterRow, ...]:
    """Return all parameters, in their order."""
    middle = calibration.fit.parameters
    reach = Z90 * np.sqrt(np.diag(calibration.fit.covariance))
    value, low, high = (np.exp(middle + shift).tolist() for shift in (0.0, -reach, reach))
    return tuple(
        ParameterRow(
            parameter.name, value[at], low[at], high[at], parameter.unit, parameter.meaning
        )
        for at, parameter in enumerate(PARAMETERS)
    )
