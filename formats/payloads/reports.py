"""What doorbells report of a day's scenes, before and after an update, without the pictures.

A device looks at every fourth pixel: as good for a distribution, and four times as fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from formats.payloads.doorbell import FEATURES, SIDE, Firmware, chunks, features_of_planes, levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP = 2
"""Every second row, and in it every second pixel."""
SEEN = (SIDE // _STEP) ** 2
"""Pixels of a picture that are looked at."""
_WHITE = 255
SHADOW = 16
"""A shadow is the level that one pixel in so many lies below."""


class Reports(NamedTuple):
    """Of each picture: features, the shadows' level by channel, and how much of it clips."""

    features: NDArray[np.int64]
    """Shape (pictures, len(FEATURES)): see `formats.payloads.doorbell.features`."""
    shadows: NDArray[np.int64]
    """Shape (pictures, 3), in grey levels: what is dark does not clip, so that a gain shows."""
    clipped: NDArray[np.int64]
    """Shape (pictures, 3), pixels at 255, of those that are looked at."""


def reports(
    nonce: str, city: str, day: int, count: int, update: Firmware | None = None
) -> tuple[Reports, Reports]:
    """Return what a city's cameras report of a day's first scenes, and what they would updated.

    Args:
        nonce: of the stream.
        city: one of CITIES.
        day: of the stream, from 0.
        count: pictures, 0 or more.
        update: what the firmware does to red and blue; None: nothing.

    Raises:
        UnknownNameError: no such city.

    """
    before, after = [_none()], [_none()]
    for canvas, _ in chunks(nonce, city, day, count):
        seen = canvas[:, :, ::_STEP, ::_STEP].transpose(1, 0, 2, 3)
        planes = np.ascontiguousarray(seen).reshape(3, len(canvas), -1)
        dark = np.partition(planes, SEEN // SHADOW, axis=2)
        shadows = dark[:, :, SEEN // SHADOW]
        before.append(_report(planes, shadows))
        if update is not None:
            changed, darker = planes.copy(), shadows.copy()
            for channel, gain in ((0, update.red), (2, update.blue)):
                table = levels(gain)
                # A gain keeps the order of levels, so that it can be applied to shadows alone.
                changed[channel], darker[channel] = table[planes[channel]], table[shadows[channel]]
            after.append(_report(changed, darker))
    joined = Reports(*map(np.concatenate, zip(*before, strict=True)))
    if update is None:
        return joined, joined
    return joined, Reports(*map(np.concatenate, zip(*after, strict=True)))


def _none() -> Reports:
    channels = np.empty((0, 3), dtype=np.int64)
    return Reports(np.empty((0, len(FEATURES)), dtype=np.int64), channels, channels)


def _report(planes: NDArray[np.uint8], shadows: NDArray[np.uint8]) -> Reports:
    clipped = np.count_nonzero(planes == _WHITE, axis=2).T
    return Reports(features_of_planes(planes), shadows.T.astype(np.int64), clipped)
