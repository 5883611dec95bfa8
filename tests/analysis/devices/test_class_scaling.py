"""What a class teaches: known answers, what it refuses to learn from, and how often it holds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from analysis.devices.class_scaling import ClassScaling, Lesson, learn
from analysis.devices.class_times import MOST_OF_A_CPU, DecodeTimes, KnownMachines
from analysis.devices.cpus import CPUS
from analysis.devices.facts import RunFact
from analysis.devices.scaling import DeviceView
from hardware_profiles.catalogue import catalogue
from hardware_profiles.provenance import Kind
from tests.analysis.devices.classes import CASES, LAPTOPS, effects, points, run_of, simulated
from tests.analysis.devices.views import bundle, fact
from tests.analysis.model.machines import machine_of
from tests.benchmarks.class_scaling import held

TWELVE = LAPTOPS[:12]


def taught(times: DecodeTimes) -> Lesson:
    return learn(times, catalogue()[CPUS])


def scaling_of(times: DecodeTimes) -> ClassScaling:
    lesson = taught(times)
    assert lesson.scaling is not None, lesson.why_not
    return lesson.scaling


def own_times(slower: float = 1.0) -> dict[str, float]:
    """Return the times of a machine that takes so much longer than one of 1,000 points."""
    return {case: slower * time for case, time in zip(CASES, effects().tolist(), strict=True)}


def test_an_exact_rule_is_found() -> None:
    scaling = scaling_of(simulated(TWELVE, exponent=0.9, missing=0.2))
    assert (scaling.machines, scaling.cpus) == (12, 12)
    assert scaling.exponent.value == pytest.approx(0.9)
    assert scaling.exponent.half_width < 1e-6
    assert scaling.exponent.kind is Kind.CALIBRATED
    assert (scaling.machine_sd, scaling.cell_sd, scaling.error) == pytest.approx(
        (0, 0, 0), abs=1e-7
    )


def test_the_published_exponent_is_judged_by_the_same_machines() -> None:
    """By hand: with 0.75 in place of 0.9, a pair is off by 0.15 times its logarithmic distance."""
    scaling = scaling_of(simulated(TWELVE, exponent=0.9))
    x = np.log(points(TWELVE))
    off = 0.15 * (x[:, np.newaxis] - x)[~np.eye(12, dtype=bool)]
    assert scaling.published_error == pytest.approx(math.sqrt(np.mean(off**2)))
    assert scaling.is_better
    assert taught(simulated(TWELVE, exponent=0.9)).used is not None


def test_a_class_that_knows_less_than_what_is_published_is_not_used() -> None:
    """CPUs that hardly differ but for one far away: without it the slope is noise."""
    names = ("i5_1240p", "i7_1255u", "i5_1335u", "raspberry_pi_4") * 3
    lessons = [
        taught(simulated(names, exponent=0.75, machine_sd=0.3, seed=seed)) for seed in range(20)
    ]
    worse = [lesson for lesson in lessons if lesson.scaling and not lesson.scaling.is_better]
    assert worse
    assert all(lesson.used is None for lesson in worse)


def test_machines_of_one_cpu_are_one_observation_of_its_index() -> None:
    """Fifty with an M1 beside eleven others: the interval rests on twelve CPUs."""
    many = scaling_of(simulated(TWELVE + ("apple_m1",) * 49, machine_sd=0.1, cell_sd=0.02, seed=3))
    assert (many.machines, many.cpus, many.exponent.n) == (61, 12, 12)
    assert many.machine_sd == pytest.approx(0.1, rel=0.6)
    crowd = simulated(TWELVE + ("apple_m1",) * 1000, machine_sd=0.1)
    known = KnownMachines.of(crowd, catalogue()[CPUS])
    assert MOST_OF_A_CPU / 2 < np.count_nonzero(known.cpu == 0) <= MOST_OF_A_CPU


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (TWELVE[:9], "9 of its 9 machines have a CPU whose index is published"),
        (("apple_m1", "apple_m2", "apple_m3") * 4, "of 3 different CPUs; from 10 machines and 4"),
        ((*TWELVE[:9], *("unknown",) * 30), "9 of its 39 machines"),
        (("apple_m1", "i5_1335u", "i7_1255u", "i7_13700h") * 3, "2,231 to 2,279 points, lie too"),
        ((), "0 of its 0 machines"),
    ],
)
def test_too_little_teaches_nothing_and_says_why(names: tuple[str, ...], why: str) -> None:
    lesson = taught(simulated(names))
    assert lesson.scaling is None
    assert lesson.used is None
    assert why in lesson.why_not


def test_machines_with_other_cases_do_not_count() -> None:
    """Two of twelve share no case with the others: ten are left; without a third, nine."""
    times = simulated(TWELVE)
    logs = np.full((12, 60), np.nan)
    logs[:10, :30], logs[10:, 30:] = times.logs[:10], times.logs[10:]
    apart = replace(times, cases=tuple(f"{case}" for case in (*CASES, *CASES)), logs=logs)
    assert scaling_of(apart).machines == 10
    logs[9, 4:] = np.nan
    assert "9 of its 12" in taught(replace(apart, logs=logs)).why_not


def test_a_run_is_placed_by_its_own_times() -> None:
    """By hand: a machine that takes 1.3 times what one of 1,000 points does, on an exact line."""
    scaling = scaling_of(simulated(TWELVE, exponent=0.9))
    middle = math.exp(np.log(points(TWELVE)).mean())
    placed = scaling.place(run_of(own_times(1.3)))
    assert placed is not None
    off, cases = placed
    assert cases == len(CASES)
    assert off == pytest.approx(math.log(1.3) + 0.9 * math.log(middle / 1000), abs=1e-3)
    assert scaling.place(run_of(dict(list(own_times().items())[:4]))) is None
    assert scaling.place(bundle()) is None


@pytest.mark.parametrize("points_given", [None, 3000.0])
def test_work_on_a_device_follows_the_class(points_given: float | None) -> None:
    """By hand: from 1.3 times what 1,000 points take; the machine's own index plays no part."""
    scaling = scaling_of(simulated(TWELVE, exponent=0.9))
    view = DeviceView.of(machine_of(run_of(own_times(1.3))), "h100", points_given, scaling)
    expected = (1000 / fact("h100", "cpu.index", "point")) ** 0.9 / 1.3
    assert float(view.slower.to("1").value) == pytest.approx(expected, rel=1e-3)
    facts = [one for one in view.slower.facts if isinstance(one, RunFact)]
    assert {one.kind for one in facts} == {Kind.CALIBRATED}
    assert {one.source for one in facts} == {
        "a class of 12 machines with 12 CPUs, file class.parquet"
    }


