"""Cloud Titan, an H100: what feeds it, and whether Llama-3-70B fits and how fast it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.answer import Answer
from bench.bundle import Setup
from hardware_profiles.demand import own_size
from hardware_profiles.methods import METHODS
from hardware_profiles.numerals import counted, percent
from hardware_profiles.quantity import ceil, maximum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import DeviceView
    from hardware_profiles.quantity import Quantity

_FEEDING_TIERS = ("s3_standard", "ebs_gp2", "sata_ssd")
_LOADING_TIERS = (*_FEEDING_TIERS, "nvme_gen4")
_CONNECTIONS = 8
"""To object storage, by which weights are loaded: one for each accelerator of the server."""


def answers(device: DeviceView, format_name: str) -> Iterator[Answer]:
    """Yield what feeding ResNet-50 and serving Llama-3-70B ask of this server."""
    # A tuned step is 4 times as fast as the one that storage is tested with: both are shown.
    for method in ("tuned", "emulated"):
        yield _storage_rate(device, method)
        yield from _waits(device, method)
        yield _cores(device, format_name, method)
    yield from _memory(device)
    yield from _loading(device)
    yield _tokens(device)


def _storage_rate(device: DeviceView, method: str) -> Answer:
    demand = _demand(device, method)
    needed = (demand * device.catalogue["resnet50"]["record.jpeg"]).to("MB/s")
    return Answer(
        f"What must storage give one accelerator that trains ResNet-50 ({method})?",
        needed,
        f"{needed.text()} of JPEG records, at {demand.text()}: {METHODS[method].description}.",
    )


def _demand(device: DeviceView, method: str) -> Quantity:
    resnet = device.catalogue["resnet50"]
    return resnet[f"{METHODS[method].table}.{device.profile.name}"]


def _waits(device: DeviceView, method: str) -> Iterator[Answer]:
    needed = _demand(device, method) * device.catalogue["resnet50"]["record.jpeg"]
    for name in _FEEDING_TIERS:
        read = device.catalogue[name]["read"]
        idle = maximum(1 - read / needed, 0.0).to("percent")
        over = " over one connection" if _is_object(device, name) else ""
        yield Answer(
            f"How long does it wait where {name} feeds one accelerator alone{over} ({method})?",
            idle,
            f"{idle.text()} of the time, at {read.to('MB/s').text()}.",
        )
        if over:
            enough = ceil((needed / read).to("1"))
            yield Answer(
                f"How many connections to {name} feed it, so that it never waits ({method})?",
                enough,
                f"{enough.text()}: with so many, it waits 0 % of the time.",
            )


def _is_object(device: DeviceView, tier: str) -> bool:
    """Whether each reader of a tier has a connection of its own."""
    return device.catalogue[tier].texts["kind"] == "object"


def _cores(device: DeviceView, format_name: str, method: str) -> Answer:
    server, size = device.profile, own_size(device.catalogue["resnet50"])
    sample, cost = device.sample("image", format_name, "storage", "decode", "transform", size=size)
    setup = Setup(payload="image", codec=format_name, size=size)
    completed = device.machine.stage_model.completed(setup)
    cores = (_demand(device, method) * sample).to("1")
    share = server["cpu.cores"] / server["accelerator.count"]
    enough = (cores - share).chance_below(0.0)
    return Answer(
        f"How many cores make batches for one accelerator, from {completed.codec} ({method})?",
        cores,
        f"{cores.text()} for pictures of {size} px; its share of the server is "
        f"{share.value:.0f}, which is enough with a probability of {percent(enough)} (decode and "
        f"transform on this machine: {cost.text}).",
    )


def _memory(device: DeviceView) -> Iterator[Answer]:
    llama = device.catalogue["llama3_70b"]
    memory = device.profile["accelerator.memory"]
    for kind in ("bf16", "fp8"):
        weights = llama[f"model.size.{kind}"]
        left = (memory - weights).to("GB")
        room = (left / llama[f"model.state.{kind}"]).to("token")
        yield Answer(
            f"Does Llama-3-70B fit one H100 in {kind}?",
            left,
            f"Yes: {left.text()} are left, a key-value cache of {room.text()} in all."
            if left.value > 0
            else f"No: {weights.text()} of weights are {(-left).text()} more than it holds.",
        )


def _loading(device: DeviceView) -> Iterator[Answer]:
    weights = device.catalogue["llama3_70b"]["model.size.fp8"]
    for name in _LOADING_TIERS:
        counts = (1, _CONNECTIONS) if _is_object(device, name) else (None,)
        for connections in counts:
            load = (weights / device.catalogue[name]["read"] / (connections or 1)).to("s")
            over = f" over {counted(connections, 'connection')}" if connections else ""
            question = f"How long does loading it in fp8 from {name}{over} take?"
            yield Answer(question, load, f"{load.text()}.")


def _tokens(device: DeviceView) -> Answer:
    llama = device.catalogue["llama3_70b"]
    bound = (device.profile["accelerator.bandwidth"] / llama["model.size.fp8"]).to("Hz")
    return Answer(
        "How many tokens a second can one sequence have at most?",
        bound,
        f"{bound.value:.0f} tokens/s: each reads all weights once. Many sequences at once share a "
        f"reading; {llama['serve.fp8.h100'].text()} were measured.",
    )
