"""What holds a loader back is named, from records of which it is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analysis.diagnosis.answer import answer
from analysis.diagnosis.evidence import Part, evidence
from analysis.diagnosis.verdict import Cause, bottleneck
from analysis.statistics.number import Number
from bench.diagnosis.record import CHANGE, Variant
from tests.analysis.diagnosis.records import diagnosis, run

if TYPE_CHECKING:
    from bench.diagnosis.record import Diagnosis

CLEAR, NONE = Number(1.5, 1.4, 1.6), Number(1.0, 0.9, 1.1)
BUSY: dict[str, Any] = {"fetch": 20.0, "cpu": 20.0, "wait": 10.0, "step": 1.0}
WAITS: dict[str, Any] = {"fetch": 20.0, "cpu": 2.0, "wait": 10.0, "step": 1.0}


def named(known: Diagnosis, **gains: Number) -> Cause:
    return bottleneck(known, {name.replace("_", " "): gain for name, gain in gains.items()}).cause


def test_a_step_that_is_fed_is_the_bottleneck() -> None:
    assert named(diagnosis(run(fetch=1, cpu=1, wait=0.1, step=20))) is Cause.STEP


def test_code_that_keeps_all_cores_busy_is_decode() -> None:
    more = run("4 workers", "workers", 4, **BUSY)
    assert named(diagnosis(run(**BUSY), more), **{"4_workers": NONE}) is Cause.DECODE


def test_code_that_more_workers_would_speed_up_is_too_few_of_them() -> None:
    more = run("4 workers", "workers", 4, **BUSY)
    assert named(diagnosis(run(**BUSY), more), **{"4_workers": CLEAR}) is Cause.WORKERS


def test_a_gain_by_fewer_workers_is_no_lack_of_them() -> None:
    fewer = run("1 worker", "workers", 1, **BUSY)
    assert named(diagnosis(run(**BUSY), fewer), **{"1_worker": CLEAR}) is Cause.DECODE


def test_a_fetch_that_waits_is_storage() -> None:
    assert named(diagnosis(run(**WAITS))) is Cause.STORAGE


def test_workers_that_wait_for_each_other_share_a_lock() -> None:
    alone = run("1 worker", "workers", 1, **(WAITS | {"fetch": 10.0}))
    assert named(diagnosis(run(**WAITS), alone)) is Cause.LOCK


def test_workers_that_each_wait_as_long_alone_share_none() -> None:
    alone = run("1 worker", "workers", 1, **WAITS)
    assert named(diagnosis(run(**WAITS), alone)) is Cause.STORAGE


def test_waiting_for_a_core_is_neither_storage_nor_a_lock() -> None:
    assert named(diagnosis(run(**(WAITS | {"delay": 18.0})))) is Cause.DECODE


def test_threads_are_named_if_fewer_of_them_gain() -> None:
    fewer = run("1 thread per worker", "threads", 1, **BUSY)
    known = diagnosis(run(**BUSY), fewer)
    assert named(known, **{"1_thread_per_worker": CLEAR}) is Cause.THREADS


@pytest.mark.parametrize(
    ("times", "cause"),
    [
        ({"collate": 20.0, "cpu": 20.0}, Cause.COLLATE),
        ({"send": 20.0}, Cause.CROSSING),
        ({"receive": 9.0}, Cause.CROSSING),
        ({"index": 9.0}, Cause.SAMPLER),
    ],
)
def test_other_stages_are_named(times: dict[str, Any], cause: Cause) -> None:
    assert named(diagnosis(run(wait=10.0, step=1.0, fetch=0.5, **times))) is cause


def test_handing_over_that_is_slow_only_while_the_workers_are_busy_is_not_crossing() -> None:
    slow = run(**(BUSY | {"receive": 8.0, "send": 5.0}))
    assert named(diagnosis(slow)) is Cause.CROSSING
    alone = run("copies of one batch", "batches", "copies", send=0.1, receive=0.2, wait=1, step=1)
    assert named(diagnosis(slow, alone)) is Cause.DECODE


def test_a_batch_that_holds_up_later_ones_is_a_slow_sample() -> None:
    slow = run(**BUSY, blocked=8.0)
    assert named(diagnosis(slow)) is Cause.SLOW_SAMPLES


def test_an_epoch_that_begins_slowly_is_named() -> None:
    known = run(fetch=1, cpu=1, wait=0.2, step=10, first_batch_s=(2.0,))
    assert named(diagnosis(known, batches=20)) is Cause.FIRST_BATCH
    assert named(diagnosis(known, batches=20_000)) is Cause.STEP


def growing(bytes_per_s: float, free: float = 10**10) -> Any:
    points = tuple((second, int(10**8 + bytes_per_s * second)) for second in range(12))
    return run(
        fetch=1, cpu=1, wait=0.1, step=20, memory_points=points, free_bytes=int(free)
    )  # fmt: skip


def test_memory_that_grows_is_named() -> None:
    holding = bottleneck(diagnosis(growing(5e6)), {})
    assert holding.cause is Cause.GROWTH
    assert holding.growth is not None
    assert holding.growth.bytes_per_s == pytest.approx(5e6)
    assert holding.growth.lasts_s == pytest.approx(10**10 / 5e6)


def test_memory_that_stays_as_it_is_is_not() -> None:
    assert bottleneck(diagnosis(growing(0)), {}).growth is None


@pytest.mark.parametrize("workers", [0, 2])
def test_the_parts_come_to_the_whole_time(workers: int) -> None:
    known = evidence(diagnosis(run(**BUSY, collate=3.0, send=1.0, index=0.2), workers=workers))
    assert sum(known.lost.values()) + known.step == pytest.approx(known.period)
    assert known.lost[Part.FETCH_CPU] > known.lost[Part.COLLATE] > 0


def test_a_loader_without_a_step_is_all_wait() -> None:
    known = evidence(diagnosis(run(**BUSY), has_step=False))
    assert known.step == 0
    assert known.tax == 1


def test_how_sure_it_is_follows_from_the_batches() -> None:
    times = run(**BUSY).times
    mixed = tuple(
        replace(time, fetch=0.0001, cpu=0.0001, collate=0.0201) if number % 2 else time
        for number, time in enumerate(times)
    )
    unsure = bottleneck(diagnosis(replace(run(**BUSY), times=mixed)), {})
    assert 0.2 < unsure.probability < 0.95
    assert bottleneck(diagnosis(run(**BUSY)), {}).probability == 1


def test_changes_are_ranked_by_what_they_gain_at_least() -> None:
    pairs = [
        run(**BUSY, round=number) for number in range(3)
    ] + [
        run("4 workers", "workers", 4, **BUSY, period=period, round=number)
        for number, period in enumerate((5.5, 5.6, 5.4))
    ] + [run("prefetch_factor 4", "prefetch", 4, **BUSY, period=10.9, round=0)]  # fmt: skip
    variants = [
        Variant("4 workers", CHANGE, "workers", 4),
        Variant("prefetch_factor 4", CHANGE, "prefetch", 4),
        Variant("in_order False", CHANGE, "order", False),
        Variant("sharing by x", CHANGE, "sharing", "x"),
    ]
    result = answer(diagnosis(*pairs), variants)
    assert result.changes[0].name == "4 workers"
    assert result.changes[0].gain.value == pytest.approx(2.0, rel=0.03)
    assert result.changes[0].gain.low > 1.5
    known = {change.name: change.gain.kind for change in result.changes}
    assert known == {
        "4 workers": "measured",
        "prefetch_factor 4": "measured",
        "in_order False": "calibrated",
    }


def test_the_fewest_workers_that_feed_the_step_are_those_of_a_run() -> None:
    known = diagnosis(
        run(fetch=20, cpu=1, wait=6, step=10, period=16),
        run("4 workers", "workers", 4, fetch=20, wait=0.1, step=10),
        workers=1,
        cores=8,
    )
    workers = answer(known, ()).workers
    assert workers is not None
    assert (workers.count, workers.kind) == (2, "calibrated")


def test_it_is_said_why_no_workers_feed_the_step() -> None:
    known = diagnosis(run(fetch=40, cpu=40, wait=10, step=10))
    workers = answer(known, ()).workers
    assert workers is not None
    assert workers.count is None
    assert "2 cores give one every 20 ms" in workers.limit


def test_what_the_lock_delays_does_not_hold_up_other_workers() -> None:
    """A batch is received late while its worker's next one holds Python's lock."""
    late = run(fetch=16, cpu=16, receive=8, wait=7, step=9, period=16)
    alone = run("copies of one batch", "batches", "copies", send=0.1, receive=0.2, wait=1, step=9)
    known = diagnosis(late, alone, workers=1)
    workers = answer(known, ()).workers
    assert workers is not None
    assert (workers.count, workers.limit) == (2, "")


def test_the_tax_is_a_share_whatever_its_runs() -> None:
    uneven = [
        run(wait=wait, step=10, period=10 + wait, fetch=5, round=number)
        for number, wait in enumerate((1, 40, 4))
    ]
    tax = answer(diagnosis(*uneven), ()).tax
    assert tax is not None
    assert 0 <= tax.low < tax.value < tax.high <= 1


def test_a_change_that_ran_once_is_ranked_by_what_it_gained() -> None:
    pair = run(**BUSY), run("4 workers", "workers", 4, **BUSY, period=5.5)
    variants = [
        Variant("in_order False", CHANGE, "order", False),
        Variant("4 workers", CHANGE, "workers", 4),
    ]
    best = answer(diagnosis(*pair), variants).changes[0]
    assert (best.name, best.gain.kind) == ("4 workers", "measured")
    assert best.gain.low == pytest.approx(2 * 0.85, rel=0.02)


def test_batches_that_are_late_for_a_lock_are_no_slow_samples() -> None:
    late = WAITS | {"blocked": 7.0}
    assert named(diagnosis(run(**late))) is Cause.SLOW_SAMPLES
    fewer = run("1 worker", "workers", 1, **(WAITS | {"fetch": 9.0}))
    assert named(diagnosis(run(**late), fewer)) is Cause.LOCK


def test_slow_samples_that_a_short_run_has_none_of_are_no_lock() -> None:
    usual = run(**(WAITS | {"fetch": 3.0, "blocked": 7.0}))
    slow = replace(usual.times[0], fetch=0.5)
    rare = replace(usual, times=(*usual.times[:98], slow, slow))
    fewer = run("1 worker", "workers", 1, **(WAITS | {"fetch": 3.0}))
    assert named(diagnosis(rare, fewer)) is Cause.SLOW_SAMPLES
