"""Which samples and processes count, and what a run's verdict says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.statistics.timing import timing
from analysis.statistics.verdict import Trust, verdict
from bench.bundle import Bundle, Gate, Problem, references_us
from tests.conftest import block

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.bundle import Block

    MakeBundle = Callable[..., Bundle]

CASE = "decode/json/lines/wire/tokens-1024/b256"
SLOW = (900, 900, 900, 900)


def only(bundle: Bundle, name: str = CASE) -> object:
    (case,) = (case for case in bundle.cases if case.id == name)
    return timing(case, references_us(bundle), bundle.run.processes)


def test_median_of_process_medians(make_bundle: MakeBundle) -> None:
    blocks = [block(10 + k, 11 + k, 90, process=k, order=k) for k in range(3)]
    result = timing_of(make_bundle({CASE: blocks}))
    assert result.time_s.value == pytest.approx(0.012)
    assert result.medians_s == pytest.approx({0: 0.011, 1: 0.012, 2: 0.013})
    assert (result.samples, result.outliers, result.disturbed) == (9, 3, 0)
    assert result.trusted


def timing_of(bundle: Bundle, name: str = CASE):  # type: ignore[no-untyped-def]
    result = only(bundle, name)
    assert result is not None
    return result


def test_disturbed_processes_are_set_aside_where_most_are_calm(make_bundle: MakeBundle) -> None:
    blocks = [block(10, 10, 10, process=k, order=k) for k in range(4)]
    # Its canary was calm once, so the process has a reference; its samples were not.
    blocks.append(block(17, 17, 17, process=4, order=4, canary_us=(500, 900, 900, 900)))
    result = timing_of(make_bundle({CASE: blocks}))
    assert result.medians_s.keys() == {0, 1, 2, 3}
    assert result.time_s.high == pytest.approx(0.010)
    assert (result.processes, result.disturbed, result.trusted) == (5, 1, True)


def test_all_processes_count_where_most_are_disturbed(make_bundle: MakeBundle) -> None:
    blocks = [
        block(10 + k, 10 + k, 10 + k, process=k, order=k, canary_us=(500, *SLOW[1:]))
        for k in range(2)
    ]
    blocks.append(block(10, 10, 10, process=2, order=2))
    result = timing_of(make_bundle({CASE: blocks}))
    assert result.medians_s.keys() == {0, 1, 2}
    assert not result.trusted


def test_a_rerun_adds_to_its_process(make_bundle: MakeBundle) -> None:
    first = block(17, 17, 17, order=0, canary_us=(500, 900, 900, 900), gates=Gate.CANARY)
    again = block(10, 10, 10, order=1, attempt=2)
    result = timing_of(make_bundle({CASE: [first, again]}))
    assert result.medians_s == pytest.approx({0: 0.010})
    assert (result.samples, result.processes) == (6, 1)


def test_choice_of_samples_does_not_look_at_them(make_bundle: MakeBundle) -> None:
    """An outlier in a calm spell counts: it is the case's own, not the machine's."""
    result = timing_of(make_bundle({CASE: [block(10, 99, 10, 99, 99, process=0)]}))
    assert result.medians_s == pytest.approx({0: 0.099})


def test_a_case_without_blocks_has_no_time(make_bundle: MakeBundle) -> None:
    assert only(make_bundle({})) is None


def calm_run() -> dict[str, list[Block]]:
    return {CASE: [block(10, 10, 10, process=k, order=k) for k in range(5)]}


def test_a_quiet_run_is_valid(make_bundle: MakeBundle) -> None:
    assert verdict(make_bundle(calm_run())).trust is Trust.VALID
    assert verdict(make_bundle(calm_run())).reasons == ()


def noisy(gate: Gate) -> dict[str, list[Block]]:
    return {
        CASE: [
            block(10, 10, 10, process=k, order=k, canary_us=(500, 900, 900, 900), gates=gate)
            for k in range(5)
        ]
    }


@pytest.mark.parametrize(
    ("gate", "message"), [(Gate.CPU, "other programs took"), (Gate.CANARY, "speed changed")]
)
def test_a_noisy_run_is_suspect_and_says_why(
    make_bundle: MakeBundle, gate: Gate, message: str
) -> None:
    result = verdict(make_bundle(noisy(gate)))
    assert result.trust is Trust.SUSPECT
    assert message in result.reasons[0].what
    assert "close other programs" in result.reasons[0].advice


def with_environment(bundle: Bundle, when: str, **facts: object) -> Bundle:
    look = getattr(bundle, when).model_copy(update=facts)
    return bundle.model_copy(update={when: look})


def test_a_process_slow_from_beginning_to_end_is_seen(make_bundle: MakeBundle) -> None:
    """Its own canaries are all alike, so only another process shows it."""
    blocks = calm_run()[CASE][:2]
    blocks.append(block(16, 16, 16, process=2, order=2, canary_us=(800,) * 4))
    result = verdict(make_bundle({CASE: blocks}))
    assert result.trust is Trust.SUSPECT
    assert "one process ran 60 % slower" in result.reasons[0].what


def test_what_is_missing_makes_a_run_suspect(make_bundle: MakeBundle) -> None:
    bundle = make_bundle(calm_run(), left_out=["decode/x"])
    result = verdict(bundle)
    assert result.trust is Trust.SUSPECT
    assert f"1 of {len(bundle.cases)} cases were left out" in result.reasons[0].what
    few = {CASE: [block(10, 10, 10)]}
    assert not timing_of(make_bundle(few, processes=3)).trusted
    assert verdict(make_bundle(few, processes=3)).trust is Trust.SUSPECT


def test_most_means_more_than_half(make_bundle: MakeBundle) -> None:
    blocks = [block(10, 10, 10, process=k, order=k) for k in range(10)]
    for k in range(5):
        blocks[k] = blocks[k]._replace(canary_us=(500, 900, 900, 900))
    assert not timing_of(make_bundle({CASE: blocks})).trusted
    blocks[0] = block(10, 10, 10)
    assert timing_of(make_bundle({CASE: blocks})).trusted


def test_outliers_are_counted_where_most_samples_are_equal(make_bundle: MakeBundle) -> None:
    result = timing_of(make_bundle({CASE: [block(10, 10, 10, 10, 10, 10, 90)]}))
    assert result.outliers == 1


def test_a_quota_of_time_makes_a_run_suspect_and_is_named(make_bundle: MakeBundle) -> None:
    bundle = make_bundle(calm_run())
    before = with_environment(bundle, "before", quota_throttled=3)
    result = verdict(with_environment(before, "after", quota_throttled=9))
    assert result.trust is Trust.SUSPECT
    assert (
        "a quota of time on the processor stopped all processes 6 times" in result.reasons[0].what
    )
    for unknown in (3, "unavailable: no quota"):
        assert verdict(with_environment(before, "after", quota_throttled=unknown)).reasons == ()


def test_what_slows_processes_from_outside_makes_a_run_invalid(make_bundle: MakeBundle) -> None:
    bundle = make_bundle(calm_run()).model_copy(update={"slowed_by": ("tracemalloc",)})
    result = verdict(bundle)
    assert result.trust is Trust.INVALID
    assert "slowed from outside: tracemalloc" in result.reasons[0].what


def test_surroundings_make_a_run_suspect(make_bundle: MakeBundle) -> None:
    bundle = make_bundle(calm_run())
    for when, facts, message in (
        ("before", {"busy_percent": 60}, "60 % of the processor"),
        ("after", {"power": "battery"}, "on battery"),
    ):
        result = verdict(with_environment(bundle, when, **facts))
        assert (result.trust, len(result.reasons)) == (Trust.SUSPECT, 1)
        assert message in result.reasons[0].what
    hot = with_environment(with_environment(bundle, "before", throttled=3), "after", throttled=8)
    assert "slowed 5 times" in verdict(hot).reasons[0].what


def test_a_partial_run_says_how_to_go_on(make_bundle: MakeBundle) -> None:
    result = verdict(make_bundle(calm_run(), state="partial"))
    assert result.trust is Trust.SUSPECT
    assert "--resume" in result.reasons[0].advice


def test_failures_are_named_the_worst_first(make_bundle: MakeBundle) -> None:
    bundle = make_bundle(calm_run())
    problems = {0: Problem.RAISED, 1: Problem.WRONG_OUTPUT, 2: Problem.CRASHED}
    cases = tuple(
        case.model_copy(update={"problem": problems.get(rank)})
        for rank, case in enumerate(bundle.cases)
    )
    result = verdict(bundle.model_copy(update={"cases": cases}))
    assert result.trust is Trust.INVALID
    assert [reason.trust for reason in result.reasons] == [
        Trust.INVALID,
        Trust.SUSPECT,
        Trust.SUSPECT,
    ]
    assert bundle.cases[1].id in result.reasons[0].what


def test_nothing_measured_is_invalid(make_bundle: MakeBundle) -> None:
    assert verdict(make_bundle({})).trust is Trust.INVALID
