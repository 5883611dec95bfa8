"""JSON to Protobuf, or a faster SSD: two gains of utilisation, and which is larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.draws import mean_period_draws
from analysis.model.prediction import REMOVAL_CORRELATION
from analysis.statistics.number import number_of_draws
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from analysis.statistics.number import Number
    from bench.bundle import Setup

FORMAT, DISK = "protobuf", "nvme_gen4"
NO_FASTER = {"nvme_gen4", "nvme_gen5"}
"""Disks that no faster one is compared with."""


@dataclass(frozen=True)
class Gains:
    """What each change adds to the share of the time in which a step runs."""

    by_format: Number
    by_disk: Number
    format_is_larger: float
    """The probability of that."""


def gains(calibration: Calibration, setup: Setup) -> Gains:
    """Return the two gains over a configuration in JSON.

    Raises:
        OutOfRangeError: the model does not know one of the three.

    """
    base = setup.model_copy(update={"codec": "json"})
    setups = [
        base,
        base.model_copy(update={"codec": FORMAT}),
        base.model_copy(update={"storage": DISK}),
    ]
    known = [calibration.stage_model.resolve(one) for one in setups]
    all_of_them = calibration.stage_model.resolve_many([one.setup for one in known])
    beyond = calibration.extrapolation(all_of_them.configurations)
    # What is not explained of another disk stays with the configuration.
    alike = np.array([1.0, 0.0, REMOVAL_CORRELATION])
    periods = mean_period_draws(calibration, all_of_them.load, beyond, alike)
    busy = np.minimum(all_of_them.load.step[:, None] / periods, 1.0)
    by_format, by_disk = busy[1] - busy[0], busy[2] - busy[0]
    return Gains(
        number_of_draws(by_format, "1", Kind.EXTRAPOLATED),
        number_of_draws(by_disk, "1", Kind.EXTRAPOLATED),
        float(np.mean(by_format[1:] > by_disk[1:])),
    )
