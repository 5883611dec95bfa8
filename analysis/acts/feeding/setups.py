"""From the levers of act II to a configuration that the model knows and an experiment runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from bench.bundle import Setup
from formats.names import FORMATS
from formats.payloads import kind

if TYPE_CHECKING:
    from analysis.acts.scenario import Scenario

_PAYLOADS = {"tiny_pioneer": "audio"}
"""What a track's samples are; those of others are pictures."""
_VALUES = {"jpeg": {"image": "image-natural"}}
"""By layout: what is encoded in place of a payload's usual values, which it is not made for."""
_BY_THE_SAMPLE = {"mobile_nomad", "tiny_pioneer"}
"""Tracks that have a deadline for each sample: a step of so many samples takes so many of them."""


def payload_of(track: str) -> str:
    """Return what a track's samples are."""
    return _PAYLOADS.get(track, "image")


def setup_of(scenario: Scenario) -> Setup:
    """Return the configuration of a scenario's levers."""
    form, layout, decoder = (scenario[name] for name in ("format", "layout", "decoder"))
    names = [form]
    if layout != "usual" or decoder != "usual":
        names.append(FORMATS[form].canonical if layout == "usual" else layout)
    if decoder != "usual":
        names.append(decoder)
    own = payload_of(scenario.track)
    payload = _VALUES.get(layout, {}).get(own, own)
    accelerator, rate = scenario["accelerator"], scenario["rate"]
    if accelerator not in LEVERS["accelerator"].names:
        ms = LEVERS["accelerator"].amount(accelerator).to("ms").value
        samples = kind(payload).usual[1] if scenario.track in _BY_THE_SAMPLE else 1
        accelerator = f"{ms * samples:g}ms"
    return Setup(
        payload=payload,
        codec="/".join(names),
        workers=int(LEVERS["workers"].amount(scenario["workers"]).value),
        storage=scenario["storage"],
        accelerator=accelerator,
        method=None if rate == "usual" else rate,
    )
