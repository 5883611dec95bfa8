"""The questions of each track, by its mission: a module and a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.tracks import cloud_titan, edge_guardian, mobile_nomad, tiny_pioneer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.acts.answer import Answer
    from analysis.devices.scaling import DeviceView
    from hardware_profiles.catalogue import Catalogue

TRACKS: dict[str, Callable[[DeviceView, str], Iterator[Answer]]] = {
    "cloud_titan": cloud_titan.answers,
    "edge_guardian": edge_guardian.answers,
    "mobile_nomad": mobile_nomad.answers,
    "tiny_pioneer": tiny_pioneer.answers,
}
"""What gives the answers, by mission; it takes a device and the format whose cost matters."""


def device_of(mission: str, catalogue: Catalogue) -> str:
    """Return the device that a mission is about."""
    return catalogue[mission].texts["device"]


def answers(device: DeviceView, format_name: str) -> tuple[Answer, ...]:
    """Return the answers of the track that is about a device; none where no track is."""
    for mission, track in TRACKS.items():
        if device_of(mission, device.catalogue) == device.profile.name:
            return tuple(track(device, format_name))
    return ()
