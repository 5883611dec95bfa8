"""What the commands do, once their options are read."""

from __future__ import annotations

import multiprocessing
import secrets
import sys
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table

from bench import bundle as bundles
from bench.cases import Filters, select
from bench.cli import DONE, NOISY
from bench.environment import environment
from bench.errors import BenchError, SelectionError, WorkerError
from bench.fastest import table
from bench.lock import lock
from bench.machine import machine
from bench.presets import DEFAULT_NONCE, DEFAULT_PRESET, PRESETS, SAMPLE_S, Preset
from bench.run.design import design
from bench.run.progress import Screen
from bench.run.record import Recorder, new_document, resumed_document
from bench.run.runner import execute
from formats.errors import UnknownNameError
from formats.payloads import PAYLOADS, kind
from formats.registry import FORMATS, KNOWN, MEASURED, decoder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from pydantic import BaseModel


def run(options: argparse.Namespace) -> int:
    """Measure, or go on measuring; print the bundle's path."""
    recorder = _new(options) if options.resume is None else _resumed(options)
    blocks = len(recorder.cases) * recorder.run["processes"] * recorder.run["windows"]
    if recorder.pipeline:
        blocks += sum(len(recorder.pipeline.pending(p, 0)) for p in recorder.pipeline.passes)
    screen = Screen(Console(stderr=True), blocks, recorder.decoded_bytes())
    try:
        with lock(recorder.path.parent), screen:
            execute(recorder, screen)
    except (KeyboardInterrupt, BenchError):
        print(
            f"{recorder.blocks} measured blocks are kept in {recorder.path}; go on with "
            f"`nox -s bench -- --resume {recorder.path.parent}`",
            file=sys.stderr,
        )
        raise
    bundle = bundles.read(recorder.path)
    _say_left_out(bundle)
    if not any(case.blocks for case in bundle.cases):
        raise WorkerError("no case could be measured; the messages above say why")
    noisy = bundles.disturbed_share(bundle) > bundles.NOISY_SHARE
    if options.json:
        answer = {"bundle": recorder.path.as_posix(), "blocks": recorder.blocks, "noisy": noisy}
        print(orjson.dumps(answer).decode())
    else:
        print(recorder.path)
    return NOISY if noisy else DONE


def list_cases(options: argparse.Namespace) -> int:
    """Print the cases of a preset with their rank and cost."""
    preset = PRESETS[options.preset or DEFAULT_PRESET]
    if options.pipeline:
        return _list_configurations(preset, as_json=options.json)
    cases = list(select(preset, _filters(options)))
    nominal_s = (preset.warmup + preset.samples) * SAMPLE_S
    block_s = _block_costs_s(options.measured) if options.measured else {}
    blocks = preset.processes * preset.windows
    costs_s = [round(blocks * block_s.get(case.id, nominal_s), 2) for case in cases]
    if options.json:
        rows = [
            {"rank": rank, "id": case.id, "cost_s": cost_s}
            for rank, (case, cost_s) in enumerate(zip(cases, costs_s, strict=True))
        ]
        print(orjson.dumps(rows).decode())
        return DONE
    table = Table("rank", "case", "cost, s", title=f"{preset.name}: {preset.summary}")
    for rank, (case, cost_s) in enumerate(zip(cases, costs_s, strict=True)):
        table.add_row(str(rank), case.id, f"{cost_s:.2f}")
    console = Console()
    console.print(table)
    console.print(
        f"{len(cases)} cases, {sum(costs_s):.0f} s of timing in a budget of {preset.budget_s} s. "
        "A call longer than a sample costs more; "
        "when time is short the highest ranks are shortened, then left out.",
        highlight=False,
    )
    return DONE


def _list_configurations(preset: Preset, *, as_json: bool) -> int:
    found = design(preset, DEFAULT_NONCE)
    if as_json:
        setups = [d.configuration.setup().model_dump(mode="json") for d in found]
        print(orjson.dumps(setups).decode())
        return DONE
    table = Table("rank", "configuration", "", title=f"{preset.name}: the pipeline")
    for rank, one in enumerate(found):
        marks = ["held out"] * one.held_out + ["again at the end"] * one.retest
        if one.base not in {None, rank}:
            marks.append(f"beside {one.base}")
        table.add_row(str(rank), one.configuration.setup().label, ", ".join(marks))
    console = Console()
    console.print(table)
    console.print(
        f"{len(found)} configurations, {preset.repeats} times each and some again at the end, "
        f"{preset.pipeline_s} s of a budget of {preset.budget_s} s; with --json each is what "
        "`python -m bench experiment --config -` runs.",
        highlight=False,
    )
    return DONE


def preview(options: argparse.Namespace) -> int:
    """Print what a bundle says of this machine, or all that a bundle says."""
    if options.run:
        data = bundles.find(Path(options.run)).read_bytes()
        bundles.parse(data, options.run)
        print(orjson.dumps(orjson.loads(data), option=orjson.OPT_INDENT_2).decode())
        return DONE
    facts = {"machine": machine(), "before": environment()}
    if options.json:
        plain = {name: model.model_dump(mode="json") for name, model in facts.items()}
        print(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode())
        return DONE
    table = Table("what is recorded", "value here", "why", "coarsened to", show_lines=True)
    for name, model in facts.items():
        for row in _explain(name, model):
            table.add_row(*row)
    console = Console()
    console.print(table)
    console.print(
        "`before` is recorded again after the run. Beside this a bundle holds the options of the "
        "run, names and hashes of the cases, and times as integers; no name, host, address, path "
        "or file of yours. Show a finished run's bundle with `python -m bench preview RUN`.",
        highlight=False,
    )
    return DONE


