"""Act II, the feeding tax: what keeps an accelerator waiting on this machine, and what would help.

A pure function of a machine, facts and a scenario; without a machine, what follows from facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.feeding import jpeg, resnet
from analysis.acts.feeding.control import algorithm_or_pipeline
from analysis.acts.feeding.epoch import epoch, measured
from analysis.acts.feeding.gains import DISK, FORMAT, NO_FASTER, gains
from analysis.acts.feeding.plots import over_network, over_workers, rates, waterfall
from analysis.acts.feeding.setups import setup_of
from analysis.acts.limits import PLAN
from analysis.acts.outcome import HUNGER, Outcome, Result, Verdict, verdict_of_share
from analysis.errors import OutOfRangeError
from analysis.model.prediction import predict
from analysis.model.recommendation import equilibrium
from analysis.statistics.number import PREDICTED_LEVEL, Number
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.acts.limits import Limits
    from analysis.acts.scenario import Scenario
    from analysis.model.calibration import Calibration
    from analysis.model.machine import Machine
    from analysis.model.prediction import Prediction
    from analysis.model.recommendation import Equilibrium
    from bench.bundle import Setup
    from hardware_profiles.catalogue import Catalogue

_THOUSAND = 999.5
"""From here on three figures would be written with an exponent."""
_NO_POINTS = 0.005
"""Of utilisation: what is less is shown as 0."""
ENOUGH = "It gets at least 95 % of what it could take."
"""What is said of a number of workers that is enough."""


def feeding_tax(
    machine: Machine | None, catalogue: Catalogue, scenario: Scenario, limits: Limits = PLAN
) -> Outcome:
    """Return what a scenario does on a machine: rate, tax, what bounds it, and what would help.

    Args:
        machine: a run of the student's; None: only what follows from facts.
        catalogue: the facts.
        scenario: of this act's levers.
        limits: what its badge is held against.

    Raises:
        OutOfRangeError: nothing near the scenario was measured on the machine.
        AnalysisError: the run cannot be calibrated.

    """
    numbers, findings = resnet.results(catalogue)
    if machine is None:
        refusal = "no run of this machine is there to predict from: take one with nox -s bench"
        return Outcome(scenario, tuple(numbers), (), findings=tuple(findings), refusals=(refusal,))
    of_jpeg, texts_of_jpeg = jpeg.results(machine, catalogue)
    numbers, findings = [*of_jpeg, *numbers], [*texts_of_jpeg, *findings]
    calibration, setup = machine.calibration, setup_of(scenario)
    prediction = predict(calibration, setup)
    level = equilibrium(calibration, prediction.resolved)
    results = [*_predicted(prediction), *measured(machine, prediction.setup)]
    results += [*_level(level, prediction.kind), *epoch(machine, prediction)]
    chances, texts = gains_and_text(calibration, prediction.setup)
    results += chances
    network = over_network(catalogue, prediction.setup.storage)
    plots = (
        over_workers(calibration, setup),
        rates(prediction),
        waterfall(prediction, over_network=network),
    )
    return Outcome(
        scenario,
        (*results, *numbers),
        badges(prediction, limits),
        plots=plots,
        findings=(
            bottleneck_text(prediction),
            equilibrium_text(level, prediction),
            *texts,
            *algorithm_or_pipeline(machine),
            *findings,
        ),
        log=log(prediction, limits),
        remembered=("rate", "tax", "equilibrium"),
        bottleneck=prediction.bottleneck or "",
        setup=prediction.setup,
    )


def _predicted(prediction: Prediction) -> list[Result]:
    results = [
        Result("rate", "Ingestion Speed", prediction.samples_per_s),
        Result("first_batch", "Until the first batch", prediction.first_batch_s),
    ]
    shares = {
        "tax": ("Feeding tax", prediction.feeding_tax),
        "busy": ("GPU busy", prediction.gpu_busy),
        "mfu": ("MFU", prediction.mfu),
    }
    return results + [
        Result(name, label, number) for name, (label, number) in shares.items() if number
    ]


def _level(level: Equilibrium, kind: Kind) -> list[Result]:
    def exactly(value: float, unit: str, kind: Kind) -> Number:
        return Number(value, value, value, PREDICTED_LEVEL, unit, kind)

    results = []
    if level.demand is not None:
        results.append(
            Result(
                "demand", "What it could take", exactly(level.demand, "samples/s", Kind.PUBLISHED)
            )
        )
    if level.workers is not None:
        number = exactly(level.workers, "workers", kind)
        results.append(Result("equilibrium", "Flow equilibrium", number, ENOUGH))
    else:
        number = exactly(level.best, "workers", kind)
        text = f"No number feeds it: {level.why}."
        results.append(Result("knee", "Enough for 95 % of the highest rate", number, text))
    return results


def badges(prediction: Prediction, limits: Limits = PLAN) -> tuple[Verdict, ...]:
    """Return the verdict on `GPU Hunger < 10%`; none where there is no accelerator."""
    tax = prediction.feeding_tax
    if tax is None:
        return ()
    return (verdict_of_share(HUNGER, tax, limits.hunger, limits.hunger_title),)


def bottleneck_text(prediction: Prediction) -> str:
    """Say which stage bounds the rate, how surely, and what it would gain without."""
    stage = prediction.bottleneck
    if stage is None:
        return "No stage stands out."
    gain = prediction.gains[stage]
    sure = percent(prediction.bottleneck_probability)
    value, low, high = (_percent(part) for part in (gain.value, gain.low, gain.high))
    return (
        f"The bottleneck is {stage}, with a probability of {sure}: without it the rate would grow "
        f"by {value} % [{low}, {high}]."
    )


def equilibrium_text(level: Equilibrium, prediction: Prediction) -> str:
    """Say how many workers are enough, or why no number is."""
    now = counted(prediction.setup.workers, "worker")
    if level.workers is None:
        return (
            f"Flow equilibrium: none, {level.why}. {counted(level.best, 'worker')} would do 95 % "
            f"of the highest rate of any number; here it is {now}."
        )
    return f"Flow equilibrium: {counted(level.workers, 'worker')}; here it is {now}."


def gains_and_text(calibration: Calibration, setup: Setup) -> tuple[list[Result], list[str]]:
    """Return what another format and a faster disk gain, and a sentence about it."""
    try:
        both = gains(calibration, setup)
    except OutOfRangeError as error:
        return [], [f"JSON to Protobuf against a faster SSD: {error}."]
    by_format, by_disk = both.by_format, both.by_disk
    words = f"JSON to {FORMAT}, share of the time that it is busy"
    results = [Result("gain.format", words, by_format)]
    text = f"JSON to Protobuf adds {_points(by_format)} of utilisation"
    if setup.storage in NO_FASTER:
        return results, [f"{text}; there is no faster SSD here than {setup.storage}."]
    results.append(Result("gain.disk", f"{setup.storage} to {DISK}, likewise", by_disk))
    text += (
        f", {setup.storage} to {DISK} adds {_points(by_disk)}: the format gains more with a "
        f"probability of {percent(both.format_is_larger)}."
    )
    return results, [text]


def _percent(share: float) -> str:
    """Return a share in percent with three figures, never in exponents."""
    value = 100 * share
    return f"{value:.3g}" if abs(value) < _THOUSAND else f"{value:,.0f}"


def _points(number: Number) -> str:
    parts = (100 * part for part in (number.value, number.low, number.high))
    value, low, high = (f"{0.0 if abs(part) < _NO_POINTS else part:.3g}" for part in parts)
    return f"{value} points [{low}, {high}]"


def log(prediction: Prediction, limits: Limits = PLAN) -> tuple[str, ...]:
    """Return what has consequences, with its source."""
    tax = prediction.feeding_tax
    if tax is None or tax.value < limits.hunger:
        return ()
    idle, low, high = (f"{100 * part:.3g}" for part in (tax.value, tax.low, tax.high))
    why = f"{prediction.kind}: {prediction.basis}"
    return (f"Alert: the accelerator is idle for {idle} % [{low}, {high}] of the time ({why}).",)
