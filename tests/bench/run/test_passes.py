"""The pipeline within a run: measured, left out, broken, interrupted, gone on with, added to."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from bench import bundle as bundles
from bench import presets
from bench.bundle import Bundle, Pipeline, Setup
from bench.errors import ConfigurationError, ResumeError
from bench.pipeline.configuration import configuration
from bench.pipeline.probes import PROBES
from bench.presets import PRESETS, Preset, Sweep
from bench.run.design import design
from bench.run.document import new_document, resumed_document
from bench.run.passes import Passes
from bench.run.pipeline_record import Pipelines, added, check_addable
from bench.run.record import Recorder
from bench.run.runner import execute
from bench.system.watch import Watch
from tests.bench.run.test_run import Watcher
from tests.conftest import MEASURED, TINY, command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runs")]

pytest.importorskip("torch", reason="the pipeline is torch's")

PIPED = replace(
    TINY,
    name="piped",
    budget_s=300,
    sweeps=(Sweep("small", kinds=("decode",), payloads=("tokens",)),),
    configurations=5,
    repeats=1,
    retested=1,
    window_s=0.1,
    probe_s=0.01,
    pipeline_s=200,
)


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Preset:
    monkeypatch.setitem(presets.PRESETS, PIPED.name, PIPED)
    return PIPED


def recorder(path: Path, preset: Preset) -> Recorder:
    return Recorder(path, new_document(preset, seed=1, nonce="test"))


def pipeline(path: Path) -> Pipeline:
    result = bundles.read(path).pipeline
    assert isinstance(result, Pipeline)
    return result


def test_a_run_measures_its_configurations_and_each_stage_alone(
    tmp_path: Path, piped: Preset
) -> None:
    path = tmp_path / "bundle.json"
    watcher = Watcher()
    execute(recorder(path, piped), watcher)
    bundle = bundles.read(path)
    assert bundle.run.state == "complete"
    result = pipeline(path)
    assert len(result.configurations) == piped.configurations
    assert result.left_out == ()
    assert result.probes_failed == {}
    for c in result.configurations:
        assert [w.repeat for w in c.windows] == ([0, 1] if c.retest else [0])
        for w in c.windows:
            assert w.batches >= 8
            assert w.us >= 100_000
            assert len(w.workers_cpu_us) == c.setup.workers
            assert c.tensors == (3 if c.setup.payload == "tabular" else 1)
    assert sum(c.retest for c in result.configurations) == piped.retested
    assert len(watcher.windows) == piped.configurations + piped.retested
    assert {a.codec.split("/")[0] for a in result.isolated} == {"json", "csv"}
    ways = {c.transport for c in result.ipc}
    assert {"file_system", "pipe"} <= ways <= {"file_descriptor", "file_system", "pipe"}
    assert all(len(c.batches_x100) == c.decoders for c in result.contention)
    assert next(d.device for d in result.devices if not isinstance(d, str)) == "cpu"
    assert result.idle_uw
    # Nothing is left of the data sets.
    assert {p.name for p in tmp_path.iterdir()} == {"bundle.json"}


def test_a_run_that_is_interrupted_goes_on_with_what_is_left(tmp_path: Path, piped: Preset) -> None:
    path = tmp_path / "bundle.json"

    class Impatient(Watcher):
        def ran(self, *_: object) -> None:
            if pipeline(path).configurations[1].windows:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(recorder(path, piped), Impatient())
    before = {c.setup: c.windows for c in pipeline(path).configurations if c.windows}
    assert before
    execute(Recorder(path, resumed_document(bundles.read(path))), Watcher())
    after = {c.setup: c.windows for c in pipeline(path).configurations}
    assert all(after[setup][0] == windows[0] for setup, windows in before.items())
    assert all(windows for windows in after.values())
    assert len({w.order for windows in after.values() for w in windows}) == 6


def test_a_run_is_not_gone_on_with_by_other_code(
    tmp_path: Path, piped: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.json"
    recorder(path, piped).save(0)
    resumed_document(bundles.read(path))
    monkeypatch.setattr("bench.run.pipeline_record.source", lambda: "0" * 32)
    with pytest.raises(ResumeError, match="the code has changed"):
        resumed_document(bundles.read(path))


def kill_workers(stop: threading.Event, most: int) -> None:
    """Kill workers of a DataLoader, the first that show up."""
    me, killed = psutil.Process(), 0
    while not stop.is_set() and killed < most:
        with suppress(psutil.Error):
            for host in me.children():
                if "bench.pipeline" not in host.cmdline():
                    continue
                busy = [p for p in host.children() if p.cpu_times().user > 0.05]
                if "pt_data_worker" in {p.name() for p in busy}:
                    next(p for p in busy if p.name() == "pt_data_worker").kill()
                    killed += 1
        time.sleep(0.01)


@pytest.mark.skipif(not psutil.LINUX, reason="workers are known by their name")
@pytest.mark.parametrize("killed", [1, 3])
def test_a_worker_that_is_killed_has_its_configuration_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    preset = replace(PIPED, window_s=1.0, probe_s=0.01)
    monkeypatch.setitem(presets.PRESETS, preset.name, preset)
    path = tmp_path / "bundle.json"
    stop = threading.Event()
    killer = threading.Thread(target=kill_workers, args=(stop, killed))
    killer.start()
    try:
        execute(recorder(path, preset), Watcher())
    finally:
        stop.set()
        killer.join()
    # Three at once, or of one configuration, may leave one out.
    broken = [c.problem for c in pipeline(path).configurations if c.problem]
    assert len(broken) <= killed // 3
    assert all("it was killed from outside (SIGKILL)" in problem for problem in broken)
    assert all(c.windows for c in pipeline(path).configurations if not c.problem)
    if broken:
        execute(Recorder(path, resumed_document(bundles.read(path))), Watcher())
    assert all(c.windows and not c.problem for c in pipeline(path).configurations)


def test_what_there_is_no_time_for_is_left_out_last_ranked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = replace(PIPED, pipeline_s=1)
    monkeypatch.setitem(presets.PRESETS, preset.name, preset)
    path = tmp_path / "bundle.json"
    execute(recorder(path, preset), Watcher())
    result = pipeline(path)
    assert result.left_out == tuple(c for c in result.configurations if not c.windows)
    measured = [bool(c.windows) for c in result.configurations]
    assert measured == sorted(measured, reverse=True)
    assert not all(measured)


class Late(Watch):
    """A watch that is set forward."""

    late_s = 0.0

    def clock_s(self) -> float:
        return super().clock_s() + self.late_s


@pytest.mark.parametrize("begun", [False, True])
def test_nothing_is_begun_once_the_time_of_the_run_is_up(
    tmp_path: Path, piped: Preset, begun: bool
) -> None:
    """As where its processes were stopped for seconds, again and again, until it was."""
    path, watch = tmp_path / "bundle.json", Late()
    run = recorder(path, piped)

    class Setter(Watcher):
        def probing(self, what: str) -> None:
            if what.endswith("ipc") and begun:
                watch.late_s = piped.budget_s + 1

    passes = Passes(run, Setter(), watch, lambda: 0)
    watch.late_s = 0.0 if begun else piped.budget_s + 1
    passes.run(0)
    run.save(0)
    result = pipeline(path)
    assert not any(c.windows or c.problem for c in result.configurations)
    left_out = {"contention", "devices"} if begun else set(PROBES)
    assert result.probes_failed == dict.fromkeys(left_out, "no time was left for it")
    assert bool(result.isolated) is begun


@pytest.mark.parametrize("processes", [1, 3, 5, 10])
def test_passes_are_spread_over_the_run(processes: int, tmp_path: Path, piped: Preset) -> None:
    preset = replace(piped, processes=processes, repeats=3)
    PRESETS[preset.name] = preset
    result = recorder(tmp_path / "bundle.json", preset)
    passes = Passes(result, Watcher(), Watch(), lambda: 0)
    due = [passes.due(process) for process in range(processes)]
    assert [p for passed in due for p in passed] == [0, 1, 2, 3]
    assert due[-1][-1] == 3
    assert passes.planned_s() == pytest.approx(preset.pipeline_s)


def test_runs_of_a_selection_and_presets_without_configurations_have_none(tiny: Preset) -> None:
    assert new_document(tiny, seed=1, nonce="x")["pipeline"] is None


@pytest.mark.parametrize("name", ["quick", "standard", "rigorous"])
def test_a_design_is_the_same_everywhere_and_covers_the_space(name: str) -> None:
    preset = PRESETS[name]
    designed = design(preset, "x", "spawn")
    assert designed == design(preset, "x", "spawn")
    assert len(designed) == preset.configurations >= {"quick": 16, "standard": 24}.get(name, 200)
    assert sum(d.retest for d in designed) >= preset.retested
    assert 0.2 <= sum(d.held_out for d in designed) / len(designed) <= 0.3
    for field, least in (("payload", 4), ("codec", 4), ("workers", 4), ("storage", 3)):
        assert len({getattr(d.configuration, field) for d in designed}) >= least
    # What is held out is no corner of its own.
    for field in ("payload", "workers"):
        held = {getattr(d.configuration, field) for d in designed if d.held_out}
        assert held <= {getattr(d.configuration, field) for d in designed if not d.held_out}


def test_what_is_compared_differs_in_one_thing_and_is_measured_side_by_side() -> None:
    designed = design(PRESETS["rigorous"], "x", "fork")
    setups = [item.configuration.setup() for item in designed]
    families: dict[int, set[int]] = {}
    for number, item in enumerate(designed):
        if item.base is not None:
            families.setdefault(item.base, set()).add(number)
            changed = setups[number].changed_from(setups[item.base])
            assert len(changed) == (0 if number == item.base else 1)
    assert len(families) >= 12
    for base, family in families.items():
        assert base in family
        removed = {setups[number].remove for number in family} - {None}
        if removed:
            assert removed >= {"storage", "decode", "transform"}
        assert any(setups[n].remove is None and n != base for n in family)
    pipelines = Pipelines(new_document(PRESETS["rigorous"], seed=1, nonce="x")["pipeline"])
    for repeat in range(PRESETS["rigorous"].repeats):
        order = pipelines.pending(repeat, 1)
        assert sorted(order) == list(range(len(designed)))
        for family in families.values():
            places = [order.index(number) for number in family]
            assert max(places) - min(places) == len(family) - 1


def test_regimes_are_the_last_of_a_rigorous_run_and_change_nothing_before_them() -> None:
    """Each lever of a regime is run beside what it is compared with; short presets have none."""
    rigorous = PRESETS["rigorous"]
    designed = design(rigorous, "x", "fork")
    before = design(replace(rigorous, regimes=False, configurations=200), "x", "fork")
    assert designed[:200] == before
    setups = [item.configuration.setup() for item in designed]
    levers = {
        field
        for number, item in enumerate(designed[200:], 200)
        if item.base is not None
        for field in setups[number].changed_from(setups[item.base])
    }
    assert levers >= {"transform", "tail", "epoch", "persistent", "shards", "threads", "heap"}
    levers -= {"codec", "storage", "workers"}  # which every preset changes
    usual = Setup()
    for name in ("quick", "standard"):
        for item in design(PRESETS[name], "x", "fork"):
            assert all(getattr(item.configuration, n) == getattr(usual, n) for n in levers)


def measured_here(tmp_path: Path, preset: Preset) -> Bundle:
    result = recorder(tmp_path / "bundle.json", preset)
    result.save(0)
    return bundles.read(tmp_path / "bundle.json")


def test_an_experiment_can_be_added_to_a_run(
    tmp_path: Path, environment: dict[str, str], piped: Preset
) -> None:
    run = tmp_path / "run"
    # Of a preset that the command knows.
    result = Recorder(run / "bundle.json", new_document(PRESETS["quick"], seed=1, nonce="mine"))
    result.save(0)
    options = ("--seconds", "0.1", "--codec", "json", "--add-to", str(run), "--json")
    for workers in ("0", "0", "1"):
        code, out, err = command(
            "bench", environment, tmp_path, "experiment", "--workers", workers, *options
        )
        assert code in MEASURED, err
        assert "added to" in err
        assert json.loads(out)["configuration"]["nonce"] == "mine"
    after = pipeline(run / "bundle.json")
    assert [len(c.windows) for c in after.configurations[:3]] == [2, 1, 0]
    code, out, err = command(
        "bench", environment, tmp_path, "experiment", "--nonce", "other", *options
    )
    assert (code, out) == (1, "")
    assert "'mine'" in err


def test_an_experiment_is_not_added_to_another_machines_run(tmp_path: Path, piped: Preset) -> None:
    bundle = measured_here(tmp_path, piped)
    check_addable(bundle, "that run")
    machine = bundle.machine.model_copy(update={"cpu": "abacus"})
    with pytest.raises(ConfigurationError, match="another cpu"):
        check_addable(bundle.model_copy(update={"machine": machine}), "that run")
    gone = bundle.model_copy(update={"pipeline": "unavailable: torch is not installed"})
    with pytest.raises(ConfigurationError, match="can hold no pipeline"):
        check_addable(gone, "that run")


def test_whose_bucket_it_is_is_not_recorded() -> None:
    result = configuration({"storage": "s3://my-bucket/mine", "endpoint_url": "http://127.0.0.1:9"})
    assert result.setup().storage == "s3"
    assert "my-bucket" not in result.setup().model_dump_json()


def test_added_makes_a_pipeline_where_there_was_none(tmp_path: Path, tiny: Preset) -> None:
    bundle = measured_here(tmp_path, tiny)
    assert bundle.pipeline is None
    window: dict[str, dict[str, int]] = {"facts": {}, "window": {}}
    document = added(bundle, configuration({}), window)
    assert len(document["pipeline"]["configurations"]) == 1


def test_what_a_slow_spell_left_out_is_measured_after_all(tmp_path: Path, piped: Preset) -> None:
    passes = Passes(recorder(tmp_path / "bundle.json", piped), Watcher(), Watch(), lambda: 0)
    passes._end_s = time.monotonic() + 15
    passes._cost_s = 10.0
    assert passes._next([3, 1, 2]) == 1
    passes._cost_s = 1.0
    assert passes._next([3, 2]) == 3
    passes._end_s = time.monotonic()
    assert passes._next([3, 2]) is None