def test_a_run_without_cases_of_the_class_is_placed_by_its_index() -> None:
    scaling = scaling_of(simulated(TWELVE, exponent=0.9, machine_sd=0.1, cell_sd=0.05))
    view = DeviceView.of(machine_of(bundle()), "h100", 1500.0, scaling)
    exponent = scaling.exponent.value
    expected = (1500 / fact("h100", "cpu.index", "point")) ** exponent
    assert float(view.slower.to("1").value) == pytest.approx(expected)
    names = " ".join(one.name for one in view.slower.facts)
    assert "error.machine" in names
    assert "error.this_machine" in names


@pytest.mark.parametrize(
    ("names", "device", "on_top"),
    [
        (TWELVE, "h100", ""),
        (TWELVE, "orin", ""),  # four kinds of Apple's are of its set
        (LAPTOPS[4:16], "orin", "error.other_isa"),
        (LAPTOPS[4:16], "h100", ""),
        (TWELVE, "hearable", "error.microcontroller"),
    ],
)
def test_a_kind_of_cpu_that_the_class_lacks_is_less_certain(
    names: tuple[str, ...], device: str, on_top: str
) -> None:
    scaling = scaling_of(simulated(names, machine_sd=0.1, cell_sd=0.05))
    view = DeviceView.of(machine_of(run_of(own_times())), device, None, scaling)
    extra = {one.name for one in view.slower.facts if "either_way" in one.name}
    assert extra == ({f"geekbench6 {on_top}.either_way"} if on_top else set())


def test_two_classes_are_not_drawn_alike() -> None:
    one, other = (scaling_of(simulated(TWELVE, machine_sd=0.1, seed=seed)) for seed in (1, 2))
    assert one.known.digest != other.known.digest
    assert one.known.digest == scaling_of(simulated(TWELVE, machine_sd=0.1, seed=1)).known.digest


def test_answers_of_a_class_hold_in_a_few_classes() -> None:
    """A share that is below 0.9 by chance alone once in 10,000."""
    assert held(12, 60, math.inf, seed=1).answers >= binom.ppf(1e-4, 60, 0.9)


@pytest.mark.simulation
@pytest.mark.parametrize("tails", [math.inf, 3.0])
@pytest.mark.parametrize("cpus", [10, 24])
def test_exponents_and_answers_hold_as_often_as_they_claim(cpus: int, tails: float) -> None:
    """Bounds are passed by chance once in 10,000; the exponent's are two-sided.

    What machines share is normal, or Student's with 3 degrees of freedom.
    """
    runs = 300
    result = held(cpus, runs, tails, seed=cpus)
    assert result.exponents >= binom.ppf(1e-4, runs, 0.9)
    assert result.exponents <= binom.ppf(1 - 1e-4, runs, 0.9 if math.isinf(tails) else 0.93)
    assert result.answers >= binom.ppf(1e-4, runs, 0.9)
    assert result.answers <= binom.ppf(1 - 1e-4, runs, 0.96)
