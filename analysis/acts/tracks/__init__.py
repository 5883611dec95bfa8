"""The questions of each track, by the device that they are asked of: a module and a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.tracks import cloud_titan, edge_guardian, mobile_nomad, tiny_pioneer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.devices.answer import Answer
    from analysis.devices.scaling import Elsewhere

TRACKS: dict[str, Callable[[Elsewhere, str], Iterator[Answer]]] = {
    "h100": cloud_titan.answers,
    "orin": edge_guardian.answers,
    "rayban": mobile_nomad.answers,
    "hearable": tiny_pioneer.answers,
}
"""What gives the answers, asked with the codec whose cost matters."""
