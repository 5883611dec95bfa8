"""What watching for drift costs a camera a day: bytes on its radio, and their energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.outcome import Result
from formats.payloads.doorbell import FEATURES, SIDE
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Catalogue

_FEATURE_BYTES = 2
"""A feature in fixed point, as a device sends it."""
PICTURE_BYTES = SIDE * SIDE * 3
REPORT_BYTES = _FEATURE_BYTES * len(FEATURES)
"""Of one picture."""


def monitoring(catalogue: Catalogue, track: str) -> list[Result]:
    """Return bytes and energy a day and camera, of features and of whole pictures.

    Args:
        catalogue: the facts.
        track: whose mission; its link's radio sends.

    """
    seen = catalogue["drift"]["items.camera"]
    link = catalogue[LEVERS["link"].default_of(track)]
    energy = link.get("wire.energy")
    results = []
    for name, size, words in (
        ("features", REPORT_BYTES, f"{len(FEATURES)} features of each picture"),
        ("pictures", PICTURE_BYTES, "whole pictures"),
    ):
        data = (seen * exact(size, "B/image")).to("kB")
        text = "A camera a day; how many pictures it takes is assumed."
        results.append(Result(f"monitoring.{name}.bytes", f"To send {words}", data, text))
        if energy is not None:
            joules = (data * energy).to("mJ")
            text = f"A camera a day, by {link.title}."
            results.append(
                Result(f"monitoring.{name}.energy", f"Energy to send {words}", joules, text)
            )
    return results
