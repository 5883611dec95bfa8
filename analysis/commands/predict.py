"""`python -m analysis predict`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import add_run, read_machine, setup_of, show, status
from bench.options import add_configuration
from hardware_profiles.command_line import add_json, path

if TYPE_CHECKING:
    import argparse

NAME = "predict"
SUMMARY = "Say what a configuration will do, before it is run."
EXAMPLES = """\
  python -m analysis predict --payload image --codec json --workers 2
  python -m analysis predict runs/one --codec csv --storage ebs_gp2 --accelerator h100
  python -m analysis predict --payload audio --batch 4 --workers 1 --deadline 10ms --json
  python -m analysis predict --codec json --device orin --index 1850
  python -m analysis predict --all-devices --json
  python -m analysis predict --device h100 --class class.parquet
  python -m bench experiment --config one.json          measures what was predicted
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    add_json(parser)
    add_configuration(parser, emulated=True)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--device",
        metavar="NAME",
        help="on another device, such as h100, orin, rayban or hearable, with its track's "
        "questions",
    )
    where.add_argument("--all-devices", action="store_true", help="on the devices of all tracks")
    parser.add_argument(
        "--index",
        type=points,
        metavar="POINTS",
        help="this machine's single-core score in Geekbench 6 (default: as its CPU's name says)",
    )
    parser.add_argument(
        "--class",
        dest="class_file",
        type=path,
        metavar="FILE",
        help="class.parquet of a class, as compare writes it: other devices follow from what its "
        "machines show, where that missed CPUs that were left out by less than the published "
        "index did",
    )


def points(text: str) -> float:
    """Read a score; argparse names this function where it cannot."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def run(options: argparse.Namespace) -> int:
    """Print what a configuration will do, here or on other devices."""
    from analysis.errors import AnalysisError
    from analysis.model.alternatives import predict_by_other_methods
    from analysis.model.prediction import predict
    from analysis.report import prediction as prediction_report

    machine = read_machine(options.run)
    calibration = machine.calibration
    setup = setup_of(options)
    if options.device or options.all_devices:
        if options.deadline is not None:
            raise AnalysisError(
                "--deadline: slow batches are predicted on this machine only; leave it out"
            )
        from pathlib import Path

        from analysis.course.teaching import lesson_of
        from analysis.report.device import devices, on_devices

        lesson = None
        if options.class_file is not None:
            lesson = lesson_of(Path(options.class_file), machine.catalogue)
        results = on_devices(machine, setup, options.device, options.index, lesson)
        show(options, devices(results, (lesson, machine) if lesson else None))
        return status(calibration)
    if options.index is not None:
        raise AnalysisError(
            "--index: this machine's score matters to other devices only; add --device or "
            "--all-devices, or leave it out"
        )
    if options.class_file is not None:
        raise AnalysisError(
            "--class: what a class teaches matters to other devices only; add --device or "
            "--all-devices, or leave it out"
        )
    prediction = predict(calibration, setup, options.deadline)
    others = predict_by_other_methods(calibration, setup, options.deadline)
    show(options, prediction_report.prediction(prediction, others))
    return status(calibration)
