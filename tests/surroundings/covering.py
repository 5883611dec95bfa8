"""Rows that cover all pairs: each level of a factor with each level of every other factor."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, str]


def pairs(row: Mapping[str, str]) -> set[frozenset[tuple[str, str]]]:
    """Return the pairs of levels that a row has."""
    return {frozenset(pair) for pair in combinations(row.items(), 2)}


def covering(factors: Mapping[str, Sequence[str]]) -> list[Row]:
    """Return rows that cover all pairs of levels; the same rows each time.

    Each row begins with a pair that none had before, and takes of each other factor the level that
    adds most pairs.
    """
    left = {
        frozenset({(one, a), (two, b)}): None
        for one, two in combinations(factors, 2)
        for a, b in product(factors[one], factors[two])
    }
    rows: list[Row] = []
    while left:
        row = dict(sorted(next(iter(left))))
        for name in sorted(factors.keys() - row.keys()):
            gains = {
                level: sum(frozenset({(name, level), other}) in left for other in row.items())
                for level in factors[name]
            }
            # Of levels that add as much, another one each time.
            best = [level for level in gains if gains[level] == max(gains.values())]
            row[name] = best[len(rows) % len(best)]
        for pair in pairs(row):
            left.pop(pair, None)
        rows.append({name: row[name] for name in factors})
    return rows


def each_once(factors: Mapping[str, Sequence[str]]) -> list[Row]:
    """Return as many rows as the longest factor has levels; each level of each is in one."""
    count = max(map(len, factors.values()))
    return [
        {
            name: levels[(place + place // len(levels)) % len(levels)]
            for name, levels in factors.items()
        }
        for place in range(count)
    ]