def fastest(options: argparse.Namespace) -> int:
    """Write the table of the fastest decoders; print where it is, and what changed in it."""
    path = bundles.find(Path(options.run))
    written = table(bundles.parse(path.read_bytes(), options.run))
    before, after = orjson.loads(MEASURED.read_bytes()), orjson.loads(written)
    bundles.write_atomically(MEASURED, written)
    changes = [
        {"direction": direction, "layout": layout, "payload": payload, "was": was, "is": name}
        for direction, layouts in after.items()
        for layout, payloads in layouts.items()
        for payload, name in payloads.items()
        if (was := before.get(direction, {}).get(layout, {}).get(payload)) != name
    ]
    if options.json:
        print(orjson.dumps({"table": MEASURED.as_posix(), "changes": changes}).decode())
        return DONE
    for change in changes:
        print("{direction} {layout} {payload}: {was} -> {is}".format(**change), file=sys.stderr)
    print(MEASURED)
    return DONE


def _explain(name: str, model: BaseModel) -> Iterable[tuple[str, str, str, str]]:
    for key, field in type(model).model_fields.items():
        extra = field.json_schema_extra
        coarsening = str(extra.get("coarsening", "")) if isinstance(extra, dict) else ""
        value: Any = getattr(model, key)
        shown = (
            "\n".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        yield f"{name}.{key}", str(shown), field.description or "", coarsening


_LARGEST_BATCH = 1 << 30
"""Bytes of a decoded batch; text takes several times as much, and Python objects more."""


def _filters(options: argparse.Namespace) -> Filters:
    """Return what is asked for.

    Raises:
        UnknownNameError: a name is not known; the known ones are named.
        SelectionError: a batch would not fit the memory of a laptop.

    """
    kinds = [kind(name) for name in options.payload] or list(PAYLOADS.values())
    for name in options.codec:
        decoder(name)
    for name in options.format:
        if name not in FORMATS:
            raise UnknownNameError(
                f"no format is called {name!r}; choose from {', '.join(FORMATS)}"
            )
    for found in kinds:
        sample = found(max(options.size, default=None)).sample_bytes
        size = sample * max(options.batch, default=found.usual[1])
        if size > _LARGEST_BATCH:
            raise SelectionError(
                f"a batch of {found.name} would have {size / 1e9:.3g} GB; name a smaller --size "
                f"or --batch (up to {_LARGEST_BATCH / 1e9:.2g} GB)"
            )
    return Filters(*(tuple(getattr(options, name)) for name in _FILTER_OPTIONS))


_FILTER_OPTIONS = ("payload", "format", "codec", "size", "batch")


def _new(options: argparse.Namespace) -> Recorder:
    preset = PRESETS[options.preset or DEFAULT_PRESET]
    filters = _filters(options)
    _require_extra(preset)
    nonce: str = DEFAULT_NONCE if options.nonce is None else options.nonce
    if not (nonce.isascii() and nonce.isprintable() and 0 < len(nonce) <= 80):
        raise SelectionError("a nonce is 1 to 80 printable ASCII characters")
    if options.out:
        folder = Path(options.out)
    else:
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        folder = bundles.RUNS / f"{stamp}-{preset.name}"
    path = folder / bundles.BUNDLE_NAME
    if path.exists():
        raise SelectionError(
            f"{path} is there already; name another folder, or go on with it: --resume {folder}"
        )
    document = new_document(
        preset,
        seed=secrets.randbits(32) if options.seed is None else options.seed,
        nonce=nonce,
        filters=filters,
        start=_start(options.start),
    )
    recorder = Recorder(path, document)
    # Before anything is measured: a folder that cannot be written shows now.
    recorder.save(0)
    return recorder


def _start(asked: str | None) -> str | None:
    known = multiprocessing.get_all_start_methods()
    if asked and asked not in known:
        raise SelectionError(f"--start {asked}: this system has {', '.join(known)}")
    return asked


def _require_extra(preset: Preset) -> None:
    missing = sorted({d.libraries[0] for d in KNOWN.values() if not d.installed})
    if preset.extra and missing:
        raise SelectionError(
            f"the preset {preset.name} compares with {', '.join(missing)}, which are not "
            f"installed; run `nox -s {preset.name}`, which installs them"
        )


def _resumed(options: argparse.Namespace) -> Recorder:
    path = bundles.find(Path(options.resume)) if options.resume else bundles.latest("partial")
    return Recorder(path, resumed_document(bundles.read(path)))


def _block_costs_s(run: str) -> dict[str, float]:
    """Return what a block of each case of a run took on average, canaries aside."""
    return {
        case.id: fmean(sum(b.samples_us) + sum(b.warmup_us) for b in case.blocks) / 1e6
        for case in bundles.read(Path(run)).cases
        if case.blocks
    }


def _say_left_out(bundle: bundles.Bundle) -> None:
    if bundle.run.left_out:
        print(
            f"{len(bundle.run.left_out)} of {len(bundle.cases)} cases were left out to save time: "
            + ", ".join(bundle.run.left_out),
            file=sys.stderr,
        )
