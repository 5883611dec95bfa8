"""The command line, `python -m bench`. Heavy imports stay inside the commands."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from bench import options as options_of_experiment
from bench.errors import BenchError
from bench.presets import DEFAULT_NONCE, DEFAULT_PRESET, PRESETS
from formats.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE, BAD_INPUT, NOISY, INTERRUPTED = 0, 1, 3, 130

_RUN_EXAMPLES = """\
examples:
  python -m bench run                              a first look, two minutes
  python -m bench run --preset standard            what a course asks for, six minutes
  python -m bench run --payload image --format json --format protobuf
  python -m bench run --codec csv/rows/stdlib --out runs/one
  python -m bench run --payload tokens-repetitive --batch 4 --batch 64 --batch 1024
  python -m bench run --resume                     go on with the run that was interrupted last
"""

_LIST_EXAMPLES = """\
examples:
  python -m bench list
  python -m bench list --preset standard --payload tabular
  python -m bench list --measured runs/one         with costs measured on this machine
  python -m bench list --pipeline                  what is run end to end
  python -m bench list --json
"""

_PREVIEW_EXAMPLES = """\
examples:
  python -m bench preview              what a bundle would say of this machine, and why
  python -m bench preview runs/one     exactly what that run's bundle holds
"""

_FASTEST_EXAMPLES = """\
example:
  python -m bench fastest runs/all     writes formats/fastest.json
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure what it costs to turn stored bytes into tensors on this machine.",
        epilog="examples:\n  python -m bench run\n  python -m bench list --preset standard\n\n"
        "exit status: 0 done, 1 bad input, 2 usage, 3 measured but too noisy to trust, "
        "130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(
        dest="command", required=True, metavar="run|experiment|list|preview|fastest"
    )

    def add(name: str, text: str, examples: str) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument("--json", action="store_true", help="print JSON on stdout")
        return command

    def add_filters(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--preset",
            choices=PRESETS,
            help=f"how much to measure, by default {DEFAULT_PRESET}: "
            + ", ".join(f"{p.name} ({p.budget_s // 60} min)" for p in PRESETS.values()),
        )
        for name, example in (
            ("payload", "image"),
            ("format", "json"),
            ("codec", "csv/rows/pandas"),
        ):
            command.add_argument(
                f"--{name}",
                action="append",
                default=[],
                metavar=name.upper(),
                help=f"only this {name}, such as {example}; may be repeated",
            )

        for name, text in (
            ("size", "size of a sample, in the payload's own unit"),
            ("batch", "samples in a batch"),
        ):
            command.add_argument(
                f"--{name}",
                action="append",
                type=count,
                default=[],
                metavar="N",
                help=f"{text}, in place of the preset's; may be repeated",
            )

    run = add("run", "Measure, and write a bundle.", _RUN_EXAMPLES)
    add_filters(run)
    run.add_argument("--out", metavar="DIR", help="folder of the run (default: a new one in runs/)")
    run.add_argument("--seed", type=seed, help="of the random order (default: a random one)")
    run.add_argument(
        "--start",
        choices=("fork", "spawn", "forkserver"),
        help="how a DataLoader's workers start (default: as this system does)",
    )
    run.add_argument(
        "--nonce",
        help=f"of the generated data; a course gives its own (default: {DEFAULT_NONCE})",
    )
    run.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with an interrupted run (default: the last one in runs/)",
    )
    run.set_defaults(action=_run)

    listing = add("list", "Show the cases of a preset, with rank and cost.", _LIST_EXAMPLES)
    add_filters(listing)
    listing.add_argument(
        "--pipeline", action="store_true", help="the configurations of the pipeline instead"
    )
    listing.add_argument("--measured", metavar="RUN", help="take costs from this run")
    listing.set_defaults(action=_list)

    experiment = add(
        "experiment", "Run one configuration of the whole pipeline.", options_of_experiment.EXAMPLES
    )
    options_of_experiment.add(experiment)
    experiment.set_defaults(action=_experiment)

    preview = add(
        "preview", "Show exactly what leaves this machine in a bundle.", _PREVIEW_EXAMPLES
    )
    preview.add_argument("run", nargs="?", metavar="RUN", help="a run's folder or bundle.json")
    preview.set_defaults(action=_preview)

    fastest = add(
        "fastest", "Write which decoder is the fastest, from a run of all.", _FASTEST_EXAMPLES
    )
    fastest.add_argument("run", metavar="RUN", help="a run of the preset peers")
    fastest.set_defaults(action=_fastest)
    return top


def seed(text: str) -> int:
    """Read a seed; argparse names this function where it cannot."""
    value = int(text)
    if not 0 <= value < 2**53:
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 to 2**53 - 1")
    return value


def count(text: str) -> int:
    """Read a number of things; argparse names this function where it cannot."""
    value = int(text)
    if not 1 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError("a size or batch is a whole number from 1 to 1,000,000")
    return value


_OF_A_NEW_RUN = (
    *("preset", "payload", "format", "codec", "size", "batch"),
    *("out", "seed", "nonce", "start"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    # A polite kill, or a closed terminal, ends a run as Ctrl-C does: nothing measured is lost.
    for name in ("SIGTERM", "SIGHUP"):
        sent = getattr(signal, name, None)
        if sent is not None and signal.getsignal(sent) is not signal.SIG_IGN:  # as under nohup
            signal.signal(sent, _interrupt)
    commands = parser()
    options = commands.parse_args(arguments)
    if getattr(options, "resume", None) is not None:
        given = [name for name in _OF_A_NEW_RUN if getattr(options, name) not in (None, [])]
        if given:
            commands.error(f"a resumed run keeps its options; --resume goes without --{given[0]}")
    action: Callable[[argparse.Namespace], int] = options.action
    try:
        return action(options)
    except (BenchError, FormatError) as error:
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


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _run(options: argparse.Namespace) -> int:
    from bench.commands.run import run

    return run(options)


def _experiment(options: argparse.Namespace) -> int:
    from bench.commands.experiment import experiment

    experiment(options)
    return DONE


def _list(options: argparse.Namespace) -> int:
    from bench.commands.run import list_cases

    return list_cases(options)


def _fastest(options: argparse.Namespace) -> int:
    from bench.commands.run import fastest

    return fastest(options)


def _preview(options: argparse.Namespace) -> int:
    from bench.commands.run import preview

    return preview(options)
