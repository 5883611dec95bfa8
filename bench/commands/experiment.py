"""What `python -m bench experiment` does, once its options are read."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.table import Table

from bench import bundle as bundles
from bench.errors import ConfigurationError, WorkerError
from bench.lock import lock
from bench.options import FIELDS
from bench.pipeline.client import Host
from bench.pipeline.configuration import configuration
from bench.pipeline.outcome import outcome as told
from bench.run.pipeline_record import added, check_addable

if TYPE_CHECKING:
    import argparse

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.outcome import Outcome, Spread


def experiment(options: argparse.Namespace) -> None:
    """Run one configuration and print what it did."""
    into = bundles.read(Path(options.add_to)) if options.add_to else None
    if into:
        check_addable(into, options.add_to)
        if options.nonce not in {None, into.run.nonce}:
            raise ConfigurationError(f"nonce: that run has {into.run.nonce!r}; leave it out")
        options.nonce = into.run.nonce
    found = _configuration(options)
    if find_spec("torch") is None:
        raise WorkerError(
            "an experiment needs torch, which is not installed here; "
            "docs/how-to/install-torch.md says for which systems there is one"
        )
    if sys.stderr.isatty():
        print(f"running for {found.seconds:g} s once all is ready", file=sys.stderr)
    with Host(bundles.RUNS, found.nonce) as host:
        host.start()
        measured = host.measure(found)
    outcome = told(found, measured)
    if into:
        path = bundles.find(Path(options.add_to))
        with lock(path.parent):
            # Read again: another experiment may have been added meanwhile.
            bundles.write(path, added(bundles.read(path), found, measured))
        print(f"added to {path}", file=sys.stderr)
    for warning in outcome.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.json:
        print(orjson.dumps(outcome.plain(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(Console(), outcome)


def _configuration(options: argparse.Namespace) -> Configuration:
    fields: dict[str, object] = {}
    if options.config:
        fields = _read(options.config)
    given = {name: getattr(options, name) for name in FIELDS}
    given["deadline_ms"] = options.deadline
    fields |= {name: value for name, value in given.items() if value is not None}
    return configuration(fields)


def _read(name: str) -> dict[str, object]:
    try:
        if name == "-" and sys.stdin is None:
            raise ConfigurationError("-: there is no standard input; name a file")
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{name}: this is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f'{name}: a configuration is an object, such as {{"batch": 64}}')
    # What an experiment printed can be run again.
    inner = found.get("configuration")
    return inner if isinstance(inner, dict) else found


def _show(console: Console, outcome: Outcome) -> None:
    found = outcome.configuration
    place = f"{found.workers} workers" if found.workers else "no workers"
    feeds = "" if found.accelerator == "none" else f" -> {found.accelerators} x {found.accelerator}"
    console.print(
        f"[bold]{found.payload}-{found.data.size}[/], {found.samples} a batch, {found.codec}, "
        f"{place}: {found.storage}{feeds}",
        highlight=False,
    )
    in_consumer = outcome.cpu_s["consumer"] / outcome.seconds
    cores = in_consumer + outcome.cpu_s["workers"] / outcome.seconds
    rows = [
        ("throughput", f"{outcome.samples_per_s:,.0f} samples/s"),
        ("", f"{outcome.decoded_bytes_per_s / 1e6:,.1f} MB/s decoded"),
    ]
    if outcome.encoded_bytes_per_s is not None:
        rows.append(("", f"{outcome.encoded_bytes_per_s / 1e6:,.1f} MB/s read"))
    if outcome.feeding_tax is not None and outcome.gpu_busy is not None:
        rows.append(("feeding tax", f"{outcome.feeding_tax:.1%} (busy {outcome.gpu_busy:.1%})"))
    if outcome.mfu is not None:
        rows.append(("MFU", f"{outcome.mfu:.2%}"))
    if outcome.missed_deadlines is not None:
        rows.append(
            ("missed", f"{outcome.missed_deadlines:.1%} later than {found.deadline_ms:g} ms")
        )
    rows += [
        (
            "batches ready",
            f"{outcome.ready_share:.0%} were made when asked for, {outcome.queued:.1f} on average",
        ),
        ("first batch", f"{outcome.first_batch_s:.3g} s"),
        ("CPU", f"{cores:.2f} cores, {in_consumer:.2f} of it in the consumer"),
        ("steady window", f"{outcome.batches} batches in {outcome.seconds:.2f} s"),
    ]
    if outcome.started_s is not None:
        rows.append(("starting", f"{outcome.started_s:.3g} s until all workers were there"))
    rows += [(f"energy {name}", f"{j:.3g} J") for name, j in outcome.energy_j.items()]
    for name, text in rows:
        console.print(f"  {name:<14} {text}", highlight=False)
    table = Table("ms a batch", "mean", "p50", "p95", "p99", "max")
    times: dict[str, Spread | None] = {
        **outcome.stages_us,
        "wait": outcome.wait_us,
        "h2d": outcome.h2d_us,
        "step": outcome.step_us,
        "whole": outcome.period_us,
    }
    for name, spread in times.items():
        if spread:
            values = (spread.mean, spread.p50, spread.p95, spread.p99, spread.max)
            table.add_row(name, *(f"{us / 1e3:.3g}" for us in values))
    console.print(table)
    if found.workers:
        console.print(
            "storage, decode and transform are a worker's time; ipc begins when a batch is "
            "made and asked for; the consumer waits and steps.",
            highlight=False,
        )
