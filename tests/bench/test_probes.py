"""Stages alone: what is read is counted, and cold is what came from the disk."""

from __future__ import annotations

import os
import sys

import pytest

from bench.probe import UnavailableError
from bench.probes import storage
from bench.probes.storage import KIB, PATTERNS, Ground, Pattern, Reads, read


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("ground"), size=1 << 20, files=24)


def done(found: Reads | str) -> Reads:
    assert isinstance(found, Reads), found
    return found


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_a_pattern_reads_all_of_its_ground_once(ground: Ground, pattern: Pattern) -> None:
    found = done(read(ground, pattern, "warm", limit_s=60))
    whole = 24 * 16 * KIB if pattern.order == "files" else ground.size
    assert found.bytes == whole
    assert found.requests == whole // pattern.request
    assert found.ns > 0
    assert found.rate == pytest.approx(found.bytes / found.ns * 1e9)


def test_a_pattern_ends_in_time(ground: Ground) -> None:
    found = done(read(ground, Pattern("random", KIB, 2), "warm", limit_s=0))
    assert found.requests == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a process's reads from disk")
def test_what_lies_in_the_cache_is_not_called_cold(ground: Ground) -> None:
    found = done(read(ground, Pattern("sequential", 64 * KIB, 1), "warm", limit_s=60))
    assert found.cold is False


@pytest.mark.parametrize(
    ("counted", "cold"), [(900, True), (899, False), (0, False), ("unavailable: no", None)]
)
def test_cold_is_what_came_from_the_disk(counted: int | str, cold: bool | None) -> None:
    assert Reads(PATTERNS[0], "cold", 1, 1000, 1, counted).cold is cold


def test_where_no_cache_can_be_dropped_the_reason_is_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    said = read(ground, PATTERNS[0], "cold", limit_s=60)
    assert said == "unavailable: no way to drop a file from the cache here"


def test_a_system_that_counts_nothing_is_said_to(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise UnavailableError("not counted")

    monkeypatch.setattr(storage, "_disk_bytes", refuse)
    found = done(read(ground, PATTERNS[2], "warm", limit_s=60))
    assert found.disk_bytes == "unavailable: not counted"
    assert found.cold is None
