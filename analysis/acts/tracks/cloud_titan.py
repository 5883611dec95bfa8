"""Cloud Titan, an H100: what feeds it, and whether Llama-3-70B fits and how fast it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.devices.answer import Answer
from bench.bundle import Setup
from hardware_profiles.catalogue import catalogue
from hardware_profiles.quantity import exact, maximum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import Elsewhere

_TIERS = ("s3_standard", "ebs_gp2", "sata_ssd", "nvme_gen4")
_SIDES = 224


def answers(there: Elsewhere, codec: str) -> Iterator[Answer]:
    """Yield what feeding ResNet-50 and serving Llama-3-70B ask of this server."""
    yield from _feeding(there, codec)
    yield from _serving(there)


def _feeding(there: Elsewhere, codec: str) -> Iterator[Answer]:
    resnet, server = catalogue()["resnet50"], there.profile
    demand = resnet["demand.h100"]
    needed = (demand * resnet["record.jpeg"]).to("MB/s")
    yield Answer(
        "What must storage give one accelerator that trains ResNet-50?",
        needed,
        f"{needed.text()} of JPEG records, at {demand.text()}. Sources disagree: an untuned step "
        "takes 1,786 images a second, one tuned for a benchmark 7,058.",
    )
    for name in _TIERS[:3]:
        read = catalogue()[name]["read"]
        idle = maximum(1 - read / needed, 0.0).to("percent")
        yield Answer(
            f"How long does it wait where {name} feeds one accelerator alone?",
            idle,
            f"{idle.text()} of the time, at {read.to('MB/s').text()}.",
        )
    sample, making = there.sample("image", codec, "storage", "decode", "transform")
    # Work on images grows with their bytes: ours are smaller.
    usual = there.found.machine.completed(Setup(payload="image", codec=codec))
    larger = exact((_SIDES / (usual.size or _SIDES)) ** 2)
    cores = (demand * sample * larger).to("1")
    mine = server["cpu.cores"] / server["accelerator.count"]
    enough = (cores - mine).chance_below(0.0)
    yield Answer(
        f"How many cores make batches for one accelerator, from {usual.codec}?",
        cores,
        f"{cores.text()}; its share of the server is {mine.value:.0f}, which is enough with a "
        f"probability of {enough:.0%} (decode and transform: {making.basis} here).",
    )


def _serving(there: Elsewhere) -> Iterator[Answer]:
    llama, server = catalogue()["llama3_70b"], there.profile
    memory = server["accelerator.memory"]
    for kind in ("bf16", "fp8"):
        weights = llama[f"model.size.{kind}"]
        left = (memory - weights).to("GB")
        room = (left / llama[f"model.state.{kind}"]).to("token")
        fits = left.value > 0
        yield Answer(
            f"Does Llama-3-70B fit one H100 in {kind}?",
            left,
            f"Yes: {left.text()} are left, a key-value cache of {room.text()} in all."
            if fits
            else f"No: {weights.text()} of weights are {-left.value:.0f} GB more than it holds.",
        )
    weights = llama["model.size.fp8"]
    for name in _TIERS:
        load = (weights / catalogue()[name]["read"]).to("s")
        yield Answer(f"How long does loading it in fp8 from {name} take?", load, f"{load.text()}.")
    bound = (server["accelerator.bandwidth"] / weights).to("Hz")
    yield Answer(
        "How many tokens a second can one sequence have at most?",
        bound,
        f"{bound.value:.0f} tokens/s: each reads all weights once. Many sequences at once share a "
        f"reading; {llama['serve.h100'].text()} were measured.",
    )
