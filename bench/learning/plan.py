"""What is trained, the most informative first: settings of the data, in groups trained at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bundle import Noise, Selection


class Setting(NamedTuple):
    """One setting of the data; as a cell of the bundle names it."""

    samples: int
    noise: Noise = "none"
    noise_permille: int = 0
    duplicates_permille: int = 0
    selection: Selection = "none"
    kept_permille: int = 1000

    @property
    def trained(self) -> int:
        """How many samples are kept."""
        return round(self.samples * self.kept_permille / 1000)

    def __str__(self) -> str:
        return "/".join(map(str, self))


class Member(NamedTuple):
    """A network that is to be trained."""

    setting: Setting
    seed: int


class Group(NamedTuple):
    """Networks that are trained at once: on equally many samples each, so for as many steps."""

    what: str
    """In words, for the screen."""
    members: tuple[Member, ...]


_NOISES: tuple[tuple[Noise, int], ...] = (
    ("none", 0),
    ("uniform", 200),
    ("uniform", 400),
    ("confusing", 200),
    ("confusing", 400),
    ("uniform", 100),
    ("uniform", 600),
)
_FILTERS: tuple[Selection, ...] = ("loss", "random")


@dataclass(frozen=True)
class Plan:
    """What a seed trains."""

    sizes: tuple[int, ...] = (4000, 250, 1000, 500, 2000, 125)
    """Of the curve, in samples."""
    noises: tuple[tuple[Noise, int], ...] = _NOISES
    """Of the curve: the kind, and how many per mille of the labels are wrong."""
    filtered: tuple[tuple[Noise, int], ...] = (*_NOISES[:3], _NOISES[4])
    """Of the largest size, which is filtered."""
    kept: tuple[int, ...] = (500, 300, 700, 200, 900)
    """Shares that a filter keeps, per mille."""
    repeated: tuple[int, ...] = (500, 200)
    """How many per mille are copies, of half the largest size."""
    seeds_at_once: int = 3

    def groups(self, seeds: int) -> Iterator[Group]:
        """Yield all groups: some seeds at a time, each with the curve, filters, and duplicates."""
        for first in range(0, seeds, self.seeds_at_once):
            some = range(first, min(first + self.seeds_at_once, seeds))
            for size in self.sizes:
                settings = [Setting(size, *noise) for noise in self.noises]
                yield _group(f"{size:,} samples", settings, some)
            for kept in self.kept:
                yield _group(f"{kept / 10:g} % kept", self._kept(kept), some)
            for trained, settings in self._duplicates().items():
                yield _group(f"copies, {trained:,} samples", settings, some)

    def _kept(self, kept: int) -> list[Setting]:
        largest = max(self.sizes)
        return [
            Setting(largest, noise, permille, 0, selection, kept)
            for selection in _FILTERS
            for noise, permille in self.filtered
        ]

    def _duplicates(self) -> dict[int, list[Setting]]:
        """Return settings with copies, and with one of each, by how many samples are left."""
        half = max(self.sizes) // 2
        by_trained: dict[int, list[Setting]] = {}
        for noise, permille in self.noises[:2]:
            for share in self.repeated:
                with_copies = Setting(half, noise, permille, share)
                without = with_copies._replace(selection="dedup", kept_permille=1000 - share)
                for setting in (with_copies, without):
                    by_trained.setdefault(setting.trained, []).append(setting)
        return by_trained


def _group(what: str, settings: list[Setting], seeds: range) -> Group:
    return Group(what, tuple(Member(setting, seed) for seed in seeds for setting in settings))
