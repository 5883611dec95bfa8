"""A machine's parameters, from its stages alone and what it did end to end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.errors import AnalysisError
from analysis.model.demands import AS_MEASURED, BEYOND_SD, Demands
from analysis.model.equation import IN_TIME, NAMES, PARAMETERS, PRIOR, PRIOR_SD, Load, terms
from analysis.model.fit import Array, Fit, robust_fit
from analysis.model.observations import Observed, observe
from analysis.model.stage_model import Machine
from analysis.model.tails import Tails, tails
from analysis.statistics.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analysis.model.stage_model import Asked
    from bench.bundle import Bundle, Configured, Isolated, Pipeline, Setup

DRAWS = 200
_USUAL_OFF = 0.1
"""What the logarithm of a window's period is usually off."""
_STEP_OFF = 0.02
_CPU_WEIGHT = 0.3
_CPU_OFF = 0.2
"""CPU time is counted in ticks, and says less of what matters than the period does."""
_LEARNT = 0.7
"""A parameter is poorly determined where its uncertainty is still so much of the prior's."""
_FEWEST = 4
# What a prediction may lack all of: intervals are as wide as it takes where it does.
_ALIKE: tuple[Callable[[Setup], object], ...] = (
    lambda s: (s.payload, s.codec.partition("/")[0]),
    lambda s: s.workers,
    lambda s: s.storage,
    lambda s: (s.payload, s.batch),
)
_USUAL_WORK, _USUAL_WORK_SD = 0.12, 0.5
"""What of a machine's work is usually explained by nothing, before anything was measured."""
_USUAL_AS_MANY = 10
"""What is usual counts as so many configurations."""
_OUTLYING = 4.0
_SHARED = 0.7
"""What of that stays with a configuration where no window was repeated."""
_TOO_FAR = 0.4
"""Where so much of the machine's work is explained by nothing, nothing can be predicted."""
_Z90 = 1.645


@dataclass(frozen=True)
class Spread:
    """How far measurements lie from predictions, by what was not in the fit.

    The logarithm of a period is off by sd = hypot(work * s, floor), s being how much the period
    follows the machine's own work: one that waits for an accelerator is hardly off. shape holds the
    quantiles of what was off over sd; lasting is the part of that which stays with a configuration,
    where the rest is different in each window.
    """

    work: float
    floor: float
    shape: Array
    lasting: float

    def sd(self, sensitivity: Array, more: Array | float = 0.0) -> Array:
        """Return the standard deviation; more: of work that was not measured but reckoned."""
        reach = np.hypot(self.work, more) * sensitivity
        return np.asarray(np.hypot(reach, self.floor), np.float64)


@dataclass(frozen=True)
class Calibration:
    """A machine's parameters with their uncertainty, and all that a prediction needs.

    draws holds the logarithms of the parameters, shape (parameters, 1 + DRAWS): the value first.
    left_out names configurations that the model does not know, by reason; doubts is what the run's
    verdict says.
    """

    machine: Machine
    fit: Fit
    draws: Array
    spread: Spread
    observed: Observed
    left_out: dict[str, str]
    doubts: tuple[str, ...] = ()

    @property
    def distrust(self) -> tuple[str, ...]:
        """Why what is predicted from it is not to be trusted: the run's verdict, and its own."""
        if self.spread.work < _TOO_FAR:
            return self.doubts
        far = (
            f"end to end, this run lies {self.spread.work:.0%} from what its own stages say: the "
            "machine was not the same all the time"
        )
        return (*self.doubts, far)

    @property
    def poorly_determined(self) -> tuple[str, ...]:
        """Parameters of which the measurements say little more than was known before."""
        sd = np.sqrt(np.diag(self.fit.covariance))
        learnt = sd < _LEARNT * PRIOR_SD
        return tuple(name for name, known in zip(NAMES, learnt, strict=True) if not known)

    @cached_property
    def tails(self) -> Tails:
        """How periods spread about their mean."""
        return tails(self.observed)

    @cached_property
    def most_workers(self) -> int:
        """So many workers were run at the most."""
        return int(self.observed.load.workers.max())

    def reckoned(self, asked: Iterable[Asked]) -> Array:
        """Return the sd of the logarithm of work that was not measured but reckoned, shape (n,)."""
        most = max(self.most_workers, 1)
        found = [
            (
                0.0 if one.making.basis == AS_MEASURED else one.making.sd,
                BEYOND_SD * max(0.0, np.log2(max(one.setup.workers, 1) / most)),
            )
            for one in asked
        ]
        return np.asarray(np.hypot(*np.transpose(found)), np.float64)

    def slowed(self, factor: float) -> Calibration:
        """Return that of a machine alike whose cores take so many times as long."""
        shift = np.where(IN_TIME, np.log(factor), 0.0)
        fit = replace(self.fit, parameters=self.fit.parameters + shift)
        return replace(self, fit=fit, draws=self.draws + shift[:, None])

    @property
    def off(self) -> Array:
        """By how much the logarithm of each window's period is off."""
        return self.fit.residuals[: len(self.observed.log_period)] * _USUAL_OFF


