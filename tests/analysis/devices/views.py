"""Devices as a synthetic machine sees them, and what work takes there, worked out by hand."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from analysis.devices.scaling import DeviceView
from hardware_profiles.catalogue import catalogue
from tests.analysis.model.machines import (
    DECODED,
    larger,
    machine_of,
    stages,
    synthetic_bundle,
    truth,
)

if TYPE_CHECKING:
    from analysis.model.machine import Machine
    from bench.bundle import Bundle, Setup

POINTS = 1500.0
"""The machine's index, as a user may give it."""
LOOPS = 1000
"""Copies that take 20 ms together, in the bundle's one case."""
ENCODE_BATCH = 64
"""Encoded twice in 20 ms."""


@cache
def bundle(*, encodes: bool = False, seed: int = 1) -> Bundle:
    """Return the run of a machine that copies 32 GB/s; encodes: images in 156.25 us a sample."""
    result = synthetic_bundle(truth(seed), most=60, seed=seed)
    copies = result.cases[0].model_copy(update={"loops": LOOPS})
    encode = {"kind": "encode", "codec": "json/lines/wire", "payload": "image"}
    cases = [copies]
    if encodes:
        cases.append(
            result.cases[0].model_copy(update=encode | {"batch": ENCODE_BATCH, "loops": 2})
        )
    return result.model_copy(update={"cases": tuple(cases)})


@cache
def machine(*, encodes: bool = False, seed: int = 1) -> Machine:
    return machine_of(bundle(encodes=encodes, seed=seed))


def view(device: str, *, encodes: bool = False, seed: int = 1) -> DeviceView:
    return DeviceView.of(machine(encodes=encodes, seed=seed), device, POINTS)


def fact(profile: str, path: str, unit: str) -> float:
    """Return a number of a profile, in a unit."""
    return float(catalogue()[profile][path].to(unit).value)


def copied_bytes_per_s() -> float:
    """A batch of 643,072 bytes, a thousand times in 20 ms."""
    return 643_072 * LOOPS / 20e-3


def slower(device: str) -> float:
    """How much longer work takes on a device: the ratio of the indices, to a power."""
    exponent = fact("geekbench6", "exponent.decode", "1")
    return float((POINTS / fact(device, "cpu.index", "point")) ** exponent)


def sample_s(device: str, setup: Setup, *names: str) -> float:
    """Return what stages of a sample take on a device; of a decode, a copy's part scales as copies.

    The bundle's stages are those of `tests.analysis.model.machines.stages`.
    """
    batch = setup.batch or 1
    read, decode, transform = (us / 1e6 / batch for us in stages(setup, 1.0))
    work = {"storage": read, "decode": decode, "transform": transform}
    total = sum(work[name] for name in names)
    copied = 0.0
    if "decode" in names:
        copied = min(total, DECODED[setup.payload] * larger(setup) / copied_bytes_per_s())
    copies = slower(device)
    if "cpu.copy_rate" in catalogue()[device]:
        copies = copied_bytes_per_s() / fact(device, "cpu.copy_rate", "B/s")
    return float((total - copied) * slower(device) + copied * copies)
