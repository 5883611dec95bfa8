"""Tiny Pioneer, an earbud: audio in half a megabyte, within a deadline, on a milliwatt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.answer import NATIVE_CODE, Answer
from analysis.devices.scaling import sample_bytes
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact, maximum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import DeviceView
    from hardware_profiles.quantity import Quantity


def answers(device: DeviceView, format_name: str) -> Iterator[Answer]:
    """Yield what buffering and hearing take of memory, time and power."""
    yield _share_of_memory(device)
    yield _half_of_memory(device)
    hearing = _hearing(device)
    yield _deadline(device, hearing)
    yield _power(device, hearing)
    unpacking, basis = _unpacking(device, format_name)
    yield _cycles(device, unpacking, format_name, basis)
    yield _energy(device, unpacking)


def _window(device: DeviceView) -> Quantity:
    return device.catalogue["tiny_pioneer"]["workings.window"]


def _stream(device: DeviceView) -> Quantity:
    return device.profile["audio.microphones.data_rate"]


def _share_of_memory(device: DeviceView) -> Answer:
    memory = device.profile["memory.capacity"]
    share = (_stream(device) * _window(device) / memory).to("percent")
    return Answer(
        "What share of the memory does a second of audio take?",
        share,
        f"{share.text()} of {memory.text()}, from two microphones; twice that where one buffer "
        "fills while the other is worked on.",
    )


def _half_of_memory(device: DeviceView) -> Answer:
    half = (device.profile["memory.capacity"] / 2 / _stream(device)).to("s")
    return Answer(
        "How much audio takes half of the memory?",
        half,
        f"{half.text()} from two microphones: the buffer that the lab's plan assumes.",
    )


def _hearing(device: DeviceView) -> Quantity:
    """Return how long one answer of the network takes."""
    spotter = device.catalogue["keyword_spotter"]
    return (exact(1, "inference") / spotter["serve.int8.hearable"]).to("ms")


def _deadline(device: DeviceView, hearing: Quantity) -> Answer:
    deadline = device.catalogue["tiny_pioneer"]["target.latency"]
    spotter = device.catalogue["keyword_spotter"]
    processor = (exact(1, "inference") / spotter["serve.int8.ndp9120"]).to("ms")
    return Answer(
        f"Does the network answer within {deadline.text()}?",
        hearing,
        f"{hearing.text()} on this core: a miss with a probability of "
        f"{percent(1 - hearing.chance_below(deadline))}. A neural decision processor takes "
        f"{processor.text()}.",
    )


def _power(device: DeviceView, hearing: Quantity) -> Answer:
    budget = device.catalogue["tiny_pioneer"]["budget.power"]
    active = device.profile["power.active"]
    power = (hearing * active / _window(device)).to("mW")
    return Answer(
        f"Does one answer a second stay under {budget.text()}?",
        power,
        f"{power.text()} on average for the core, which takes {active.text()} while it works. "
        "Sleep, microphones and radio are not counted. Under the budget with a probability of "
        f"{percent(power.chance_below(budget))}.",
    )


def _unpacking(device: DeviceView, format_name: str) -> tuple[Quantity, str]:
    """Return how long decoding and transforming a second of audio take, and what that rests on."""
    per_sample, cost = device.sample("audio", format_name, "decode", "transform")
    return maximum(per_sample * exact(1, "sample"), exact(0.0, "s")), cost.text


def _cycles(device: DeviceView, unpacking: Quantity, format_name: str, basis: str) -> Answer:
    # The index is of the clock that is stated; at half of that it takes twice as long.
    clock = exact(device.profile["cpu.clock"].to("Hz").value, "Hz")
    cycles = (unpacking * clock).to("1")
    return Answer(
        f"How many cycles does a second of one microphone take to decode from {format_name}?",
        cycles,
        f"{cycles.text()} cycles, {unpacking.to('ms').text()} (on this machine: {basis}). "
        f"{NATIVE_CODE}",
    )


def _energy(device: DeviceView, unpacking: Quantity) -> Answer:
    joules = (unpacking * device.profile["power.active"]).to("uJ")
    radio = device.profile["interface.bluetooth_le.energy"]
    # A sample is a second of one microphone, so that much is sent, too.
    second = sample_bytes("audio") * exact(1, "sample")
    sending = (second * radio).to("uJ")
    return Answer(
        "What does decoding a second of one microphone take, beside sending it?",
        joules,
        f"{joules.text()}; to send that second over Bluetooth takes {sending.text()}.",
    )
