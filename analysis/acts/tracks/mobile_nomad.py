"""Mobile Nomad, Ray-Ban glasses: sixty frames a second over a radio, on a watt-hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.devices.answer import Answer
from hardware_profiles.catalogue import catalogue
from hardware_profiles.quantity import exact, maximum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import Elsewhere

_RADIOS = {"Bluetooth": "bluetooth_le", "Wi-Fi": "wifi"}


def answers(there: Elsewhere, codec: str) -> Iterator[Answer]:
    """Yield what sending frames costs, and what packing them costs beside it."""
    glasses, mission = there.profile, catalogue()["mobile_nomad"]
    frame = mission["workings.frame"] * exact(1, "sample/frame")
    rate = mission["workings.rate"]
    stream = (frame * rate).to("Mb/s")
    battery = glasses["battery.display.energy"]
    period = exact(1, "frame") / rate
    for name, profile in _RADIOS.items():
        radio = catalogue()[profile]
        carried = radio["wire.rate"] * radio["wire.efficiency"]
        share = (stream / carried).to("percent")
        dropped = 1 - share.chance_below(exact(100, "percent"))
        yield Answer(
            f"Does {name} carry sixty frames a second?",
            share,
            f"{stream.text()} are {share.text()} of {carried.to('Mb/s').text()}: frames must be "
            f"dropped with a probability of {dropped:.0%}.",
        )
        power = (stream * radio["wire.energy"]).to("mW")
        yield Answer(
            f"What does the radio take for that over {name}?",
            power,
            f"{power.text()}, if it could; the whole device has {glasses['power.mixed'].text()} "
            "in mixed use.",
        )
        hours = (battery / (power + glasses["power.mixed"])).to("h")
        yield Answer(
            f"How long does the battery last with {name}?",
            hours,
            f"{hours.text()} of a charge of {battery.text()}.",
        )
    packing = there.encode("image", codec)
    name = "encode"
    if packing is None:
        packing, _ = there.sample("image", codec, "decode")
        name = "decode"
    packing = maximum(packing * exact(1, "sample"), exact(0.0, "s"))
    # The index is of the clock that is stated, whatever range that has.
    cycles = (packing * exact(glasses["cpu.clock"].to("Hz").value, "Hz")).to("1")
    yield Answer(
        f"How many cycles does it take to {name} one of our samples as {codec}?",
        cycles,
        f"{cycles.text()} cycles, {packing.to('ms').text()} on a core there. Python and torch "
        "would not run on it: this is what the same work in C takes, at most.",
    )
    joules = (packing * glasses["power.mixed"]).to("mJ")
    sending = (frame * exact(1, "frame") * catalogue()["bluetooth_le"]["wire.energy"]).to("mJ")
    ratio = (sending / joules).to("1")
    yield Answer(
        "What takes more energy, packing or sending?",
        ratio,
        f"Sending a frame over Bluetooth takes {sending.text()}, to {name} a sample "
        f"{joules.text()} at the power of the whole device: {ratio.text()} times as much.",
    )
    late = 1 - packing.chance_below(period)
    yield Answer(
        "Does packing alone keep up with sixty frames a second?",
        packing.to("ms"),
        f"{packing.to('ms').text()} of {period.to('ms').text()}: a frame is dropped with a "
        f"probability of {late:.0%}.",
    )