def pipeline_of(bundle: Bundle) -> Pipeline:
    """Return the pipeline's record.

    Raises:
        AnalysisError: the run has none.

    """
    if bundle.pipeline is None or isinstance(bundle.pipeline, str):
        why = f" ({bundle.pipeline})" if bundle.pipeline else ", as in runs of a selection"
        raise AnalysisError(
            f"the pipeline was not measured in this run{why}: there is nothing to calibrate on; "
            "take a run of a whole preset: nox -s bench"
        )
    return bundle.pipeline


def design_only(found: Configured) -> bool:
    """Tell configurations that a calibration may use: those that are not held out."""
    return not found.held_out


def calibrate(
    bundle: Bundle,
    keep: Callable[[Configured], bool] = design_only,
    keep_alone: Callable[[Isolated], bool] = lambda _: True,
) -> Calibration:
    """Return the parameters of a bundle's machine.

    Args:
        bundle: a run with its pipeline.
        keep: which configurations' end-to-end runs may be used.
        keep_alone: which measurements of stages alone may be used.

    Raises:
        AnalysisError: there is too little to calibrate on.

    """
    pipeline = pipeline_of(bundle)
    machine = Machine(bundle, pipeline, Demands(bundle, pipeline, keep_alone))
    kept = [c for c in pipeline.configurations if keep(c)]
    seen, left_out = observe(machine, kept)
    if len(seen.configurations) < _FEWEST:
        raise AnalysisError(
            f"{len(seen.configurations)} configurations of this run can be calibrated on; "
            f"{_FEWEST} are the least: measure more, with nox -s bench"
        )
    return replace(fitted(machine, seen, left_out), doubts=_doubts(bundle))


def _doubts(bundle: Bundle) -> tuple[str, ...]:
    found = verdict(bundle)
    return tuple(reason.what for reason in found.reasons)


def fitted(
    machine: Machine,
    seen: Observed,
    left_out: dict[str, str] | None = None,
    start: Array | None = None,
) -> Calibration:
    """Return the parameters that fit best what was observed.

    start is where the search begins, such as at a fit of nearly the same; None: at the prior.
    """
    fit = robust_fit(_residuals_of(seen), PRIOR, PRIOR_SD, 1.0, start)
    spread = _spread(fit, seen)
    fit = fit.rescaled(spread.work / _USUAL_OFF)
    return Calibration(machine, fit, drawn(fit), spread, seen, left_out or {})


def _residuals_of(seen: Observed) -> Callable[[Array], Array]:
    load = seen.load[seen.of]
    with_workers = load.workers > 0
    real = load.busy_cores > 0
    waited = (load.waited > 0) & np.isfinite(seen.log_step)

    def residuals(parameters: Array) -> Array:
        found = terms(parameters[:, None], load)
        period = seen.log_period - np.log(found.period)
        there = with_workers & ~real
        worker = seen.log_worker_cpu[there] - np.log(found.worker_cpu[there])
        consumer = seen.log_consumer_cpu[there] - np.log(found.receive[there])
        cpu = np.concatenate([worker, consumer]) * _CPU_WEIGHT / _CPU_OFF
        step = (seen.log_step - np.log(np.maximum(found.step, 1e-9)))[waited] / _STEP_OFF
        return np.concatenate([period / _USUAL_OFF, np.clip(cpu, -3, 3), np.clip(step, -5, 5)])

    return residuals


def drawn(fit: Fit) -> Array:
    """Return the parameters and draws of what they may be."""
    z = np.random.default_rng(0).standard_normal((len(NAMES), DRAWS))
    drawn = fit.parameters[:, None] + np.linalg.cholesky(fit.covariance) @ z
    return np.concatenate([fit.parameters[:, None], drawn], axis=1)


