"""`python -m bench diagnose`: measured by `bench.diagnosis`, explained by `analysis.diagnosis`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.requirements import require_torch
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, INTERRUPTED, add_json, path

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from bench.diagnosis.schedule import DiagnosisSchedule

NAME = "diagnose"
SUMMARY = "Say what holds your own DataLoader back, and what a change gains."
EXAMPLES = """\
  python -m bench diagnose train.py:make_loader
  python -m bench diagnose train.py:loader --step train.py:step
                                   beside your own training step on a batch
  python -m bench diagnose my.data:train_loader --accelerator 10ms --workers 0,2,4
                                   beside a step that is waited
  python -m bench diagnose train.py:loader --accelerator h100 --workload resnet50
  python -m bench diagnose train.py:loader --seconds 120 --out diagnosis.html
  python -m bench diagnose train.py:loader --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "loader",
        metavar="MODULE_OR_FILE:NAME",
        help="a torch DataLoader, or a function that returns one",
    )
    step = parser.add_mutually_exclusive_group()
    step.add_argument(
        "--step", metavar="FILE:FUNCTION", help="your own training step: it takes a batch"
    )
    step.add_argument(
        "--accelerator",
        metavar="NAME",
        help="a step that is waited: a time, such as 10ms, or a device of a profile, such as h100",
    )
    parser.add_argument(
        "--workload", metavar="NAME", help="whose step that is on the device, such as resnet50"
    )
    parser.add_argument(
        "--seconds",
        type=seconds,
        default=60.0,
        metavar="S",
        help="how long all runs may take together, about (default: 60)",
    )
    parser.add_argument(
        "--workers",
        type=numbers,
        metavar="N,N",
        help="numbers of workers to try (default: those that fit this machine)",
    )
    parser.add_argument(
        "--out", type=path, metavar="PAGE", help="write it as .html, .pdf, .md, .json or .png"
    )
    add_json(parser)


def seconds(text: str) -> float:
    """Read a budget; argparse names this function where it cannot."""
    value = float(text)
    if not 5 <= value <= 86_400:
        raise ValueError(text)
    return value


def numbers(text: str) -> tuple[int, ...]:
    """Read numbers of workers."""
    values = tuple(sorted({int(part) for part in text.split(",")}))
    if not all(0 <= value <= 256 for value in values):
        raise ValueError(text)
    return values


def run(options: argparse.Namespace) -> int:
    """Run a loader as it is and with one thing changed at a time; print what holds it back."""
    from pathlib import Path

    from analysis.render import check_path
    from bench.diagnosis.client import LoaderProcesses
    from bench.diagnosis.schedule import DiagnosisSchedule
    from bench.system.watch import Watch

    out = Path(options.out) if options.out else None
    if out:
        check_path(out)
    require_torch("a loader")
    with LoaderProcesses(options.loader, options.step) as processes, Watch() as watch:
        processes.step_s = _step_s(options, processes.facts.batch_size)
        step = _step_name(options, processes.step_s)
        schedule = DiagnosisSchedule(
            processes, step, options.seconds, options.workers, watch.clock_s
        )
        interrupted = _measure(schedule)
    _explain(options, schedule, out)
    return INTERRUPTED if interrupted else DONE


def _measure(schedule: DiagnosisSchedule) -> bool:
    """Run all that there is time for; return whether it was interrupted."""
    from analysis.diagnosis.expectation import expected_gain

    steps = schedule.steps(lambda known, v: expected_gain(known, v.field, v.value))
    try:
        for name in steps:
            if sys.stderr.isatty():
                text = f"\r\033[K{schedule.spent_s:.0f} s: {name}"
                print(text, end="", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        if not schedule.diagnosis.runs:
            raise
        streams.say("\ninterrupted: this is what was measured until then")
        return True
    finally:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
    return False


def _explain(options: argparse.Namespace, schedule: DiagnosisSchedule, out: Path | None) -> None:
    from analysis.diagnosis.answer import answer
    from analysis.render import json, terminal, write
    from analysis.report.diagnosis import document
    from hardware_profiles.console import Console

    result = document(answer(schedule.diagnosis, schedule.variants))
    if out:
        write(result, out)
    if options.json:
        streams.print_json(json.text(result))
        return
    terminal.show(Console(highlight=False), result, last_first=True)
    if out:
        print(out)


def _step_name(options: argparse.Namespace, step_s: float | None) -> str:
    if options.step:
        return "your own"
    return "" if step_s is None else f"{options.accelerator}: {step_s * 1e3:.3g} ms, waited"


def _step_s(options: argparse.Namespace, batch_size: int | None) -> float | None:
    """Return how long a step takes that is waited; None: none is."""
    from bench.errors import ConfigurationError
    from hardware_profiles.demand import waited_s
    from hardware_profiles.errors import ProfileError

    if options.accelerator is None:
        if options.workload:
            raise ConfigurationError("workload: it belongs to an --accelerator; add one")
        return None
    try:
        step_s = waited_s(options.accelerator)
    except ProfileError as error:
        raise ConfigurationError(f"accelerator: {error}") from None
    if step_s is not None:
        return step_s
    return _step_of_workload(options, batch_size)


def _step_of_workload(options: argparse.Namespace, batch_size: int | None) -> float:
    from bench.errors import ConfigurationError
    from hardware_profiles.catalogue import catalogue
    from hardware_profiles.demand import demand, own_size, usual_method

    workloads = {profile.name: profile for profile in catalogue().of("workloads")}
    if options.workload not in workloads:
        raise ConfigurationError(
            f"workload: --accelerator {options.accelerator} needs to know whose step it is; choose "
            f"--workload from {', '.join(workloads)}, or a time to wait, such as 10ms"
        )
    workload = workloads[options.workload]
    size = own_size(workload)
    if batch_size is None or size is None:
        raise ConfigurationError(
            "accelerator: the work of a batch is not known, since this loader does not say how "
            "many samples it has, or the workload how large one is; give a time, such as 10ms"
        )
    method = usual_method(options.accelerator, workload, None, None)
    return demand(options.accelerator, 1, workload, method, size).step_s(batch_size)
