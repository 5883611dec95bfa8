"""`python -m analysis recommend`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import add_run, read_machine, setup_of, show, status
from bench.options import add_configuration
from hardware_profiles import streams
from hardware_profiles.command_line import add_json

if TYPE_CHECKING:
    import argparse

    from analysis.model.recommendation import Recommendation

NAME = "recommend"
SUMMARY = "Say what would make a configuration faster."
EXAMPLES = """\
  python -m analysis recommend --payload image --codec json --accelerator 10ms
  python -m analysis recommend --payload tokens --codec json --storage hdd
  python -m analysis recommend --codec csv --upgrade 1 | python -m bench experiment --config -
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    add_json(parser)
    add_configuration(parser, emulated=True)
    parser.add_argument(
        "--upgrade",
        type=int,
        metavar="N",
        help="print the configuration of the N-th upgrade alone, for bench experiment --config -",
    )


def run(options: argparse.Namespace) -> int:
    """Print what would make a configuration faster."""
    from analysis.model.alternatives import predict_by_other_methods
    from analysis.model.recommendation import recommend
    from analysis.report import recommendation as recommendation_report

    calibration = read_machine(options.run).calibration
    setup = setup_of(options)
    recommendation = recommend(calibration, setup)
    if options.upgrade is None:
        others = predict_by_other_methods(calibration, setup)
        show(options, recommendation_report.recommendation(recommendation, others))
    else:
        streams.print_json(_chosen(recommendation, options.upgrade))
    return status(calibration)


def _chosen(recommendation: Recommendation, place: int) -> str:
    """Return an upgrade's configuration as JSON, to be run by an experiment."""
    from analysis.errors import AnalysisError

    runnable = recommendation.runnable
    if not runnable:
        raise AnalysisError(f"--upgrade {place}: nothing that can be run here gains enough")
    if not 1 <= place <= len(runnable):
        raise AnalysisError(f"--upgrade {place}: choose 1 to {len(runnable)}")
    setup = runnable[place - 1].setup
    assert setup is not None  # noqa: S101 - what is runnable has one
    return setup.model_dump_json()