def unsure(fit: Fit, load: Load) -> Array:
    """Return how uncertain the parameters leave the logarithm of a period: its sd, shape (n,)."""
    middle, step = fit.parameters[:, None], 1e-3
    here = np.log(terms(middle, load).period)
    shifts = np.eye(len(NAMES))[:, :, None] * step
    slopes = [(np.log(terms(middle + shift, load).period) - here) / step for shift in shifts]
    slope = np.stack(slopes)
    variance = np.einsum("in,ij,jn->n", slope, fit.covariance, slope)
    return np.asarray(np.sqrt(variance), np.float64)


def sensitivity(log_parameters: Array, load: Load) -> Array:
    """Return by what share a period grows where the machine's work does: 0 where it only waits."""
    step = 0.01
    slower = terms(log_parameters, load.scaled(np.exp(np.array(step)))).period
    return np.asarray(np.log(slower / terms(log_parameters, load).period) / step, np.float64)


def _spread(fit: Fit, seen: Observed) -> Spread:
    """Fit how far periods lie from what is predicted without those that are alike."""
    count = len(seen.of)
    offs = []
    for alike in _ALIKE:
        names = [str(alike(one.setup)) for one in seen.configurations]
        _, number = np.unique(names, return_inverse=True)
        group = np.full(len(fit.residuals), -1, np.intp)
        group[:count] = number[seen.of]
        if group.max() > 0:
            offs.append(fit.left_out(group)[:count] * _USUAL_OFF)
    off = np.concatenate(offs or [fit.residuals[:count] * _USUAL_OFF])
    s = sensitivity(fit.parameters[:, None], seen.load)[seen.of]
    s = np.tile(s, len(off) // count)
    # Windows of a configuration are alike, so that it counts once.
    configurations = len(seen.configurations)
    best, chosen = np.inf, (_USUAL_WORK, 0.02)
    for work in np.geomspace(0.01, 0.6, 30):
        unusual = (np.log(work / _USUAL_WORK) / _USUAL_WORK_SD) ** 2 / 2
        for floor in (0.003, 0.006, 0.012, 0.025, 0.05):
            sd = np.hypot(work * s, floor)
            # Student's distribution with 4 degrees of freedom: slow spells bend nothing.
            each = np.log(sd) + 2.5 * np.log1p((off / sd) ** 2 / 4)
            loss = configurations * float(each.mean()) + unusual
            if loss < best:
                best, chosen = loss, (float(work), floor)
    z = off / np.hypot(chosen[0] * s, chosen[1])
    return Spread(*chosen, _shape(z, configurations), _lasting(z[:count], seen.of))


def _shape(z: Array, configurations: int) -> Array:
    """Return quantiles of what is off: as seen, and as is usual where few configurations were."""
    levels = (np.arange(DRAWS) + 0.5) / DRAWS
    # Student's distribution with 4 degrees of freedom, whose quantiles have a closed form
    # (Shaw, Sampling Student's t distribution, J. Computational Finance 9, 2006).
    root = np.sqrt(4 * levels * (1 - levels))
    usual = np.sign(levels - 0.5) * 2 * np.sqrt(np.cos(np.arccos(root) / 3) / root - 1)
    both = np.concatenate([z, usual])
    weights = np.repeat([configurations / len(z), _USUAL_AS_MANY / DRAWS], [len(z), DRAWS])
    order = np.argsort(both)
    below = np.cumsum(weights[order]) - weights[order] / 2
    return np.asarray(np.interp(levels, below / weights.sum(), both[order]), np.float64)


def _lasting(z: Array, of: np.ndarray[tuple[int], np.dtype[np.intp]]) -> float:
    """Return the root of the share of a variance that is between groups, from their repeats."""
    z = np.clip(z, -_OUTLYING, _OUTLYING)
    sizes = np.bincount(of)
    means = np.bincount(of, z) / sizes
    within = float(((z - means[of]) ** 2).sum() / max(1, len(z) - len(sizes)))
    between = max(0.0, float(np.mean(means**2) - within * np.mean(1 / sizes)))
    repeated = len(z) > len(sizes)
    return float(np.sqrt(between / (between + within))) if repeated and between else _SHARED


class Row(NamedTuple):
    """A parameter as it is shown: value, 5th and 95th percentile."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    meaning: str


def parameters_table(found: Calibration) -> tuple[Row, ...]:
    """Return all parameters, in their order."""
    middle = found.fit.parameters
    reach = _Z90 * np.sqrt(np.diag(found.fit.covariance))
    value, low, high = (np.exp(middle + shift).tolist() for shift in (0.0, -reach, reach))
    return tuple(
        Row(parameter.name, value[at], low[at], high[at], parameter.unit, parameter.meaning)
        for at, parameter in enumerate(PARAMETERS)
    )
