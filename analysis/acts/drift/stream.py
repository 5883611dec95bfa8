"""The stream of a fleet of doorbells: what its cameras report, day by day, before and updated.

Generated, since no public stream of doorbells says which of its cameras changed: the scenes follow
from a nonce, the gains are those of a real camera (`hardware_profiles/quality/drift.toml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.acts.drift_levers import FIRST_DATE, FIRST_UPDATE, LAST_UPDATE, STREAM_DAYS
from analysis.errors import AnalysisError
from formats.payloads.doorbell import CITIES, Firmware, firmware
from formats.payloads.reports import reports

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"

DEFAULT_NONCE = "self-study"
"""Of streams without a run, and of runs where no course gives its own."""
REFERENCE_DAYS = FIRST_UPDATE - 2
"""At the start of a stream: what all later days are held against."""
UNKNOWN = "unknown"
"""The setting of the lever `city` that leaves it to the nonce."""
CHANNELS = ("red", "green", "blue")


@dataclass(frozen=True)
class CityStream:
    """What one city's cameras report: as before an update, and the same scenes with it."""

    name: str
    before: Array
    """Features, shape (days, pictures a day, len(FEATURES))."""
    after: Array
    shadows: tuple[Array, Array]
    """Before and after, shape (days, pictures a day, 3), in grey levels."""
    clipped: tuple[Array, Array]
    """Before and after, shape (days, pictures a day, 3): pixels at the highest level."""

    def features(self, since: int | None) -> Array:
        """Return features of all days, updated from a day on; None: never."""
        return self.before if since is None else self._joined(self.before, self.after, since)

    def shadows_since(self, since: int | None) -> Array:
        """Return shadows of all days, updated from a day on; None: never."""
        before, after = self.shadows
        return before if since is None else self._joined(before, after, since)

    @staticmethod
    def _joined(before: Array, after: Array, since: int) -> Array:
        return np.concatenate([before[:since], after[since:]])


@dataclass(frozen=True)
class Fleet:
    """The streams of all cities, and the truth about the update."""

    nonce: str
    update: Firmware
    cities: tuple[CityStream, ...]

    @property
    def pictures(self) -> int:
        """Of a city, that are reported a day."""
        return int(self.cities[0].before.shape[1])

    def place(self, setting: str) -> int:
        """Return which city has the update, by the setting of the lever."""
        return CITIES.index(self.update.city if setting == UNKNOWN else setting)


@lru_cache(maxsize=4)
def fleet(nonce: str, pictures: int) -> Fleet:
    """Return the streams of a nonce; they do not depend on any lever.

    Args:
        nonce: of the run, or of the course.
        pictures: of a city, that are reported a day.

    """
    update = firmware(nonce)
    return Fleet(nonce, update, tuple(_city(nonce, city, pictures, update) for city in CITIES))


def _city(nonce: str, city: str, pictures: int, update: Firmware) -> CityStream:
    days = [reports(nonce, city, day, pictures, update) for day in range(STREAM_DAYS)]
    before, after = (
        [np.stack([np.asarray(pair[which][part], float) for pair in days]) for part in range(3)]
        for which in range(2)
    )
    return CityStream(city, before[0], after[0], (before[1], after[1]), (before[2], after[2]))


def day_of(setting: str) -> int:
    """Return the day of a setting of `firmware-date`, from 0.

    Raises:
        AnalysisError: the stream has no reference before it, or none of it after.

    """
    first = date.fromisoformat(FIRST_DATE)
    day = (
        int(setting.removeprefix("day "))
        if setting.startswith("day ")
        else (date.fromisoformat(setting) - first).days + 1
    )
    if not FIRST_UPDATE <= day <= LAST_UPDATE:
        raise AnalysisError(
            f"--firmware-date: {setting} is not within the stream; choose from day {FIRST_UPDATE} "
            f"to day {LAST_UPDATE}"
        )
    return day - 1
