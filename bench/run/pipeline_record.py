"""The pipeline's part of a bundle while it grows."""

from __future__ import annotations

import random
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from bench.bundle import DRIFT, reference_us, slowdown
from bench.bundle.setup import Setup
from bench.errors import ConfigurationError
from bench.identity import source_hash
from bench.machine import how_different
from bench.pipeline.configuration import configuration
from bench.pipeline.loader_options import loader_options
from bench.pipeline.probes import PROBES
from bench.presets import PRESETS
from bench.run.design import design

if TYPE_CHECKING:
    from bench.bundle import Bundle, Pipeline
    from bench.pipeline.configuration import Configuration
    from bench.presets import Preset

Document = dict[str, Any]

IMPOSSIBLE = "this machine cannot run it so"
"""Why a configuration was not measured that will not be tried again."""
_IDLE = "idle_uw"


def new_pipeline(preset: Preset, nonce: str, start: str | None) -> Document | str | None:
    """Return the pipeline's part of a run that has measured nothing yet; None: it is to have none.

    `unavailable: reason` where this machine cannot run it.
    """
    if not preset.configurations:
        return None
    if find_spec("torch") is None:
        return "unavailable: torch is not installed"
    designed = [
        _new(result.configuration, "design")
        | {"held_out": result.held_out, "retest": result.retest, "base": result.base}
        for result in design(preset, nonce, start)
    ]
    return _empty(preset) | {"configurations": designed}


def _empty(preset: Preset) -> Document:
    return {
        "source": source(),
        "repeats": preset.repeats,
        "configurations": [],
        **{name: [] for name in PROBES},
        _IDLE: None,
        "probes_failed": {},
    }


def _new(configuration: Configuration, origin: str) -> Document:
    return {
        "setup": configuration.setup().model_dump(mode="json"),
        "origin": origin,
        "held_out": False,
        "retest": False,
        "base": None,
        "encoded_bytes": None,
        "decoded_bytes": configuration.data.sample_bytes * configuration.samples,
        "batch_tensor_bytes": None,
        "tensors": None,
        "requested_step_ns": None,
        "flop": None,
        "peak_flop_s": None,
        "problem": None,
        "windows": [],
    }


def source() -> str:
    """Return the hash of the source that is measured, and measures."""
    return source_hash(
        "bench.pipeline.session", "bench.pipeline.storage", *PROBES.values(), "bench.run.design"
    )


def unlike(measured: Pipeline | str | None, preset: Preset, nonce: str) -> bool:
    """Tell whether what was begun to be measured is not what would be measured now."""
    if measured is None or isinstance(measured, str):
        return False
    then = [result.setup for result in measured.configurations if result.origin == "design"]
    start = then[0].start if then else None
    now = [result.configuration.setup() for result in design(preset, nonce, start)]
    return now != then or measured.source != source() or measured.repeats != preset.repeats


def try_again(pipeline: Document) -> bool:
    """Forget what could not be measured but might be now; tell whether there is something."""
    again = False
    for entry in pipeline["configurations"]:
        if entry["problem"] and entry["problem"] != IMPOSSIBLE:
            entry["problem"], again = None, True
    failed = pipeline["probes_failed"]
    for name in [name for name, why in failed.items() if why != IMPOSSIBLE]:
        del failed[name]
        again = True
    return again


def added(bundle: Bundle, configuration: Configuration, measured: Document) -> Document:
    """Return a bundle with a window of an experiment more, to be written."""
    document: Document = bundle.model_dump(mode="json", by_alias=True)
    if bundle.pipeline is None:
        document["pipeline"] = _empty(PRESETS[bundle.run.preset])
    Pipelines(document["pipeline"]).add(configuration, measured)
    return document


def check_addable(bundle: Bundle, run: str) -> None:
    """Refuse to add to what was not measured here, by this code.

    Raises:
        ConfigurationError: it says what differs.

    """
    pipeline = bundle.pipeline
    if words := how_different(bundle.machine):
        raise ConfigurationError(f"add-to: {run} was measured with {words}; start a new run here")
    if isinstance(pipeline, str) or bundle.run.preset not in PRESETS:
        raise ConfigurationError(f"add-to: {run} can hold no pipeline; start a new run")
    if pipeline and pipeline.source != source():
        raise ConfigurationError(
            f"add-to: the code has changed since {run} was measured; start a new run"
        )


