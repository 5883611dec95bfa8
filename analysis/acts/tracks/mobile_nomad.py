"""Mobile Nomad, Ray-Ban glasses: frames over a radio, on a watt-hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.answer import Answer
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact, maximum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import DeviceView
    from hardware_profiles.quantity import Quantity

_RADIOS = {"Bluetooth": "bluetooth_le", "Wi-Fi": "wifi"}


def answers(device: DeviceView, format_name: str) -> Iterator[Answer]:
    """Yield what sending frames costs, and what packing them costs beside it."""
    for name in _RADIOS:
        yield _carries(device, name)
        yield _radio_power(device, name)
        yield _battery(device, name)
    packing = _packing(device, format_name)
    yield _cycles(device, packing, format_name)
    yield _energy(device, packing)
    yield _keeps_up(device, packing)


def _rate(device: DeviceView) -> Quantity:
    return device.catalogue["mobile_nomad"]["workings.rate"]


def _rate_text(device: DeviceView) -> str:
    return f"{_rate(device).value:.0f} frames a second"


def _frame(device: DeviceView) -> Quantity:
    return device.catalogue["mobile_nomad"]["workings.frame"] * exact(1, "sample/frame")


def _stream(device: DeviceView) -> Quantity:
    return (_frame(device) * _rate(device)).to("Mb/s")


def _carries(device: DeviceView, name: str) -> Answer:
    radio, stream = device.catalogue[_RADIOS[name]], _stream(device)
    carried = radio["wire.rate"] * radio["wire.efficiency"]
    share = (stream / carried).to("percent")
    dropped = 1 - share.chance_below(exact(100, "percent"))
    return Answer(
        f"Does {name} carry {_rate_text(device)}?",
        share,
        f"{stream.text()} are {share.text()} of {carried.to('Mb/s').text()}: frames must be "
        f"dropped with a probability of {percent(dropped)}.",
    )


def _power(device: DeviceView, name: str) -> Quantity:
    return (_stream(device) * device.catalogue[_RADIOS[name]]["wire.energy"]).to("mW")


def _radio_power(device: DeviceView, name: str) -> Answer:
    power = _power(device, name)
    return Answer(
        f"What does the radio take for that over {name}?",
        power,
        f"{power.text()}, if it could; the whole device has {device.profile['power.mixed'].text()} "
        "in mixed use.",
    )


def _battery(device: DeviceView, name: str) -> Answer:
    battery = device.profile["battery.display.energy"]
    hours = (battery / (_power(device, name) + device.profile["power.mixed"])).to("h")
    return Answer(
        f"How long does the battery last with {name}?",
        hours,
        f"{hours.text()} of a charge of {battery.text()}.",
    )


@dataclass(frozen=True)
class _Packing:
    """How long packing a sample takes on the device."""

    verb: str
    """What was measured: encode, or decode in its place."""
    time: Quantity


def _packing(device: DeviceView, format_name: str) -> _Packing:
    verb, per_sample = "encode", device.encode("image", format_name)
    if per_sample is None:
        verb, (per_sample, _) = "decode", device.sample("image", format_name, "decode")
    return _Packing(verb, maximum(per_sample * exact(1, "sample"), exact(0.0, "s")))


def _cycles(device: DeviceView, packing: _Packing, format_name: str) -> Answer:
    # The index is of the clock that is stated, whatever range that has.
    clock = exact(device.profile["cpu.clock"].to("Hz").value, "Hz")
    cycles = (packing.time * clock).to("1")
    return Answer(
        f"How many cycles does it take to {packing.verb} one of our samples as {format_name}?",
        cycles,
        f"{cycles.text()} cycles, {packing.time.to('ms').text()} on a core of it. Python and torch "
        "would not run on it: this is what the same work in C takes, at most.",
    )


def _energy(device: DeviceView, packing: _Packing) -> Answer:
    joules = (packing.time * device.profile["power.mixed"]).to("mJ")
    radio = device.catalogue[_RADIOS["Bluetooth"]]
    sending = (_frame(device) * exact(1, "frame") * radio["wire.energy"]).to("mJ")
    ratio = (sending / joules).to("1")
    return Answer(
        "What takes more energy, packing or sending?",
        ratio,
        f"Sending a frame over Bluetooth takes {sending.text()}, to {packing.verb} a sample "
        f"{joules.text()} at the power of the whole device: {ratio.text()} times as much.",
    )


def _keeps_up(device: DeviceView, packing: _Packing) -> Answer:
    period = exact(1, "frame") / _rate(device)
    late = 1 - packing.time.chance_below(period)
    return Answer(
        f"Does packing alone keep up with {_rate_text(device)}?",
        packing.time.to("ms"),
        f"{packing.time.to('ms').text()} of {period.to('ms').text()}: a frame is dropped with a "
        f"probability of {percent(late)}.",
    )
