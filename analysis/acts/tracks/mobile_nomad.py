"""Mobile Nomad, Ray-Ban glasses: frames over a radio, on a watt-hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.answer import NATIVE_CODE, Answer
from analysis.devices.scaling import sample_bytes
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact, maximum, minimum

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


def _carried(device: DeviceView, name: str) -> Quantity:
    """Return the rate at which a radio sends the stream: the stream's, or all that it carries."""
    radio = device.catalogue[_RADIOS[name]]
    return minimum(_stream(device), radio["wire.rate"] * radio["wire.efficiency"]).to("Mb/s")


def _carries(device: DeviceView, name: str) -> Answer:
    radio, stream = device.catalogue[_RADIOS[name]], _stream(device)
    most = radio["wire.rate"] * radio["wire.efficiency"]
    share = (stream / most).to("percent")
    dropped = 1 - share.chance_below(exact(100, "percent"))
    return Answer(
        f"Does {name} carry {_rate_text(device)}?",
        share,
        f"{stream.text()} are {share.text()} of {most.to('Mb/s').text()}: frames are dropped with "
        f"a probability of {percent(dropped)}.",
    )


def _power(device: DeviceView, name: str) -> Quantity:
    """Return what a radio takes at the rate that it sends."""
    return (_carried(device, name) * device.catalogue[_RADIOS[name]]["wire.energy"]).to("mW")


def _sent(device: DeviceView, name: str) -> str:
    """Say which share of the frames a radio sends, and at which rate."""
    rate = _carried(device, name)
    share = (rate / _stream(device)).to("percent")
    return f"{share.text()} of the frames, at {rate.text()}"


def _radio_power(device: DeviceView, name: str) -> Answer:
    power = _power(device, name)
    return Answer(
        f"What does the radio take over {name}?",
        power,
        f"{power.text()} to send {_sent(device, name)}; the whole device takes "
        f"{device.profile['power.mixed'].text()} in mixed use.",
    )


def _battery(device: DeviceView, name: str) -> Answer:
    battery = device.profile["battery.display.energy"]
    hours = (battery / (_power(device, name) + device.profile["power.mixed"])).to("h")
    return Answer(
        f"How long does the battery last with {name}?",
        hours,
        f"{hours.text()} of a charge of {battery.text()}, sending {_sent(device, name)}.",
    )


@dataclass(frozen=True)
class _Packing:
    """How long packing the bytes of a frame takes on the device."""

    verb: str
    """What was measured: encode, or decode in its place."""
    time: Quantity


def _packing(device: DeviceView, format_name: str) -> _Packing:
    """Return what packing takes, by the bytes of our pictures and of a frame."""
    verb, per_byte = "encode", device.encode("image", format_name)
    if per_byte is None:
        verb, (per_sample, _) = "decode", device.sample("image", format_name, "decode")
        per_byte = per_sample / sample_bytes("image")
    frame = _frame(device) * exact(1, "frame")
    return _Packing(verb, maximum(per_byte * frame, exact(0.0, "s")))


def _frame_text(device: DeviceView) -> str:
    return f"the {_frame(device).to('kB/frame').value:.0f} kB of a frame"


def _cycles(device: DeviceView, packing: _Packing, format_name: str) -> Answer:
    # The index is of the clock that is stated, whatever range that has.
    clock = exact(device.profile["cpu.clock"].to("Hz").value, "Hz")
    cycles = (packing.time * clock).to("1")
    return Answer(
        f"How many cycles does it take to {packing.verb} {_frame_text(device)} as {format_name}?",
        cycles,
        f"{cycles.text()} cycles, {packing.time.to('ms').text()} on a core of it, by the byte of "
        f"our pictures. {NATIVE_CODE}",
    )


def _energy(device: DeviceView, packing: _Packing) -> Answer:
    joules = (packing.time * device.profile["power.mixed"]).to("mJ")
    radio = device.catalogue[_RADIOS["Bluetooth"]]
    sending = (_frame(device) * exact(1, "frame") * radio["wire.energy"]).to("mJ")
    ratio = (sending / joules).to("1")
    return Answer(
        "What takes more energy, packing a frame or sending it?",
        ratio,
        f"To send {_frame_text(device)} over Bluetooth takes {sending.text()}, to {packing.verb} "
        f"as many bytes {joules.text()} at the power of the whole device: sending takes "
        f"{ratio.text()} times as much. Compressing the frame to JPEG is in neither.",
    )


def _keeps_up(device: DeviceView, packing: _Packing) -> Answer:
    period = exact(1, "frame") / _rate(device)
    late = 1 - packing.time.chance_below(period)
    return Answer(
        f"Does packing alone keep up with {_rate_text(device)}?",
        packing.time.to("ms"),
        f"{packing.time.to('ms').text()} of {period.to('ms').text()} for {_frame_text(device)}: a "
        f"frame is dropped with a probability of {percent(late)}.",
    )
