"""How fast an accelerator takes samples: a device of a profile, or only a time to wait.

A rate is of the workload's own samples (ImageNet's 224 pixels a side); samples of another size are
more or less work, by the workload's `sample.exponent`. Rates of different methods do not compare:
see `hardware_profiles.methods`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware_profiles.catalogue import catalogue
from hardware_profiles.durations import duration_s, is_duration
from hardware_profiles.errors import ProfileError, UnknownNameError
from hardware_profiles.methods import METHODS, WORK

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Profile
    from hardware_profiles.quantity import Quantity

USUAL_WORKLOADS = {
    "image": "resnet50",
    "tokens": "llama3_70b",
    "tabular": "dlrm",
    "audio": "keyword_spotter",
}
"""The workload that consumes a kind of payload where none is named."""


@dataclass(frozen=True)
class Demand:
    """What some devices of a profile, taken together, ask of a feed."""

    device: str
    count: int
    """How many devices they are."""
    method: str
    """A key of `METHODS`."""
    work: float
    """Of a sample, in the workload's own samples: 0.25 for an image of half the side."""
    samples_per_s: float
    """Samples a second that they take."""
    flop_per_sample: float | None
    """None: not known."""
    peak_flop_s: float | None
    """FLOP/s at the most; None: not known."""

    def step_s(self, samples: int) -> float:
        """Return how long a step over so many samples takes."""
        return samples / self.samples_per_s


def usual_workload(payload_kind: str, workload: str | None) -> Profile:
    """Return the workload that consumes a kind of payload: the named one, or the usual one.

    Raises:
        UnknownNameError: there is no such workload, or it consumes something else.

    """
    name = workload or USUAL_WORKLOADS[payload_kind]
    known = {profile.name: profile for profile in catalogue().of("workloads")}
    fitting = [n for n, profile in known.items() if profile.texts["payload"] == payload_kind]
    if not fitting:
        raise UnknownNameError(f"payload: nothing is known that consumes {payload_kind!r}")
    if name not in known:
        raise UnknownNameError(
            f"workload: there is none called {name!r}; choose from {', '.join(fitting)}"
        )
    if name not in fitting:
        raise UnknownNameError(
            f"workload: {name} takes {known[name].texts['payload']}, not {payload_kind}; "
            f"choose from {', '.join(fitting)}"
        )
    return known[name]


def methods(device: str, workload: Profile) -> tuple[str, ...]:
    """Return by which methods a device's rate at a workload is known, the usual one first."""
    return tuple(name for name, m in METHODS.items() if f"{m.table}.{device}" in workload)


def usual_method(device: str, workload: Profile, phase: str | None, method: str | None) -> str:
    """Return the method that is meant: the named one, or the usual one of a phase.

    Raises:
        UnknownNameError: the device's rate is not known by it, or at all; it names the choices.

    """
    known = methods(device, workload)
    if not known:
        names = {n for m in METHODS.values() for n in workload.below(m.table) if "." not in n}
        raise UnknownNameError(
            f"accelerator: no step time of {workload.name} is known on {device!r}; choose from "
            f"none, cpu, cuda, mps, {', '.join(sorted(names))}, or a time to wait, such as 10ms"
        )
    where = f"{workload.name} on {device} is known"
    fitting = [name for name in known if phase in {None, METHODS[name].phase}]
    if not fitting:
        raise UnknownNameError(f"phase: {where} to {METHODS[known[0]].phase} only")
    if method is None:
        return fitting[0]
    if method not in fitting:
        raise UnknownNameError(f"method: {where} by {', '.join(fitting)}, not by {method}")
    return method


def own_size(workload: Profile) -> int | None:
    """Return the size of a workload's own samples in the payload's unit; None: any, by tokens."""
    size = workload.get("sample.size")
    return None if size is None else round(size.value)


def usual_size(payload_kind: str, workload: str | None, accelerator: str) -> int | None:
    """Return the size of samples where none is asked for: that of what a device consumes.

    None: the payload's usual size, since no device of a profile consumes the samples.

    Raises:
        UnknownNameError: the workload is unknown, or consumes something else.

    """
    profile = usual_workload(payload_kind, workload)
    return own_size(profile) if methods(accelerator, profile) else None


def relative_work(workload: Profile, size: int) -> float:
    """Return how much work a sample of a size is, by one of the workload's own size.

    Convolutions over a picture do work for each pixel, those over a sound for each of its values.
    Where rates are by token, a sample is as much work as it has tokens.
    """
    own = own_size(workload)
    if own is None:
        return float(size)
    return float((size / own) ** workload["sample.exponent"].value)


def rate(device: str, workload: Profile, method: str, size: int) -> Quantity:
    """Return how many samples of a size a device takes in a second, with its range."""
    known = workload[f"{METHODS[method].table}.{device}"]
    return known / relative_work(workload, size)


def demand(device: str, count: int, workload: Profile, method: str, size: int) -> Demand:
    """Return what devices ask of a feed: samples of a size, by a method that is known of them."""
    way, work = METHODS[method], relative_work(workload, size)
    known = rate(device, workload, method, size)
    unit = "token" if "token" in str(known.unit) else "sample"
    flop = workload.get(WORK[way.phase])
    peaks = catalogue()[device].below("accelerator.peak") if device in catalogue() else {}
    peak = next((peaks[name] for name in way.peaks if name in peaks), None)
    return Demand(
        device,
        count,
        method,
        work,
        known.to(f"{unit}/s").value * count,
        flop.to(f"FLOP/{unit}").value * work if flop else None,
        peak.to("FLOP/s").value * count if peak else None,
    )


def pass_s(device: str, count: int, moved_bytes: float) -> float:
    """Return how long devices take to read and write bytes of their memory once, in s.

    Raises:
        UnknownNameError: how fast their memory is is not known.

    """
    bandwidth = None
    if device in catalogue():
        profile = catalogue()[device]
        bandwidth = profile.get("accelerator.bandwidth") or profile.get("memory.bandwidth")
    if bandwidth is None:
        raise UnknownNameError(
            f"transform: how fast the memory of {device!r} is is not known; choose fused"
        )
    return float(moved_bytes / bandwidth.to("B/s").value / count)


def waited_s(accelerator: str) -> float | None:
    """Return the step time of an accelerator that is only a time to wait, None for others.

    Raises:
        ProfileError: the time is not plausible.

    """
    if not is_duration(accelerator):
        return None
    try:
        return duration_s(accelerator)
    except ValueError as error:
        raise ProfileError(f"accelerator: {error}") from None
