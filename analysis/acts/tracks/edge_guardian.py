"""Edge Guardian, a Jetson Orin: which bus chokes on raw camera streams, and if the loop holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.answer import Answer
from hardware_profiles.demand import own_size
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import DeviceView
    from hardware_profiles.quantity import Quantity

_CAMERAS = "camera.raw12"


def answers(device: DeviceView, format_name: str) -> Iterator[Answer]:
    """Yield what raw streams ask of each bus, and whether the loop's deadline holds."""
    yield from _buses(device)
    loop = _loop(device, format_name)
    yield _deadline(device, loop)
    yield _with_decode(device, format_name, loop)


def _streams(device: DeviceView) -> str:
    return f"{device.profile[f'{_CAMERAS}.streams'].value:.0f} raw 4K streams"


def _buses(device: DeviceView) -> Iterator[Answer]:
    module = device.profile
    stream = module[f"{_CAMERAS}.data_rate"]
    buses = {
        "cameras over D-PHY": module["interface.csi_dphy.rate"],
        "cameras over C-PHY": module["interface.csi_cphy.rate"],
        "Ethernet": module["interface.ethernet.rate"],
        "the NVMe drive": module["storage.nvme.read"],
        "memory, each byte written and read": module["memory.bandwidth"] / 2,
    }
    shares = {name: (stream / rate).to("percent") for name, rate in buses.items()}
    for name, share in sorted(shares.items(), key=lambda item: -item[1].value):
        verb = "are" if name.endswith("PHY") else "is"
        chokes = "it chokes" if share.value > 100 else "it holds"
        yield Answer(
            f"How full {verb} {name} with {_streams(device)}?",
            share,
            f"{share.text()} of {buses[name].text()}: {chokes}.",
        )


def _per_frame(device: DeviceView, per_sample: Quantity) -> Quantity:
    """Return how long all cores take for one sample of each camera."""
    cameras = device.profile[f"{_CAMERAS}.streams"] * exact(1, "sample")
    return per_sample * cameras / device.profile["cpu.cores"]


def _loop(device: DeviceView, format_name: str) -> Quantity:
    """Return how long transforming and recognising one picture of each camera take."""
    recognising = device.catalogue["edge_guardian"]["workings.recognition"]
    transform, _ = device.sample("image", format_name, "transform", size=_side(device))
    return (_per_frame(device, transform) + recognising).to("ms")


def _side(device: DeviceView) -> int | None:
    """Return how many pixels a side the pictures have that are recognised."""
    return own_size(device.catalogue["resnet50"])


def _deadline(device: DeviceView, loop: Quantity) -> Answer:
    module = device.profile
    deadline = device.catalogue["edge_guardian"]["target.latency"]
    cameras = module[f"{_CAMERAS}.streams"].value
    frame = (1 / module[f"{_CAMERAS}.rate"]).to("ms")
    miss = 1 - loop.chance_below(deadline)
    return Answer(
        f"Does a loop over all {cameras:.0f} cameras end within {deadline.text()}?",
        loop,
        f"{loop.text()} to crop and normalise a picture of {_side(device)} px of each camera on "
        "all cores, and to run ResNet-50 on all of them: a miss with a probability of "
        f"{percent(miss)}. A camera gives a frame every {frame.value:.0f} ms; the loop works on "
        "the last one.",
    )


def _with_decode(device: DeviceView, format_name: str, loop: Quantity) -> Answer:
    deadline = device.catalogue["edge_guardian"]["target.latency"]
    decode, cost = device.sample("image", format_name, "decode", size=_side(device))
    whole = (loop + _per_frame(device, decode)).to("ms")
    return Answer(
        f"And where pictures come as {format_name}?",
        whole,
        f"{whole.text()} with the decode (on this machine: {cost.text}): a miss with a "
        f"probability of {percent(1 - whole.chance_below(deadline))}.",
    )
