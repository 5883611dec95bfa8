"""Made-up students: valid, consistent, and the same for the same seed."""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest

from analysis.commands.demo_class import made_up_course
from analysis.course.checking import check_bytes
from analysis.course.demo import bundles, machines
from analysis.course.demo.bundles import Term
from analysis.course.demo.circumstances import ODD, USUAL
from analysis.course.demo.faults import FAULTS
from analysis.course.demo.forgeries import FORGERIES
from analysis.course.demo.students import (
    HONEST,
    ORDINARY,
    RESUBMISSIONS,
    SORTS,
    Recipe,
    honest,
    honest_student,
    kind_of,
    student,
)
from analysis.course.remark import Status
from analysis.devices.cpus import CPUS, index_of
from analysis.ledger import chain
from analysis.ledger.rules import lock_of
from bench.bundle import EDITION, Bundle, canonical, foreign, gates, parse, references_us
from formats.payloads import payload
from formats.payloads.digest import digest
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from pathlib import Path

KINDS = (ORDINARY, *ODD)


def recipe(size: str = "small", seed: int = 1) -> Recipe:
    return Recipe(seed, Term("demo-class", "quick", size, "2026-10-01T08Z"))


@cache
def of_kind(kind: str, size: str = "small") -> tuple[Bundle, dict[str, Any]]:
    contents, truth = honest(recipe(size), 3, kind)
    return parse(canonical.dumps(contents.bundle), kind), truth


@pytest.mark.parametrize("size", ["quick", "small"])
def test_a_bundle_is_valid_and_of_this_edition(size: str) -> None:
    bundle, _ = of_kind(ORDINARY, size)
    assert bundle.rules_edition == EDITION
    assert foreign(bundle) == []
    assert bundle.run.state == "complete"
    assert all(record.windows for record in bundle.measured_pipeline.configurations)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_gates_are_those_that_the_record_gives(kind: str) -> None:
    bundle, _ = of_kind(kind)
    references = references_us(bundle)
    for case in bundle.cases:
        for block in case.blocks:
            assert block.gates == gates(block, references[block.process])


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_long_enough_and_fit_into_the_run(kind: str) -> None:
    bundle, _ = of_kind(kind)
    timed = 0
    for case in bundle.cases:
        samples = [us for block in case.blocks for us in block.samples_us]
        assert not samples or median(samples) > 14_000
        for block in case.blocks:
            timed += sum(block.samples_us) + sum(block.warmup_us) + sum(block.canary_us)
    assert timed * 1_000 < bundle.run.elapsed_ns


def test_payloads_are_those_of_the_nonce() -> None:
    bundle, _ = of_kind(ORDINARY)
    assert bundle.data
    for record in bundle.data:
        made = payload(record.payload, record.size)
        batch = made.generate(bundle.run.nonce, record.batch)
        assert record.sha256 == digest(made, batch)


@pytest.mark.parametrize("model", [*machines.MODELS, *machines.EXTREMES.values()])
def test_a_cpu_is_read_as_the_one_that_is_meant(model: machines.Model) -> None:
    assert index_of(model.cpu, catalogue()[CPUS]) == model.name


def test_a_slower_core_takes_longer_and_emulated_time_stays() -> None:
    term = recipe().term
    rng = np.random.default_rng(0)
    machine = machines.draw(rng, len(term.template.cells))
    slow = np.array(machine.cells) * 3
    first = bundles.bundle(np.random.default_rng(1), term, machine, USUAL)
    second = bundles.bundle(
        np.random.default_rng(1),
        term,
        replace(machine, cells=slow, canary=machine.canary * 3, slower=machine.slower * 3),
        USUAL,
    )
    one, other = (parse(canonical.dumps(each), "made") for each in (first, second))
    pairs = zip(
        one.measured_pipeline.configurations,  # type: ignore[union-attr]
        other.measured_pipeline.configurations,  # type: ignore[union-attr]
        strict=True,
    )
    for before, after in pairs:
        step, later = before.windows[0].step, after.windows[0].step
        assert (step is None) == (later is None)
        if step and later:
            each = [
                t.total / w.batches
                for t, w in ((step, before.windows[0]), (later, after.windows[0]))
            ]
            assert each[1] == pytest.approx(each[0], rel=0.01)
        assert after.samples_per_s(after.windows[0]) <= 1.02 * before.samples_per_s(
            before.windows[0]
        )


