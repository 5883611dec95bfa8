"""Classes of machines whose times follow the index by a known rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.devices.class_times import DecodeTimes
from analysis.devices.cpus import CPUS
from hardware_profiles.catalogue import catalogue
from tests.analysis.devices.views import bundle
from tests.conftest import block

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bench.bundle import Bundle

    Array = NDArray[np.float64]

LAPTOPS = (
    *("apple_m1", "apple_m2", "apple_m3", "apple_m4", "i5_8365u", "i7_8665u", "i5_1135g7"),
    *("i7_1185g7", "i5_1240p", "i7_1255u", "i7_12700h", "i5_1335u", "i7_1360p", "i7_13700h"),
    *("ryzen_5_4600h", "ryzen_7_4700u", "ryzen_5_5600u", "ryzen_7_5800u", "ryzen_7_6800h"),
    *("ryzen_7_7840u", "ryzen_7_8840u", "raspberry_pi_5", "raspberry_pi_4", "epyc_7763"),
)
"""Names of indices, each of another CPU."""
CASES = tuple(f"decode-image-64-json/lines/decoder{number}-b64" for number in range(30))


def points(names: tuple[str, ...]) -> Array:
    """Return the published indices of CPUs."""
    profile = catalogue()[CPUS]
    return np.array([float(profile[f"index.{name}"].to("point").value) for name in names])


def simulated(
    names: tuple[str, ...],
    exponent: float = 0.9,
    machine_sd: float = 0.0,
    cell_sd: float = 0.0,
    missing: float = 0.0,
    seed: int = 0,
    tails: float = np.inf,
) -> DecodeTimes:
    """Return the times of a class: 10 to 100 ms at 1,000 points.

    Args:
        names: of each machine, the name of its CPU's index.
        exponent: to which power time falls with the index.
        machine_sd: of what all cases of a machine share, of the logarithm.
        cell_sd: of a case on a machine beside it.
        missing: the share of cells that were not measured.
        seed: of the draws.
        tails: degrees of freedom of what machines share, infinite: normal.

    """
    rng = np.random.default_rng(seed)
    shape = (len(names), len(CASES))
    z = rng.standard_normal(len(names))
    if np.isfinite(tails):
        z = rng.standard_t(tails, len(names)) / np.sqrt(tails / (tails - 2))
    logs = np.log(effects()) - exponent * np.log(points(names) / 1000)[:, np.newaxis]
    logs = logs + machine_sd * z[:, np.newaxis] + cell_sd * rng.standard_normal(shape)
    logs[rng.random(shape) < missing] = np.nan
    architectures = ("arm64" if "apple" in name or "pi" in name else "x86_64" for name in names)
    texts = tuple(name.replace("_", " ") for name in names)
    return DecodeTimes("class.parquet", texts, tuple(architectures), CASES, logs)


def effects() -> Array:
    """Return what each case takes at 1,000 points, in seconds."""
    return np.geomspace(0.01, 0.1, len(CASES))


def run_of(times_s: Mapping[str, float], seed: int = 1) -> Bundle:
    """Return a run that has measured decodes by their ids, beside its copies."""
    run = bundle(seed=seed)
    first = run.cases[0]
    decodes = tuple(
        first.model_copy(
            update={
                "id": case,
                "kind": "decode",
                "loops": 1,
                "blocks": tuple(
                    block(*[1e3 * time_s] * 3, process=process, order=2 * number + process)
                    for process in range(2)
                ),
            }
        )
        for number, (case, time_s) in enumerate(times_s.items(), 1)
    )
    return run.model_copy(update={"cases": (*run.cases, *decodes)})


def without(times: DecodeTimes, machines: Array | slice | list[int]) -> DecodeTimes:
    """Return the times of some machines."""
    places = np.arange(len(times.cpus))[machines]
    return replace(
        times,
        cpus=tuple(times.cpus[place] for place in places),
        architectures=tuple(times.architectures[place] for place in places),
        logs=times.logs[places],
    )
