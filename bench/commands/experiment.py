"""`python -m bench experiment`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.options import add_configuration, fields
from bench.requirements import require_torch
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, NOISY, add_json, path
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import Console

    from bench.bundle import Bundle
    from bench.pipeline.configuration import Configuration
    from bench.pipeline.result import ExperimentResult, Quantiles

NAME = "experiment"
SUMMARY = "Run one configuration of the whole pipeline."
EXAMPLES = """\
  python -m bench experiment --payload image --codec json --workers 2
  python -m bench experiment --size 224 --storage ebs_gp2 --accelerator h100 --accelerators 8
                                   eight H100 behind a cloud disk of 250 MiB/s, on this machine
  python -m bench experiment --payload image-natural --codec protobuf/jpeg --accelerator h100
                                   ResNet-50 on JPEG records, with pictures like photographs
  python -m bench experiment --codec csv --accelerator h100 --remove decode
                                   what decoding costs: the same without it
  python -m bench experiment --codec csv --accelerator h100 --control cached
                                   blueprint or fuel: the same step, fed from memory
  python -m bench experiment --workers 3 --add-to runs/one
  python -m bench experiment --payload audio --deadline 10ms --json
  echo '{"payload": "tokens", "batch": 16}' | python -m bench experiment --config -
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_configuration(parser, emulated=False)
    parser.add_argument(
        "--add-to",
        type=path,
        metavar="RUN",
        help="add what it did to this run's bundle, for its report",
    )


def run(options: argparse.Namespace) -> int:
    """Run one configuration and print what it did; measure again where the core was slowed."""
    from pathlib import Path

    import orjson

    from bench.bundle import RUNS, read
    from bench.pipeline.client import PipelineProcess
    from bench.pipeline.experiment import run_experiment
    from bench.pipeline.result import experiment_result
    from bench.system.watch import Watch
    from hardware_profiles.console import Console

    bundle = read(Path(options.add_to)) if options.add_to else None
    if bundle:
        _require_same_data(bundle, options)
    configuration = _configuration(options)
    require_torch("an experiment")
    if sys.stderr.isatty():
        streams.say(f"running for {configuration.seconds:g} s once all is ready")
    with Watch() as watch, PipelineProcess(RUNS, configuration.nonce, watch) as process:
        slowed_by = process.start().slowed_by
        experiment = run_experiment(process, configuration, watch.clock_s, slowed_by)
    result = experiment_result(configuration, experiment.measured)
    if experiment.warning:
        result = result.model_copy(update={"warnings": (experiment.warning, *result.warnings)})
    if bundle:
        _add(options.add_to, configuration, experiment.measured)
    for warning in result.warnings:
        streams.say(f"warning: {warning}")
    if options.json:
        judged = {"disturbed": experiment.disturbed, "windows": experiment.windows}
        answer = orjson.dumps(result.plain() | judged, option=orjson.OPT_INDENT_2)
        streams.print_json(answer.decode())
    else:
        _show(Console(), result)
    return NOISY if experiment.disturbed else DONE


def _require_same_data(bundle: Bundle, options: argparse.Namespace) -> None:
    from bench.errors import ConfigurationError
    from bench.run.pipeline_record import check_addable

    check_addable(bundle, options.add_to)
    if options.nonce not in {None, bundle.run.nonce}:
        raise ConfigurationError(f"nonce: that run has {bundle.run.nonce!r}; leave it out")
    options.nonce = bundle.run.nonce


def _configuration(options: argparse.Namespace) -> Configuration:
    from bench.pipeline.configuration import configuration

    values = fields(options)
    if options.deadline is not None:
        values["deadline_ms"] = options.deadline
    return configuration(values)


def _add(run: str, configuration: Configuration, measured: dict[str, object]) -> None:
    from pathlib import Path

    from bench.bundle import find, lock, read, write
    from bench.run.pipeline_record import added

    bundle = find(Path(run))
    with lock(bundle.parent):
        # Read again: another experiment may have been added meanwhile.
        write(bundle, added(read(bundle), configuration, measured))
    streams.say(f"added to {bundle}")


def _show(console: Console, outcome: ExperimentResult) -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(Text(outcome.configuration.setup().label, style="bold"), highlight=False)
    for name, text in _rows(outcome):
        console.print(f"  {name:<14} {text}", markup=False, highlight=False)
    table = Table("ms per batch", "mean", "p50", "p95", "p99", "max")
    times: dict[str, Quantiles | None] = {
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
    if outcome.configuration.workers:
        console.print(
            "storage, decode and transform are a worker's time; ipc begins when a batch is "
            "made and asked for; the consumer waits and steps.",
            highlight=False,
        )


def _rows(outcome: ExperimentResult) -> Iterator[tuple[str, str]]:
    in_consumer = outcome.cpu_s["consumer"] / outcome.seconds
    cores = in_consumer + outcome.cpu_s["workers"] / outcome.seconds
    yield "throughput", f"{outcome.samples_per_s:,.0f} samples/s"
    yield "", f"{outcome.decoded_bytes_per_s / 1e6:,.1f} MB/s decoded"
    if outcome.encoded_bytes_per_s is not None:
        yield "", f"{outcome.encoded_bytes_per_s / 1e6:,.1f} MB/s read"
    if outcome.feeding_tax is not None and outcome.gpu_busy is not None:
        yield (
            "feeding tax",
            f"{percent(outcome.feeding_tax, 1)} (busy {percent(outcome.gpu_busy, 1)})",
        )
    if outcome.mfu is not None:
        yield "MFU", percent(outcome.mfu, 2)
    if outcome.missed_deadlines is not None:
        limit_ms = outcome.configuration.deadline_ms
        yield "missed", f"{percent(outcome.missed_deadlines, 1)} later than {limit_ms:g} ms"
    yield (
        "batches ready",
        f"{percent(outcome.ready_share)} were made when asked for, {outcome.queued:.1f} on average",
    )
    yield "first batch", f"{outcome.first_batch_s:.3g} s"
    yield "CPU", f"{cores:.2f} cores, {in_consumer:.2f} of it in the consumer"
    yield "steady window", f"{outcome.batches} batches in {outcome.seconds:.2f} s"
    if outcome.started_s is not None:
        yield "starting", f"{outcome.started_s:.3g} s until all workers were there"
    for name, joules in outcome.energy_j.items():
        yield f"energy {name}", f"{joules:.3g} J"
