"""Edge Guardian, a Jetson Orin: which bus chokes on eight 4K streams, and if the loop holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.devices.answer import Answer
from hardware_profiles.catalogue import catalogue
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import Elsewhere

_CAMERAS = "camera.raw12"


def answers(there: Elsewhere, codec: str) -> Iterator[Answer]:
    """Yield what eight raw streams ask of each bus, and whether ten milliseconds suffice."""
    module = there.profile
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
        chokes = "it chokes" if share.value > 100 else "it holds"
        yield Answer(
            f"How full are {name} with eight raw 4K streams?"
            if name.endswith("PHY")
            else f"How full is {name} with eight raw 4K streams?",
            share,
            f"{share.text()} of {buses[name].text()}: {chokes}.",
        )
    mission = catalogue()["edge_guardian"]
    deadline = mission["target.latency"]
    frames = module[f"{_CAMERAS}.streams"] * exact(1, "image")
    seeing = (frames / catalogue()["resnet50"]["serve.orin"]).to("ms")
    transform, _ = there.sample("image", codec, "transform")
    cores = module["cpu.cores"]
    making = (transform * module[f"{_CAMERAS}.streams"] * exact(1, "sample") / cores).to("ms")
    loop = (making + seeing).to("ms")
    miss = 1 - loop.chance_below(deadline)
    yield Answer(
        "Does a loop over all eight cameras end within 10 ms?",
        loop,
        f"{loop.text()} to crop and normalise a small picture of each camera on all cores, and to "
        f"run ResNet-50 on all eight: a miss with a probability of {miss:.0%}. A camera gives a "
        "frame every 33 ms; the loop works on the last one.",
    )
    decoding, making_ = there.sample("image", codec, "decode")
    late = (decoding * module[f"{_CAMERAS}.streams"] * exact(1, "sample") / cores).to("ms")
    whole = (loop + late).to("ms")
    yield Answer(
        f"And where pictures come as {codec}?",
        whole,
        f"{whole.text()} with the decode ({making_.basis} here): a miss with a probability of "
        f"{1 - whole.chance_below(deadline):.0%}.",
    )
