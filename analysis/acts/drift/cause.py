"""What changed: which channel's gain, by how much, since when; and what clipping hides of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.drift.stream import CHANNELS
from analysis.statistics.change import change_point, gain_estimate
from formats.payloads.doorbell import ONE
from formats.payloads.reports import SEEN

if TYPE_CHECKING:
    from analysis.acts.drift.stream import Array, CityStream
    from analysis.statistics.drift import Estimate
    from formats.payloads.doorbell import Firmware

_GREEN = CHANNELS.index("green")
_DARK = 105
"""The highest level of green of a shadow that does not clip in another channel."""


@dataclass(frozen=True)
class Cause:
    """What a change comes from, as far as the reports of a city say."""

    gains: dict[str, Estimate]
    """By channel but green: the gain over green's, with 90 % intervals."""
    since: Estimate
    """The first day after the change, from 0."""
    clipped: dict[str, float]
    """By channel: the share of pixels that clip after it."""

    @property
    def channel(self) -> str:
        """The one whose gain moved most."""
        return max(self.gains, key=lambda name: abs(np.log(self.gains[name].value)))

    @property
    def gain(self) -> Estimate:
        """Of that channel."""
        return self.gains[self.channel]


def cause(city: CityStream, since: int | None) -> Cause:
    """Return what a city's reports say of an update, of which they know neither day nor gain.

    Gains are those of shadows: what is dark does not clip. Day means of their logarithms less
    green's, so that brighter weather does not count; days are the unit, since they share weather.

    Args:
        city: its reports.
        since: the day of the update, from 0; None: it has none.

    """
    ratios = _day_ratios(city.shadows_since(since))
    # The channel whose steps are the largest says when.
    moved = int(np.argmax(np.ptp(ratios, axis=0)))
    step = change_point(ratios[:, moved])
    first = int(step.value)
    gains = {
        name: gain_estimate(ratios[:first, place], ratios[first:, place])
        for place, name in enumerate(CHANNELS)
        if place != _GREEN
    }
    clipped = city.clipped[0] if since is None else city.clipped[1][since:]
    shares = clipped.mean(axis=(0, 1)) / SEEN
    return Cause(gains, step, dict(zip(CHANNELS, map(float, shares), strict=True)))


def _day_ratios(shadows: Array) -> Array:
    """Return the logarithm of each day's shadows over green's, by channel, shape (days, 3).

    Of pictures that are dark in green alone, which an update leaves as it is: of the others even
    the shadows may clip, and to leave out what clips would choose by what is to be found. The
    median over them; all of a day without any.
    """
    levels = np.log(np.maximum(shadows, 1.0))
    ratios = levels - levels[..., _GREEN, None]
    dark = shadows[..., _GREEN] <= _DARK
    days = (day[chosen] if chosen.any() else day for day, chosen in zip(ratios, dark, strict=True))
    return np.stack([np.median(day, axis=0) for day in days])


def truth(update: Firmware) -> dict[str, float]:
    """Return the gains that the firmware has, by channel but green."""
    return {"red": update.red / ONE, "blue": update.blue / ONE}
