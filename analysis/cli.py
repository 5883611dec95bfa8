"""The command line, `python -m analysis`. Heavy imports stay inside the commands."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from analysis.commands import options as configuration
from analysis.errors import AnalysisError

RUN = "a run's folder or bundle.json (default: the last run in runs/)"

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE, BAD_INPUT, NOISY, INTERRUPTED = 0, 1, 3, 130

_REPORT_EXAMPLES = """\
examples:
  python -m analysis report                  the last run in runs/
  python -m analysis report runs/one         writes runs/one/report.html
  python -m analysis report runs/one --out page.html
  python -m analysis report runs/one --json
"""

_CALIBRATE = """\
examples:
  python -m analysis calibrate               the last run in runs/
  python -m analysis calibrate runs/one --json
"""

_PREDICT = """\
examples:
  python -m analysis predict --payload image --codec json --workers 2
  python -m analysis predict runs/one --codec csv --storage ebs_gp2 --accelerator h100
  python -m analysis predict --payload audio --batch 4 --workers 1 --deadline 10ms --json
  python -m analysis predict --codec json --device orin --index 1850
  python -m analysis predict --all-devices --json
  python -m bench experiment --config one.json          measures what was predicted
"""

_RECOMMEND = """\
examples:
  python -m analysis recommend --payload image --codec json --accelerator 10ms
  python -m analysis recommend --payload tokens --codec json --storage hdd
  python -m analysis recommend --codec csv --upgrade 1 | python -m bench experiment --config -
"""

_VALIDATE = """\
examples:
  python -m analysis validate                the last run in runs/
  python -m analysis validate runs/one --out validation.md
  python -m analysis validate runs/one --json
"""

_TRANSFER = """\
example:
  python -m analysis transfer runs/laptop runs/desktop
"""

_PERFORMANCE_EXAMPLE = """\
example:
  python -m analysis performance runs/all --out page.md
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Explain a bundle that `python -m bench run` has measured, and predict.",
        epilog="examples:\n  python -m analysis report runs/one\n"
        "  python -m analysis predict --payload image --codec json --workers 2\n\n"
        "exit status: 0 done, 1 bad input, 2 usage, 3 measured but too noisy to trust, "
        "130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(
        dest="command",
        required=True,
        metavar="report|calibrate|predict|recommend|validate|transfer|performance",
    )

    def add(name: str, text: str, examples: str, run: str = RUN) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if run:
            command.add_argument("run", nargs="?", metavar="RUN", help=run)
        command.set_defaults(action=name)
        return command

    report = add("report", "Show a run as tables, and write its page.", _REPORT_EXAMPLES)
    report.add_argument("--out", metavar="FILE", help="the page (default: report.html in the run)")

    calibrate = add(
        "calibrate", "Show what a run says of this machine: the model's parameters.", _CALIBRATE
    )
    predict = add("predict", "Say what a configuration will do, before it is run.", _PREDICT)
    recommend = add("recommend", "Say what would make a configuration faster.", _RECOMMEND)
    validate = add(
        "validate", "Compare predictions with measurements that they have not seen.", _VALIDATE
    )
    validate.add_argument("--out", metavar="FILE", help="write it as a page too, in Markdown")
    transfer = add(
        "transfer",
        "Predict a second machine from its stages alone, by the first one's parameters.",
        _TRANSFER,
        run="",
    )
    transfer.add_argument("source", metavar="A", help="a run of the machine with the parameters")
    transfer.add_argument("target", metavar="B", help="a run of the other one")
    for command in (report, calibrate, predict, recommend, validate, transfer):
        command.add_argument("--json", action="store_true", help="print JSON on stdout")
    for command in (predict, recommend):
        configuration.add(command)
    predict.add_argument(
        "--deadline",
        metavar="TIME",
        type=configuration.deadline,
        help="from batch to batch, such as 10ms",
    )
    where = predict.add_mutually_exclusive_group()
    where.add_argument(
        "--device",
        metavar="NAME",
        help="on another device: h100, orin, rayban, hearable, with its track's questions",
    )
    where.add_argument("--all-devices", action="store_true", help="on these four")
    predict.add_argument(
        "--index",
        type=configuration.points,
        metavar="POINTS",
        help="this machine's single-core score in Geekbench 6 (default: as its CPU's name says)",
    )
    recommend.add_argument(
        "--upgrade",
        type=int,
        metavar="N",
        help="print the configuration of the N-th upgrade alone, for bench experiment --config -",
    )

    performance = add(
        "performance",
        "Write how each codec stands to the others and to the ceilings, as Markdown.",
        _PERFORMANCE_EXAMPLE,
        run="",
    )
    performance.add_argument("run", metavar="RUN", help="a run of the preset peers")
    performance.add_argument(
        "--out", metavar="FILE", default="docs/performance.md", help="default: docs/performance.md"
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = parser().parse_args(arguments)
    try:
        return _action(options.action)(options)
    except AnalysisError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(
            f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr
        )
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _action(name: str) -> Callable[[argparse.Namespace], int]:
    """Return what a command does; only now is anything heavy imported."""
    module = "report" if name in {"report", "performance"} else "model"
    found: Callable[[argparse.Namespace], int] = getattr(
        import_module(f"analysis.commands.{module}"), name
    )
    return found
