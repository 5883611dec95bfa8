"""Tiny Pioneer, an earbud: audio in half a megabyte, within ten milliseconds, a milliwatt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.devices.answer import Answer
from hardware_profiles.catalogue import catalogue
from hardware_profiles.quantity import exact, maximum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.scaling import Elsewhere


def answers(there: Elsewhere, codec: str) -> Iterator[Answer]:
    """Yield what buffering and hearing take of memory, time and power."""
    bud, mission = there.profile, catalogue()["tiny_pioneer"]
    spotter = catalogue()["keyword_spotter"]
    stream, memory = bud["audio.microphones.data_rate"], bud["memory.capacity"]
    window = exact(1, "s")
    share = (stream * window / memory).to("percent")
    yield Answer(
        "What share of the memory does a second of audio take?",
        share,
        f"{share.text()} of {memory.text()}, from two microphones; twice that where one buffer "
        "fills while the other is worked on.",
    )
    half = (memory / 2 / stream).to("s")
    yield Answer(
        "How much audio takes half of the memory?", half, f"{half.text()}: so long is the plan's."
    )
    deadline = mission["target.latency"]
    hearing = (exact(1, "inference") / spotter["serve.hearable"]).to("ms")
    yield Answer(
        "Does the network answer within 10 ms?",
        hearing,
        f"{hearing.text()} on this core: a miss with a probability of "
        f"{1 - hearing.chance_below(deadline):.0%}. A neural decision processor takes "
        f"{(exact(1, 'inference') / spotter['serve.ndp9120']).to('ms').text()}.",
    )
    budget = mission["budget.power"]
    duty = (hearing * bud["power.active"] / window).to("mW")
    yield Answer(
        "Does one answer a second stay under 1 mW?",
        duty,
        f"{duty.text()} for the core while it works, without microphones and radio: under the "
        f"budget with a probability of {duty.chance_below(budget):.0%}.",
    )
    unpacking, making = there.sample("audio", codec, "decode", "transform")
    unpacking = maximum(unpacking * exact(1, "sample"), exact(0.0, "s"))
    # The index is of the clock that is stated; at half of that it takes twice as long.
    cycles = (unpacking * exact(bud["cpu.clock"].to("Hz").value, "Hz")).to("1")
    yield Answer(
        f"How many cycles does a second of audio take to decode from {codec}?",
        cycles,
        f"{cycles.text()} cycles, {unpacking.to('ms').text()} ({making.basis} here). Python and "
        "torch would not run on it: this is what the same work in C takes, at most.",
    )
    joules = (unpacking * bud["power.active"]).to("uJ")
    sending = (stream * window * bud["interface.bluetooth_le.energy"]).to("uJ")
    yield Answer(
        "What does decoding it take, beside sending it?",
        joules,
        f"{joules.text()}; to send that second over Bluetooth takes {sending.text()}.",
    )
