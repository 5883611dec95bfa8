"""The data of act II's figures."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.outcome import Curve, Plot
from analysis.errors import OutOfRangeError
from analysis.model.memory import fits
from analysis.model.prediction import predict_many
from analysis.model.stage_model import ResolvedConfigurations
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from analysis.model.calibration import Calibration
    from analysis.model.prediction import Prediction
    from bench.bundle import Setup
    from hardware_profiles.catalogue import Catalogue

WORKERS = (1, 2, 4, 8, 16, 32)
"""Of the lab's plan."""
_PARTS = {
    "consumer": "the training loop, with the step",
    "workers": "the workers",
    "cores": "the CPU",
    "link": "storage and network",
    "accelerator": "the accelerator",
}

WORKER, LOOP = "a worker", "the training loop"
"""Who the stages of a batch are done by."""
WAITING = "waiting"
STAGES = {
    "storage": "disk",
    "decode": "decode",
    "transform": "transform",
    "send": "send",
    "receive": "receive",
    "step": "GPU maths",
}
"""Stages as the waterfall calls them; storage over a network is `network`."""
_OF_THE_LOOP = {"receive", "step"}


def over_workers(calibration: Calibration, setup: Setup) -> Plot:
    """Return the rate that arrives by format and workers, beside what the accelerator takes."""
    curves, best = [], []
    for name in LEVERS["format"].names:
        held = _held(calibration, setup.model_copy(update={"codec": name}))
        if held.configurations:
            predicted = predict_many(calibration, held)
            workers = tuple(float(c.setup.workers) for c in held.configurations)
            curves.append(Curve(name, workers, *map(_floats, predicted.T)))
            best.append((float(predicted[:, 0].max()), name))
    finding = "No format was measured." if not best else _ranked(best)
    return Plot(
        "MFU_vs_Ingestion_Plot",
        "Ingestion over workers",
        "workers",
        "samples/s",
        tuple(curves),
        finding,
    )


def _held(calibration: Calibration, setup: Setup) -> ResolvedConfigurations:
    """Return a configuration with each number of workers that is known and that memory holds."""
    held = []
    for workers in WORKERS:
        with suppress(OutOfRangeError):
            tried = setup.model_copy(update={"workers": workers})
            resolved = calibration.stage_model.resolve(tried)
            if fits(calibration, resolved):
                held.append(resolved)
    return ResolvedConfigurations(tuple(held))


def _floats(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, ...]:
    return tuple(map(float, values))


def _ranked(best: Sequence[tuple[float, str]]) -> str:
    order = sorted(best, reverse=True)
    names = ", ".join(f"{name} {rate:,.0f}" for rate, name in order)
    return f"At most, with 1 to 32 workers, in samples/s: {names}."


def rates(prediction: Prediction) -> Plot:
    """Return what each part of the machine could do alone: the slowest decides."""
    alone = alone_rates(prediction)
    slowest = min(alone, key=lambda part: alone[part])
    bars = (_bars("samples/s", alone),)
    return Plot(
        "IngestionWaterfall",
        "What each part could do alone",
        "part",
        "samples/s",
        bars,
        f"The slowest part is {slowest}, {alone[slowest]:,.0f} samples/s.",
    )


def alone_rates(prediction: Prediction) -> dict[str, float]:
    """Return the rate of each part that there is, in samples a second."""
    rate = prediction.samples_per_s.value
    return {_PARTS.get(part, part): rate / share for part, share in prediction.utilisation.items()}


def waterfall(prediction: Prediction, *, over_network: bool) -> Plot:
    """Return where the time of an epoch goes: of a worker's, and of the training loop's.

    over_network: whether the storage is reached over a network.
    """
    lanes = lanes_of(prediction, over_network=over_network)
    curves = tuple(_bars(name, shares) for name, shares in lanes)
    longest = max(prediction.stages, key=lambda stage: prediction.stages[stage])
    share = percent(prediction.stages[longest])
    name = _stage_names(over_network=over_network)[longest]
    finding = (
        f"Of an epoch, {name} takes {share} of {_who(prediction, longest)} time; whoever waits "
        "is not what bounds it."
    )
    return Plot("DataGravityWaterfall", "Where an epoch goes", "stage", "share", curves, finding)


def lanes_of(prediction: Prediction, *, over_network: bool) -> list[tuple[str, dict[str, float]]]:
    """Return each kind of process with the shares of its time by stage; the rest is waiting."""
    names = _stage_names(over_network=over_network)
    lanes: dict[str, dict[str, float]] = {WORKER: {}, LOOP: {}}
    for stage, share in prediction.stages.items():
        alone = not prediction.setup.workers
        lane = LOOP if alone or stage in _OF_THE_LOOP else WORKER
        lanes[lane][names[stage]] = share
    for shares in lanes.values():
        if shares:
            total = max(1.0, sum(shares.values()))
            shares |= {stage: share / total for stage, share in shares.items()}
            shares[WAITING] = 1 - sum(shares.values())
    return [(name, dict(shares)) for name, shares in lanes.items()]


def _stage_names(*, over_network: bool) -> dict[str, str]:
    return STAGES | {"storage": "network" if over_network else "disk"}


def over_network(catalogue: Catalogue, storage: str) -> bool:
    """Tell whether a disk is reached over a network, as those of a cloud are."""
    tiers = {profile.name: profile for profile in catalogue.of("tiers")}
    return storage in tiers and tiers[storage].texts["kind"] != "drive"


def _who(prediction: Prediction, stage: str) -> str:
    alone = not prediction.setup.workers
    return "the training loop's" if alone or stage in _OF_THE_LOOP else "each worker's"


def _bars(label: str, values: dict[str, float]) -> Curve:
    numbers = tuple(values.values())
    return Curve(label, tuple(values), numbers, numbers, numbers)
