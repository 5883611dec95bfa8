"""What batches took is joined from two sides: who loaded them, and who consumed them."""

from __future__ import annotations

import os
import time
from array import array
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="a loader is torch's")

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from bench.diagnosis.instruments import Look, Row
from bench.diagnosis.variants import LOADER_AS_IS, variant_of
from bench.diagnosis.window import (
    LoaderWindow,
    _as_made,
    _by_number,
    _by_rank,
    _in_turn,
    _joined,
    _Steady,
    _times,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MS = 1_000_000


def row(batch: int, start: int, done: int, **times: int) -> Row:
    """Return a row, with times in ms; all of it was fetching."""
    fields = dict.fromkeys(Row._fields, 0) | {"fetch": (done - start) * MS}
    fields |= {name: value * MS for name, value in times.items()}
    return Row(**(fields | {"batch": batch, "start": start * MS, "done": done * MS}))


def columns(*batches: tuple[int, int, int, int]) -> dict[str, array[int]]:
    """Return the consumer's times of batches: epoch, requested, received, done, in ms."""
    names = ("epoch", "requested", "received", "done", "index", "delay")
    rows = [(epoch, *(ms * MS for ms in times), 0, 0) for epoch, *times in batches]
    turned = zip(*rows, strict=True)
    return {name: array("q", values) for name, values in zip(names, turned, strict=True)}


def ends(joined: list[Row | None]) -> list[int | None]:
    """Return when each batch was on its way, in ms."""
    return [known.done // MS if known else None for known in joined]


def test_batches_of_workers_are_joined_by_their_numbers_and_epochs() -> None:
    given = columns((0, 0, 10, 11), (0, 11, 20, 21), (1, 30, 40, 41))
    logged = [row(1, 2, 19), row(0, 1, 9), row(0, 31, 39)]
    assert ends(_joined(logged, given, [0, 30 * MS], _by_number)) == [9, 19, 39]


def test_a_batch_that_nobody_logged_is_left_open() -> None:
    given = columns((0, 0, 10, 11), (0, 11, 20, 21))
    assert ends(_joined([row(1, 2, 19)], given, [0], _by_number)) == [None, 19]


def test_batches_of_the_consumer_itself_are_joined_in_order() -> None:
    given = columns((0, 0, 10, 11), (0, 11, 20, 21))
    logged = [row(-1, 0, 10), row(-1, 11, 20)]
    assert ends(_joined(logged, given, [0], _in_turn)) == [10, 20]


def test_batches_out_of_order_are_joined_as_they_were_made() -> None:
    given = columns((0, 0, 10, 11), (0, 11, 20, 21), (0, 21, 30, 31))
    logged = [row(0, 0, 29), row(1, 0, 9), row(2, 10, 19)]
    assert ends(_joined(logged, given, [0], _as_made)) == [9, 19, 29]


def test_numbers_are_left_out_where_a_worker_of_an_iterable_has_ended() -> None:
    given = columns((0, 0, 10, 11), (0, 11, 20, 21), (0, 21, 30, 31))
    logged = [row(1, 0, 9), row(3, 10, 19), row(5, 20, 29)]
    assert ends(_joined(logged, given, [0], _by_rank)) == [9, 19, 29]


def test_a_wait_is_taken_apart() -> None:
    given = columns((0, 0, 10, 15), (0, 15, 17, 20))
    joined: list[Any] = [row(0, 0, 7, collate=1), row(1, 1, 12)]
    times = _times(given, joined, 2)
    assert [t["receive"] for t in times] == pytest.approx([0.003, 0.002])
    assert [t["wait"] for t in times] == pytest.approx([0.010, 0.002])
    assert [t["step"] for t in times] == pytest.approx([0.005, 0.003])
    assert [t["blocked"] for t in times] == [0, 0]


def test_a_slow_batch_blocks_for_as_long_as_later_ones_were_ready() -> None:
    given = columns((0, 0, 50, 51), (0, 51, 52, 53), (0, 53, 54, 55))
    joined: list[Any] = [row(0, 0, 49), row(1, 0, 10), row(2, 10, 20)]
    times = _times(given, joined, 4)
    assert [t["blocked"] for t in times] == pytest.approx([0.039, 0, 0])


def test_batches_are_joined_where_another_epoch_was_only_begun() -> None:
    given = columns((0, 0, 10, 11), (0, 11, 20, 21))
    logged = [row(0, 1, 9), row(1, 2, 19), row(0, 31, 39), row(1, 32, 45)]
    for delivery in (_by_number, _by_rank, _as_made):
        assert ends(_joined(logged, given, [0, 30 * MS], delivery)) == [9, 19]


@pytest.mark.process
def test_a_window_keeps_its_rows_and_its_epochs_where_another_is_begun(tmp_path: Path) -> None:
    loader = DataLoader(Numbers(), batch_size=2, num_workers=1, multiprocessing_context="spawn")
    look = Look(str(tmp_path))
    watched = variant_of(loader, LOADER_AS_IS, look)
    summary = LoaderWindow(watched, lambda batch: None, tmp_path).run(0.0, starts=2)
    assert summary["batches"] == len(summary["times"]) == summary["epoch_batches"] == 3
    assert len(summary["first_batch_s"]) == 2
    assert all(batch["slowest"] >= 0.002 for batch in summary["times"])


class Uneven(IterableDataset[Any]):
    """Of two workers, the second has three samples, the first one."""

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        assert worker is not None
        for number in range(3 if worker.id else 1):
            time.sleep(0.02 * (1 + number))
            yield torch.tensor(number)


@pytest.mark.process
def test_what_each_batch_took_is_right_where_a_worker_ends_early(tmp_path: Path) -> None:
    loader = DataLoader(Uneven(), batch_size=None, num_workers=2)
    watched = variant_of(loader, LOADER_AS_IS, Look(str(tmp_path)))
    summary = LoaderWindow(watched, lambda batch: None, tmp_path).run(0.0, starts=2)
    took = [round(batch["fetch"] / 0.02) for batch in summary["times"]]
    assert took[:2] == [1, 1]
    assert took[2:] == [2, 3]


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="what ended processes took is a POSIX matter")
def test_the_cpu_time_of_earlier_epochs_counts(tmp_path: Path) -> None:
    loader = DataLoader(Work(), batch_size=2, num_workers=1)
    watched = variant_of(loader, LOADER_AS_IS, Look(str(tmp_path)))
    summary = LoaderWindow(watched, lambda batch: None, tmp_path).run(0.5, starts=0)
    assert summary["epochs"] > 1
    assert summary["cpu_s"]["worker 0"] > 0.8 * Work.SECONDS * (summary["samples"] - 4)


class Work(Dataset[Any]):
    """Six samples, of 5 ms of CPU time each."""

    SECONDS = 0.005

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Any:
        end = time.thread_time() + self.SECONDS
        while time.thread_time() < end:
            pass
        return torch.tensor(index)


class Numbers(Dataset[Any]):
    """Six samples, of 2 ms each."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Any:
        time.sleep(0.002)
        return torch.tensor(index)


def test_the_steady_period_has_no_beginning_of_an_epoch() -> None:
    given = columns(*((0, 0, 100 + 10 * n, 100 + 10 * n) for n in range(9)))
    assert _Steady(given, [(100 * MS, 0, False)], ahead=2).period_s == pytest.approx(0.010)
    # A whole epoch counts from its first batch on, with those that were loaded ahead.
    assert _Steady(given, [(100 * MS, 0, True)], ahead=2).period_s == pytest.approx(0.010)
    assert _Steady(given, [(100 * MS, 0, True)], ahead=2).p99_s == pytest.approx(0.010)
