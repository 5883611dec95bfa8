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

    def __str__(self) -> str:
        return "/".join(map(str, self))


class Group(NamedTuple):
    """Networks that are trained at once."""

    what: str
    """In words, for the screen."""
    settings: tuple[Setting, ...]
    seed: int


_NOISES: tuple[tuple[Noise, int], ...] = (
    ("none", 0),
    ("uniform", 200),
    ("uniform", 400),
    ("confusing", 200),
    ("confusing", 400),
    ("uniform", 100),
    ("uniform", 600),
)


@dataclass(frozen=True)
class Plan:
    """What a seed trains."""

    sizes: tuple[int, ...] = (125, 250, 500, 1000, 2000, 4000)
    """Of the curve, in samples."""
    noises: tuple[tuple[Noise, int], ...] = _NOISES
    """Of the curve: the kind, and how many per mille of the labels are wrong."""
    filtered: tuple[tuple[Noise, int], ...] = (*_NOISES[:3], _NOISES[4])
    """Of the largest size, which is filtered."""
    kept: tuple[int, ...] = (900, 700, 500, 300, 200)
    """Shares that a filter keeps, per mille."""
    repeated: tuple[int, ...] = (200, 500)
    """How many per mille are copies, of half the largest size."""
    at_once: int = 24
    """Networks of a group at the most, so that time is up within seconds of when it should be."""

    def groups(self, seeds: int) -> Iterator[Group]:
        """Yield all groups: seed by seed, each with the curve, filters, and duplicates."""
        for seed in range(seeds):
            yield from self._chunks("sizes and noise", self._curve(), seed)
            yield from self._chunks("kept by loss", self._kept("loss"), seed)
            yield from self._chunks("kept at random", self._kept("random"), seed)
            yield from self._chunks("duplicates", self._duplicates(), seed)

    def _chunks(self, what: str, settings: list[Setting], seed: int) -> Iterator[Group]:
        count = -(-len(settings) // self.at_once)
        for part in range(count):
            yield Group(what, tuple(settings[part::count]), seed)

    def _curve(self) -> list[Setting]:
        return [Setting(n, *noise) for n in reversed(self.sizes) for noise in self.noises]

    def _kept(self, selection: Selection) -> list[Setting]:
        largest = max(self.sizes)
        return [
            Setting(largest, noise, permille, 0, selection, kept)
            for noise, permille in self.filtered
            for kept in self.kept
        ]

    def _duplicates(self) -> list[Setting]:
        half = max(self.sizes) // 2
        return [
            Setting(half, noise, permille, share, selection, kept)
            for noise, permille in self.noises[:2]
            for share in self.repeated
            for selection, kept in _copies(share)
        ]


def _copies(share: int) -> tuple[tuple[Selection, int], ...]:
    """Return what is kept of samples with a share of copies: all, or one of each."""
    return (("none", 1000), ("dedup", 1000 - share))
