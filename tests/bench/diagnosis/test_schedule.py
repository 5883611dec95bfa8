"""What is run when: the loader as it is first, then what gains most, side by side with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="a loader is torch's")

from bench.diagnosis.record import CHANGE, CONTROL
from bench.diagnosis.schedule import DiagnosisSchedule, usual_workers
from bench.errors import LoaderError
from tests.analysis.diagnosis.records import FACTS, run

if TYPE_CHECKING:
    from bench.diagnosis.record import Diagnosis, LoaderRun, Variant


class Simulated:
    """Processes that run no loader, and a clock of their own."""

    def __init__(self, *, broken: str = "", **facts: Any) -> None:
        self.facts = replace(FACTS, **facts)
        self.broken, self.now_s = broken, 0.0

    def clock_s(self) -> float:
        return self.now_s

    def run(
        self, variant: Variant, seconds: float, round_: int = 0, starts: int = 0
    ) -> LoaderRun | None:
        self.now_s += seconds + 0.1
        if variant.name == self.broken:
            raise LoaderError("it broke")
        return run(variant.name, variant.field, variant.value, wait=5, step=1, round=round_)

    def values(self, variant: Variant, seconds: float, starts: int = 0) -> dict[str, Any]:
        self.now_s += seconds
        return {"digests": [["a", "b", "c"], ["a", "b", "d"]]}


def schedule(processes: Simulated, budget_s: float = 60.0) -> DiagnosisSchedule:
    return DiagnosisSchedule(processes, "10ms", budget_s, None, processes.clock_s)  # type: ignore[arg-type]


def gain(known: Diagnosis, variant: Variant) -> float | None:
    assert known.runs
    return 3.0 if variant.name == "4 workers" else None


def test_every_round_has_a_run_of_the_loader_as_it_is() -> None:
    plan = schedule(Simulated())
    list(plan.steps(gain))
    runs = plan.diagnosis.runs
    assert not runs[0].field
    for number in {r.round for r in runs}:
        assert sum(not r.field for r in runs if r.round == number) == 1
    assert {v.name for v in plan.variants if v.role == CONTROL} <= {r.name for r in runs}


def test_what_is_expected_to_gain_most_is_run_first() -> None:
    plan = schedule(Simulated())
    list(plan.steps(gain))
    changes = [v.name for v in plan.variants if v.role == CHANGE]
    ran = [r for r in plan.diagnosis.runs if r.name in changes]
    assert "4 workers" in {r.name for r in ran if r.round == ran[0].round}


@pytest.mark.parametrize(("threads", "is_first"), [(4, True), (1, False)])
def test_threads_that_may_fight_for_cores_are_tried_first(threads: int, *, is_first: bool) -> None:
    plan = schedule(Simulated(most_threads=threads))
    list(plan.steps(lambda _, variant: 3.0 if variant.field == "workers" else None))
    first = min(r.round for r in plan.diagnosis.runs if r.field == "workers")
    beside = {r.field for r in plan.diagnosis.runs if r.round == first}
    assert ("threads" in beside) == is_first


def test_the_budget_is_kept_to() -> None:
    processes = Simulated()
    list(schedule(processes, 20.0).steps(gain))
    assert processes.now_s < 1.5 * 20


def test_a_change_that_breaks_is_no_end() -> None:
    plan = schedule(Simulated(broken="4 workers"))
    list(plan.steps(gain))
    assert plan.diagnosis.failures == {"4 workers": "it broke"}
    assert len(plan.diagnosis.runs) > 10


def test_a_loader_that_breaks_is() -> None:
    plan = schedule(Simulated(broken="as is"))
    with pytest.raises(LoaderError, match="it broke"):
        list(plan.steps(gain))


def test_an_iterable_is_looked_at_for_duplicates() -> None:
    plan = schedule(Simulated(kind="iterable"))
    list(plan.steps(gain))
    assert plan.diagnosis.duplicates == pytest.approx(2 / 3)


def test_a_loader_without_workers_is_only_given_some() -> None:
    plan = schedule(Simulated(workers=0))
    assert {v.field for v in plan.variants if v.role == CHANGE} == {"workers"}


@pytest.mark.parametrize(
    ("cores", "counts"),
    [
        (1, (0, 1, 2)),
        (2, (0, 1, 2, 4)),
        (8, (0, 1, 2, 4, 8, 16)),
        (12, (0, 1, 2, 4, 8, 12, 16, 24)),
    ],
)
def test_the_numbers_of_workers_fit_the_machine(cores: int, counts: tuple[int, ...]) -> None:
    assert usual_workers(cores) == counts