class Pipelines:
    """Writes windows and probes into a bundle's document; `bench.run.record` writes it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._order = 1 + max((w["order"] for w in self._windows()), default=-1)

    @property
    def measured_windows(self) -> int:
        """How many windows are measured."""
        return len(self._windows())

    def _windows(self) -> list[Document]:
        return [w for result in self._document["configurations"] for w in result["windows"]]

    @property
    def passes(self) -> range:
        """All passes: the last is the late one, over some configurations."""
        return range(self._document["repeats"] + 1)

    @property
    def start(self) -> str:
        """How workers start."""
        result = self._document["configurations"]
        start: str = result[0]["setup"]["start"] if result else "fork"
        return start

    def configuration(self, number: int, **more: Any) -> Configuration:
        """Return a configuration by its number; more: its nonce, and how long it runs."""
        return configuration({**self._document["configurations"][number]["setup"], **more})

    def pending(self, repeat: int, seed: int) -> list[int]:
        """Return the numbers of the configurations that a pass is still to measure, in order.

        Random, but those that are compared follow each other, and so do those that share workers.
        """
        late = repeat == self.passes[-1]
        numbers = [
            number
            for number, result in enumerate(self._document["configurations"])
            if result["origin"] == "design"
            and (result["retest"] or not late)
            and not result["problem"]
            and all(w["repeat"] != repeat for w in result["windows"])
        ]
        rng = random.Random(f"{seed}/pipeline/{repeat}")  # noqa: S311 - an order, not a secret
        rng.shuffle(numbers)
        bases = {number: self._base(number) for number in numbers}
        shapes = {base: loader_options(self.configuration(base)) for base in bases.values()}
        by_shape = {options: place for place, options in enumerate(dict.fromkeys(shapes.values()))}
        by_base = {base: place for place, base in enumerate(shapes)}

        def place(number: int) -> tuple[int, int]:
            base = bases[number]
            return by_shape[shapes[base]], by_base[base]

        return sorted(numbers, key=place)

    def _base(self, number: int) -> int:
        """Return the configuration that one is compared with: itself, where there is none."""
        base: int | None = self._document["configurations"][number].get("base")
        return number if base is None else base

    def wants(self, probe: str, repeat: int) -> bool:
        """Tell whether a stage is still to be measured alone in a pass."""
        if probe in self._document["probes_failed"]:
            return False
        if probe == _IDLE:
            return self._document[probe] is None
        records = [record for record in self._document[probe] if isinstance(record, dict)]
        return all(record["repeat"] != repeat for record in records)

    def probed(self, probe: str, repeat: int, records: list[Any]) -> None:
        """Add what a stage gave alone."""
        if probe == _IDLE:
            self._document[probe] = records[0]
            return
        known = self._document[probe]
        for record in records:
            if isinstance(record, dict):
                known.append({**record, "repeat": repeat})
            elif record not in known:
                known.append(record)

    def probe_left_out(self, probe: str, reason: str) -> None:
        """Note why a pass does not measure a stage alone, where no pass before it has."""
        if not self._document[probe]:
            self.probe_failed(probe, reason)

    def probe_failed(self, probe: str, reason: str) -> None:
        """Note why a stage cannot be measured alone."""
        self._document["probes_failed"][probe] = reason

    def measured(self, number: int, repeat: int, record: Document) -> Document:
        """Add a window, in place of a more disturbed one of the pass; return it."""
        entry = self._document["configurations"][number]
        entry |= record["facts"]
        window = {"repeat": repeat, "order": self._order, **record["window"]}
        before = [w for w in entry["windows"] if w["repeat"] == repeat]
        if before:
            reference = self._reference_us(repeat)
            if slowdown(before[0]["canary_us"], reference) <= slowdown(
                window["canary_us"], reference
            ):
                return window
            entry["windows"].remove(before[0])
            # Workers are started for the first one only.
            window["started_us"] = window["started_us"] or before[0]["started_us"]
        entry["windows"].append(window)
        self._order += 1
        return window

    def _reference_us(self, repeat: int) -> float:
        """Return the canary's time at the core's full speed in a pass, in us."""
        windows = [w for w in self._windows() if w["repeat"] == repeat]
        return reference_us(us for window in windows for us in window["canary_us"])

    def disturbed(self, repeat: int) -> list[int]:
        """Return the numbers of configurations whose window in a pass was disturbed.

        The most disturbed first. It is judged by the canaries beside the window.
        """
        canaries_us = {
            number: window["canary_us"]
            for number, entry in enumerate(self._document["configurations"])
            for window in entry["windows"]
            if window["repeat"] == repeat and entry["origin"] == "design"
        }
        if not canaries_us:
            return []
        reference = self._reference_us(repeat)
        shares = {n: slowdown(canaries, reference) for n, canaries in canaries_us.items()}
        again = [number for number, share in shares.items() if share > DRIFT]
        return sorted(again, key=shares.__getitem__, reverse=True)

    def add(self, configuration: Configuration, measured: Document) -> None:
        """Add a window of an experiment, to the configuration that is the same where there is."""
        setup = configuration.setup().model_dump(mode="json")
        entries = self._document["configurations"]
        setups = [entry["setup"] for entry in entries]
        if setup not in setups:
            entries.append(_new(configuration, "experiment"))
            setups.append(setup)
        number = setups.index(setup)
        before = [window["repeat"] for window in entries[number]["windows"]]
        self.measured(number, max(before, default=-1) + 1, measured)

    def failed(self, number: int, reason: str) -> None:
        """Note why a configuration cannot be measured."""
        self._document["configurations"][number]["problem"] = reason

    def setup(self, number: int) -> Setup:
        """Return what a configuration is."""
        return Setup.model_validate(self._document["configurations"][number]["setup"])


def nothing() -> Pipelines:
    """Return the pipeline of a run that is to measure none."""
    return Pipelines({"configurations": [], "repeats": 0})