def test_a_student_is_the_same_for_the_same_seed() -> None:
    assert student(recipe(), 5) == student(recipe(), 5)
    assert student(recipe(), 5).files != student(recipe(seed=2), 5).files


def test_a_ledger_is_a_chain_that_can_be_read(tmp_path: Path) -> None:
    locked = 0
    for number in range(5):
        contents, _ = honest(recipe(), number)
        path = tmp_path / f"{number}.jsonl"
        path.write_text("".join(f"{line}\n" for line in contents.ledger), encoding="utf-8")
        bodies = chain.read(path).bodies
        locked += lock_of(bodies, "gravity") is not None
    assert locked


def test_a_file_holds_a_submission() -> None:
    made = student(recipe(), 0)
    document = orjson.loads(gzip.decompress(made.files[0].content))
    assert document["schema"] == "data-factory/submission"
    assert canonical.problems(canonical.dumps(document)) == []
    assert document["pseudonym"] == made.truth["pseudonym"]
    assert "truth" not in document


@pytest.mark.parametrize("kind", [*ODD, *RESUBMISSIONS])
def test_an_honest_student_is_not_accused(kind: str) -> None:
    course = made_up_course()
    for file in honest_student(recipe(), 4, kind).files:
        checked = check_bytes(file.content, file.name, course)
        if RESUBMISSIONS.get(kind, (None, None, None))[2] and "-2" in file.name:
            assert checked.status is Status.REJECTED
        elif kind != "busy":
            assert checked.status is Status.SOUND, [remark.line() for remark in checked.remarks]


def test_a_later_submission_is_of_the_same_machine() -> None:
    first, second = (
        orjson.loads(gzip.decompress(file.content))
        for file in honest_student(recipe(), 4, "handed in again, worse").files
    )
    assert first["pseudonym"] == second["pseudonym"]
    assert first["written"] < second["written"]
    assert first["bundle"]["machine"]["cpu"] == second["bundle"]["machine"]["cpu"]
    assert first["bundle"]["digest"] != second["bundle"]["digest"]


def test_all_sorts_occur_in_their_shares() -> None:
    wild = replace(recipe(), odd=0.3, faulty=0.2, forged=0.1)
    kinds = [kind_of(wild, number) for number in range(6_000)]
    shares = {sort: sum(kind.sort == sort for kind in kinds) / len(kinds) for sort in SORTS}
    for sort, share in {"odd": 0.3, "faulty": 0.2, "forged": 0.1}.items():
        assert shares[sort] == pytest.approx(share, abs=0.04)
    names = {kind.name for kind in kinds}
    assert names == {ORDINARY, *HONEST, *FAULTS, *FORGERIES}
    assert kinds[0].sort == ORDINARY


@pytest.mark.parametrize("sort", ["faulty", "forged", "odd"])
def test_the_truth_says_what_a_file_is(sort: str) -> None:
    shares = {"odd": 0.0, "faulty": 0.0, "forged": 0.0, sort: 0.95}
    wild = Recipe(1, recipe().term, shares["odd"], shares["faulty"], shares["forged"])
    number = next(n for n in range(1, 50) if kind_of(wild, n).sort == sort)
    made = student(wild, number)
    assert made.truth["kind"] == kind_of(wild, number).name
    assert [file["name"] for file in made.truth["files"]] == [file.name for file in made.files]
    assert made.truth["honest"] is {"faulty": None, "forged": False, "odd": True}[sort]
