"""Networks side by side do what each would alone; a run of them is kept and continued."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest

from bench.bundle import BundleError, Learning, Part, read
from bench.bundle.canonical import dumps
from bench.errors import ConfigurationError
from bench.learning import record as record_module
from bench.learning.digits import Digits, digits
from bench.learning.plan import Group, Member, Plan, Setting
from bench.learning.record import Record, check_addable, new_learning, plain
from bench.learning.samples import collected, generator
from bench.learning.session import Session, begin
from bench.machine import machine
from tests.conftest import ROOT

torch = pytest.importorskip("torch")

from bench.learning.networks import Recipe, train  # noqa: E402 - needs torch
from bench.learning.training import RECIPE, REFERENCE, Trainer  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

SHORT = Recipe((196, 16, 10), batch=32, epochs=1, least_steps=60, learning_rate_ppm=10_000)
SMALL = Plan(
    sizes=(100, 200), noises=(("none", 0), ("uniform", 400)), filtered=(("uniform", 400),),
    kept=(500,), repeated=(500,), seeds_at_once=2,
)  # fmt: skip


_digits = cache(digits)


@pytest.fixture(scope="module")
def pictures() -> Digits:
    return _digits()


@pytest.fixture
def trainer(pictures: Digits) -> Trainer:
    return Trainer(pictures, "a", recipes=(SHORT, SHORT))


def group_of(*settings: Setting) -> Group:
    return Group("some", tuple(Member(setting, 0) for setting in settings))


BELL: dict[str, Any] = {
    "source": "0" * 32,
    "classes": ["person"],
    "updated": ["lima"],
    "trained": 1,
    "network": SHORT.record(),
    "steps": 1,
    "wall_us": 1,
    "energy_uj": {},
    "results": [],
}


def new_record(trainer: Trainer, seeds: int = 1) -> Record:
    document = new_learning(_digits(), trainer, seeds, "no meter: none")
    return Record(document | {"doorbell": BELL}, SMALL)


def test_a_network_among_others_is_what_it_is_alone(pictures: Digits) -> None:
    inputs = torch.from_numpy(pictures.inputs)
    sets = [collected(pictures, Setting(100), "a", seed) for seed in range(3)]

    def scores(which: list[int]) -> Any:
        chances = [generator("a", number) for number in which]
        networks = train(SHORT, inputs, [sets[number] for number in which], chances)
        with torch.no_grad():
            return networks.scores(inputs[:20].expand(len(which), -1, -1)).numpy()

    together = scores([0, 1, 2])
    for number in range(3):
        assert scores([number])[0] == pytest.approx(together[number], abs=1e-3)
    assert np.abs(together[0] - together[1]).max() > 0.1


def test_the_work_is_what_torch_counts(pictures: Digits) -> None:
    """By its own counter of matrix products."""
    from torch.utils.flop_counter import FlopCounterMode

    recipe = replace(RECIPE, epochs=1, least_steps=3)
    inputs = torch.from_numpy(pictures.inputs)
    sets = [collected(pictures, Setting(100), "a", seed) for seed in range(2)]
    with FlopCounterMode(display=False) as counter:
        networks = train(recipe, inputs, sets, [generator("a", n) for n in range(2)])
    assert counter.get_total_flops() == 2 * 3 * recipe.batch * recipe.flop_per_sample
    with FlopCounterMode(display=False) as counter:
        networks.losses(inputs, sets)
    assert counter.get_total_flops() == 2 * 100 * recipe.flop_per_scored
    assert recipe.parameters == 196 * 64 + 64 + 64 * 10 + 10


def test_losses_are_those_of_each_networks_own_samples(pictures: Digits) -> None:
    inputs = torch.from_numpy(pictures.inputs)
    sets = [collected(pictures, Setting(80, "uniform", 400), "a", seed) for seed in range(2)]
    networks = train(SHORT, inputs, sets, [generator("a", n) for n in range(2)])
    losses = networks.losses(inputs, sets)
    for number, samples in enumerate(sets):
        with torch.no_grad():
            all_scores = networks.scores(inputs[samples.places].expand(2, -1, -1))[number].numpy()
        shifted = all_scores - all_scores.max(1, keepdims=True)
        chances = np.exp(shifted) / np.exp(shifted).sum(1, keepdims=True)
        expected = -np.log(chances[np.arange(80), samples.labels])
        assert losses[number] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_a_trained_network_knows_more_than_chance_and_noise_costs(trainer: Trainer) -> None:
    clean, noisy = trainer.train(group_of(Setting(2000), Setting(2000, "uniform", 600))).rows
    assert clean[:3] == (2000, 0, 0)
    assert noisy[:3] == (2000, 1200, 0)
    assert clean[3] > 700
    assert 200 < noisy[3] < clean[3] - 50


def test_a_loss_finds_wrong_labels(trainer: Trainer) -> None:
    noisy = Setting(2000, "uniform", 400, kept_permille=300)
    both = noisy._replace(selection="loss"), noisy._replace(selection="random")
    trained = trainer.train(group_of(*both))
    by_loss, at_random = trained.rows
    assert (trained.references, trained.reference_steps, trained.scored) == (1, 63, 2000)
    assert by_loss[0] == at_random[0] == 600
    assert by_loss[1] < 120
    assert at_random[1] == pytest.approx(240, abs=50)


def test_the_same_group_comes_to_the_same(trainer: Trainer) -> None:
    group = next(iter(SMALL.groups(1)))
    first, again = trainer.train(group), trainer.train(group)
    assert first.rows == again.rows


def test_samples_are_scored_once_for_all_shares_that_are_kept(trainer: Trainer) -> None:
    scored = Setting(200, "uniform", 400, 0, "loss", 500)
    assert trainer.train(group_of(scored)).references == 1
    later = trainer.train(group_of(scored._replace(kept_permille=300)))
    assert (later.references, later.reference_steps, later.scored) == (0, 0, 0)
    anew = Trainer(_digits(), "a", recipes=(SHORT, SHORT))
    assert anew.train(group_of(scored._replace(kept_permille=300))).rows == later.rows


def test_more_samples_take_more_steps_and_few_take_enough() -> None:
    assert [RECIPE.steps(n) for n in (125, 320, 1000, 4000)] == [100, 100, 313, 1250]


def test_a_run_of_training_is_a_valid_part_of_a_bundle(trainer: Trainer) -> None:
    record = new_record(trainer, seeds=2)
    planned = sum(len(group.members) for group in SMALL.groups(2))
    done = list(Session(record, trainer).train(time.monotonic() + 1000, 1.0))
    learning = Learning.model_validate_json(orjson.dumps(record.document))
    assert learning.left_out == 0
    assert sum(len(cell.networks) for cell in learning.cells) == planned == record.networks
    assert len(learning.groups) == len(done)
    assert {cell.selection for cell in learning.cells} == {"none", "loss", "random", "dedup"}
    for cell in learning.cells:
        for network in cell.networks:
            assert network.trained == round(cell.samples * cell.kept_permille / 1000)


def test_the_doorbell_is_trained_once_after_a_first_curve(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "train_doorbell", lambda: BELL)
    record = new_record(trainer)
    record.document["doorbell"] = None
    done = [one.what for one in Session(record, trainer).train(time.monotonic() + 1000, 1.0)]
    assert done.index("doorbell") == len(SMALL.sizes)
    assert done.count("doorbell") == 1
    assert record.document["doorbell"] == BELL


def test_when_time_is_up_the_rest_is_left_out_and_counted(trainer: Trainer) -> None:
    record = new_record(trainer)
    planned = sum(len(group.members) for group in SMALL.groups(1))
    done = list(Session(record, trainer).train(time.monotonic(), 1.0))
    assert len(done) == 1
    assert record.networks == done[0].networks
    assert record.document["left_out"] == planned - record.networks


def test_what_is_trained_is_not_trained_again(trainer: Trainer) -> None:
    record = new_record(trainer)
    list(Session(record, trainer).train(time.monotonic(), 1.0))
    read_back = plain(Learning.model_validate_json(orjson.dumps(record.document)))
    later = Record(read_back, SMALL)
    rest = [done.what for done in Session(later, trainer).train(time.monotonic() + 1000, 1.0)]
    assert rest == [group.what for group in SMALL.groups(1)][1:]
    whole = new_record(trainer)
    list(Session(whole, trainer).train(time.monotonic() + 1000, 1.0))
    assert later.document["cells"] == whole.document["cells"]


def own_bundle(folder: Path) -> Path:
    document = orjson.loads((ROOT / "tests/golden/bundle-v3.json").read_bytes())
    path = folder / "bundle.json"
    path.write_bytes(dumps(document | {"machine": machine().model_dump(mode="json")}))
    return path


def test_all_else_of_a_run_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trainer: Trainer
) -> None:
    from bench.cli import main

    path = own_bundle(tmp_path)
    before = read(path)
    monkeypatch.setattr(
        "bench.learning.session.begin", lambda *_, **__: Session(new_record(trainer), trainer)
    )
    with pytest.raises(BundleError, match="--add-to RUN trains them"):
        read(path, [Part.LEARNING])
    assert main(["learning", "--add-to", str(tmp_path)]) == 0
    after = read(path, [Part.LEARNING])
    assert after.learning is not None
    unchanged = {"learning": None, "digest": before.digest}
    assert after.model_copy(update=unchanged) == before


def test_an_interrupt_keeps_what_is_trained_and_says_how_to_go_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trainer: Trainer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bench.cli import main

    path = own_bundle(tmp_path)
    really, calls = trainer.train, []

    def interrupted(group: Group) -> Any:
        calls.append(group)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return really(group)

    monkeypatch.setattr(trainer, "train", interrupted)
    monkeypatch.setattr(
        "bench.learning.session.begin", lambda *_, **__: Session(new_record(trainer), trainer)
    )
    assert main(["learning", "--add-to", str(tmp_path)]) == 130
    learning = read(path).learning
    assert learning is not None
    assert len(learning.groups) == 1
    assert "2 trained networks are kept in" in capsys.readouterr().err


def test_other_code_and_other_machines_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trainer: Trainer
) -> None:
    path = own_bundle(tmp_path)
    document = orjson.loads(path.read_bytes())
    path.write_bytes(dumps(document | {"learning": new_record(trainer).document}))
    bundle = read(path)
    check_addable(bundle, "one")
    monkeypatch.setattr(record_module, "source", lambda: "f" * 32)
    with pytest.raises(ConfigurationError, match=r"what is trained has changed .* --again"):
        check_addable(bundle, "one")
    assert begin(bundle, "one", "a", 1, again=True).record.networks == 0
    strange = bundle.machine.model_copy(update={"cpu": "another"})
    with pytest.raises(ConfigurationError, match="was measured with another cpu"):
        begin(bundle.model_copy(update={"machine": strange}), "one", "a", 1, again=True)


def test_what_scores_samples_is_trained_more_briefly() -> None:
    assert REFERENCE.layers == RECIPE.layers
    assert REFERENCE.epochs < RECIPE.epochs


def test_time_is_as_the_preset_of_the_run_has_it(tmp_path: Path) -> None:
    from bench.commands.learning import _usual_budget_s
    from bench.presets import PRESETS

    bundle = read(own_bundle(tmp_path))
    assert _usual_budget_s(None) == 90
    for name in ("quick", "standard", "rigorous"):
        run = bundle.run.model_copy(update={"preset": name})
        budget_s = _usual_budget_s(bundle.model_copy(update={"run": run}))
        assert budget_s == PRESETS[name].learning_s
    assert PRESETS["quick"].learning_s == 30


def test_without_a_name_it_is_the_last_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trainer: Trainer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bench.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["learning", "--add-to"]) == 1
    assert "no run" in capsys.readouterr().err
    (tmp_path / "runs/one").mkdir(parents=True)
    path = own_bundle(tmp_path / "runs/one")
    monkeypatch.setattr(
        "bench.learning.session.begin", lambda *_, **__: Session(new_record(trainer), trainer)
    )
    assert main(["learning", "--add-to"]) == 0
    assert read(path).learning is not None
