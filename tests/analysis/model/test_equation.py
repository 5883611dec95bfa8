"""The equation: known answers, and what must hold whatever the numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.model.equation import NAMES, PRIOR, Load, crowding, least_period, terms

if TYPE_CHECKING:
    from analysis.model.fit import Array

US = st.floats(1, 1e5)


def load(**given_: float) -> Load:
    usual = dict.fromkeys(
        ("make", "held", "send", "receive", "copy", "step", "waited", "busy_cores", "link"), 0.0
    )
    usual |= {"workers": 0.0, "prefetch": 2.0, "cores": 2.0}
    return Load(**{name: np.array(value) for name, value in (usual | given_).items()})


def parameters(**given_: float) -> Array:
    """Return logarithms, by default of a loader that costs nothing and delays nothing."""
    ideal = dict.fromkeys(NAMES, 1.0) | {n: 1e-9 for n in NAMES if n[:2] == "o_"}
    ideal |= {"p": 200.0, "q": 200.0, "oversubscription": 1e-9}
    return np.log([(ideal | given_)[name] for name in NAMES])


@pytest.mark.parametrize(
    ("result", "us"),
    [
        ({"make": 300, "step": 500}, 800),
        ({"make": 300, "held": 50, "copy": 20, "step": 500}, 870),
        ({"workers": 1, "make": 300, "step": 500}, 500),
        ({"workers": 1, "make": 300, "step": 500, "receive": 40}, 540),
        ({"workers": 2, "make": 800, "cores": 4}, 400),
        ({"workers": 4, "make": 800, "cores": 2}, 400),
        ({"workers": 4, "make": 800, "held": 4000, "cores": 2}, 1200),
        ({"workers": 4, "make": 10, "link": 700}, 700),
        ({"workers": 1, "make": 300, "send": 200, "cores": 8}, 300),
        ({"workers": 1, "make": 300, "send": 200, "cores": 8, "prefetch": 1}, 500),
    ],
    ids=str,
)
def test_the_slowest_part_bounds_an_ideal_loader(result: dict[str, float], us: float) -> None:
    assert float(terms(parameters(), load(**result)).period) == pytest.approx(us, rel=0.01)


@pytest.mark.parametrize(
    ("workers", "cores", "share"),
    [
        (1, 1, 1),
        (1, 2, 0),
        (2, 2, 1),
        (4, 2, 1),
        (3, 4, 0),
        (4, 4, 0.5),
        (11, 12, 0),
        (12, 12, 1 / 6),
    ],
)
def test_cores_are_crowded_by_degrees(workers: int, cores: int, share: float) -> None:
    """By hand: (W + 1) / C - 1, twice; on one and two cores as was measured there."""
    assert float(crowding(load(workers=workers, cores=cores))) == pytest.approx(share)


@pytest.mark.parametrize("cores", [4, 12, 64])
def test_a_worker_more_never_costs_a_step(cores: int) -> None:
    """What crowding costs in all, 15 %, comes in steps of 2 / C of it: 0.3 / C, not at once."""
    loads = [load(workers=w, cores=cores, make=1e4, send=500, receive=100) for w in range(1, 65)]
    periods = [float(terms(PRIOR, of).period) for of in loads]
    assert max(after / before for before, after in pairwise(periods)) < 1 + 0.4 / cores


@pytest.mark.parametrize(
    ("given_", "us"),
    [
        ({"workers": 4, "make": 800, "send": 100, "receive": 100}, 500),
        ({"workers": 1, "make": 800, "cores": 4}, 800 * np.exp(-1.645 * 0.03)),
        ({"workers": 4, "make": 800, "link": 900}, 900),
        ({"workers": 4, "make": 800, "step": 950, "link": 900}, 950),
        ({"workers": 0, "make": 800, "step": 950}, 950),
    ],
    ids=str,
)
def test_no_batch_takes_less_than_its_work(given_: dict[str, float], us: float) -> None:
    assert float(least_period(load(**given_), 0.0)) == pytest.approx(us, rel=1e-3)


def test_parts_that_are_as_slow_delay_each_other() -> None:
    two = load(workers=1, make=500, step=500, cores=64)
    assert float(terms(parameters(p=4), two).period) == pytest.approx(500 * 2**0.25, rel=0.001)


def test_a_wait_lasts_longer_than_requested() -> None:
    slept = terms(parameters(o_wait=30, o_cold=70), load(step=1000, waited=1, make=100))
    assert float(slept.step) == pytest.approx(1030)
    assert float(slept.period) == pytest.approx(1200)


@given(make=US, step=US, send=US, receive=US, workers=st.integers(0, 8), cores=st.integers(1, 16))
def test_more_of_anything_never_hurts(
    make: float, step: float, send: float, receive: float, workers: int, cores: int
) -> None:
    profiles = load(make=make, step=step, send=send, receive=receive, workers=workers, cores=cores)
    period = float(terms(PRIOR, profiles).period)
    assert period >= step
    for better in ({"cores": cores + 1.0}, {"make": make / 2}, {"step": step / 2}, {"send": 1.0}):
        easier = replace(profiles, **{name: np.array(value) for name, value in better.items()})
        assert float(terms(PRIOR, easier).period) <= period * (1 + 1e-9)


@given(make=US, send=US, receive=US, workers=st.integers(0, 8), factor=st.floats(0.2, 5))
def test_a_machine_twice_as_slow_takes_twice_as_long(
    make: float, send: float, receive: float, workers: int, factor: float
) -> None:
    profiles = load(make=make, send=send, receive=receive, workers=workers)
    slower = PRIOR + np.where([n in {"o_send", "o_receive", "o_alone"} for n in NAMES],
                              np.log(factor), 0.0)  # fmt: skip
    period = float(terms(PRIOR, profiles).period)
    slower_period = float(terms(slower, profiles.scaled(np.array(factor))).period)
    assert slower_period == pytest.approx(period * factor)
