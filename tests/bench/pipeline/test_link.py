"""An emulated link: the turns of requests, and which reads count as late."""

from __future__ import annotations

import multiprocessing

from bench.pipeline.link import Link, LinkReader
from hardware_profiles.service import Service

MS = 1_000_000


def link(rate: float, latency_s: float, requests_per_s: float | None = None) -> Link:
    service = Service(rate, latency_s, requests_per_s)
    return Link(multiprocessing.Value("q", 0), service)


def test_the_second_request_waits_for_the_bytes_of_the_first() -> None:
    shared = link(1e6, 0.01)
    assert shared.book(1000, requested_ns=0) == 1 * MS + 10 * MS
    # Its first byte is on its way at the same time.
    assert shared.book(500, requested_ns=0) == 1.5 * MS + 10 * MS
    # An idle link saves nothing up.
    assert shared.book(1000, requested_ns=50 * MS) == 51 * MS + 10 * MS


def test_a_hard_disk_serves_one_request_after_another() -> None:
    disk = link(1e9, 0.005, 100)
    assert disk.book(1000, requested_ns=0) == 10 * MS + 1000
    assert disk.book(20_000_000, requested_ns=0) == 10 * MS + 1000 + 10 * MS + 20 * MS


def test_the_latencies_of_flash_overlap_up_to_its_request_rate() -> None:
    flash = link(1e9, 0.005, 1000)
    assert flash.book(1000, requested_ns=0) == 5 * MS + 1000
    assert flash.book(1000, requested_ns=0) == 1 * MS + 5 * MS + 1000


def test_an_overlong_sleep_makes_no_read_late() -> None:
    reader = LinkReader(link(1e9, 0.0))
    reader._lag_ns = 3 * MS
    assert not reader.wait(1_000_000, reader.request())
    assert reader._lag_ns > 1.5 * MS


def test_a_read_that_was_slower_than_the_link_is_late() -> None:
    reader = LinkReader(link(1e9, 0.0))
    assert reader.wait(1_000_000, reader.request() - 10 * MS)
