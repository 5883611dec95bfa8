"""What was fitted to real runs is recovered from made-up ones."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.course.demo import bundles, machines
from analysis.course.demo.circumstances import USUAL
from analysis.course.demo.fitting import centred, fit, fit_sets, sets, slope, spread
from analysis.course.demo.variances import (
    BUSY,
    FILE,
    LEVELS,
    QUIET,
    Spread,
    Variances,
    of_record,
    shipped,
    written,
)
from analysis.errors import NotEnoughDataError
from bench.bundle import Bundle, canonical, parse
from bench.presets import PRESETS
from bench.run.document import new_document
from tests.analysis.course.demo.test_students import recipe
from tests.conftest import ROOT

RUNS = 6


def repeated(variances: Variances) -> list[Bundle]:
    """Runs of one machine, one after another."""
    term = recipe("quick").term
    machine = machines.draw(np.random.default_rng(0), len(term.template.cells), machines.MODELS[2])
    return [
        parse(
            canonical.dumps(
                bundles.bundle(np.random.default_rng([7, run]), term, machine, USUAL, variances)
            ),
            "made",
        )
        for run in range(RUNS)
    ]


@pytest.mark.parametrize("name", [QUIET, BUSY])
def test_variances_are_recovered_from_repeated_runs(name: str) -> None:
    true, fitted = shipped(name), fit(repeated(shipped(name)))
    for what in ("canary", "case"):
        for level in LEVELS[what]:
            if level in {"run", "process"} and what == "canary":
                continue  # a handful of values
            if level == "run":
                continue
            one, other = true.spread(what, level), fitted.spread(what, level)
            assert other.sd == pytest.approx(one.sd, rel=0.5, abs=0.01), (what, level)
    assert fitted.coupling["window"] == pytest.approx(true.coupling["window"], abs=0.25)


def test_spread_has_a_core_and_a_tail() -> None:
    rng = np.random.default_rng(3)
    true = Spread(0.02, 0.05, 0.3)
    fitted = spread(true.draw(rng, 20_000))
    assert fitted.sd == pytest.approx(true.sd, rel=0.1)
    assert fitted.slow_share == pytest.approx(true.slow_share, abs=0.015)
    assert fitted.slow == pytest.approx(true.slow, rel=0.25)


def test_what_lies_below_a_level_is_taken_away() -> None:
    values = np.random.default_rng(4).normal(0, 0.05, 20_000)
    assert spread(values, below=0.04**2).sd == pytest.approx(0.03, rel=0.1)
    assert spread(values, below=1.0).sd == 0.0


def test_deviations_of_a_few_are_as_wide_as_of_many() -> None:
    groups = np.random.default_rng(5).normal(0, 1, (5_000, 2))
    deviations = np.concatenate([centred(group) for group in groups.tolist()])
    assert deviations.std() == pytest.approx(1.0, rel=0.05)
    assert len(centred([1.0])) == 0


def test_slope_is_how_far_one_follows_the_other() -> None:
    rng = np.random.default_rng(6)
    first = rng.normal(0, 0.1, 5_000)
    second = 0.6 * first + rng.normal(0, 0.01, 5_000)
    assert slope(list(zip(first.tolist(), second.tolist(), strict=True))) == pytest.approx(
        0.6, abs=0.02
    )
    assert slope([]) == 0.0


def test_a_set_is_kept_as_it_was_fitted() -> None:
    fitted = shipped()
    assert of_record(fitted.record()) == fitted
    for what, levels in LEVELS.items():
        assert set(fitted.spreads[what]) == set(levels)


def test_the_shipped_file_says_from_how_many_runs_it_is() -> None:
    golden = [
        parse((ROOT / "tests/golden" / name).read_bytes(), name)
        for name in ("two-cores-learning.json", "one-core.json")
    ]
    assert set(sets(golden)) == {QUIET}
    fitted = fit_sets(golden)
    assert fitted[QUIET][0] == len(golden)
    assert b"geekbench6" in written(fitted)
    assert fitted[QUIET][1].spreads["case"] == shipped().spreads["case"]
    assert b'"runs": 5' in FILE.read_bytes()


def test_nothing_is_fitted_to_a_run_that_has_measured_nothing() -> None:
    document = new_document(PRESETS["quick"], seed=1, nonce="empty")
    empty = parse(canonical.dumps(document), "a run")
    with pytest.raises(NotEnoughDataError, match="has measured nothing"):
        fit([empty])


@pytest.mark.parametrize(("column", "name"), [(2, QUIET), (3, BUSY)])
def test_the_page_shows_the_figures_that_are_shipped(column: int, name: str) -> None:
    page = (ROOT / "docs/explanation/demo-class.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    words = {"case in a run": "case_run", "stage alone": "isolated"}
    shown = {
        (words.get(row[0], row[0]), words.get(row[1], row[1])): row[column]
        for row in rows
        if len(row) == 4 and row[0] in {*LEVELS, *words}
    }
    assert set(shown) == {(what, level) for what, levels in LEVELS.items() for level in levels}
    for (what, level), text in shown.items():
        if text != "as busy":
            sd = shipped(name).spread(what, level).sd
            assert float(text.split(" ")[0]) == pytest.approx(sd, abs=0.0006), (what, level)
