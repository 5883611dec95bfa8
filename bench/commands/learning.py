"""`python -m bench learning`."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from bench.presets import DEFAULT_NONCE, PRESETS
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json, path
from hardware_profiles.durations import duration_s
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from pathlib import Path

    from bench.bundle import Bundle
    from bench.learning.record import Record

NAME = "learning"
SUMMARY = "Train small classifiers: many noisy or few curated samples; a doorbell's."
EXAMPLES = """\
  python -m bench learning                         a minute and a half at the most
  python -m bench learning --add-to                keep what is trained in the last run
  python -m bench learning --add-to runs/one       keep what is trained in a run, for its report
  python -m bench learning --add-to runs/one --seeds 10 --budget 300s
                                                   go on with it: what is trained is not again
"""
MAINTAINERS = False

_SEEDS, _MOST_SEEDS = 6, 1000
_BUDGET_S = 90
_LAST = object()
"""In place of a run's path: the last one."""
_MARGIN = 1.3
"""A group of networks is begun where the longest so far, so many times, would end in time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument(
        "--add-to",
        nargs="?",
        type=path,
        const=_LAST,
        metavar="RUN",
        help="keep it in this run's bundle, and go on with what is trained there (RUN left out: "
        "the last one in runs/)",
    )
    parser.add_argument(
        "--budget",
        type=budget,
        metavar="TIME",
        help=f"when it is up, the rest is left out (default: {_BUDGET_S}s, or as the run's preset)",
    )
    parser.add_argument(
        "--seeds",
        type=seeds,
        default=_SEEDS,
        metavar="N",
        help=f"networks for each setting, of other samples and weights (default: {_SEEDS})",
    )
    parser.add_argument(
        "--nonce",
        help="what is random follows from it (default: that of the run, or " + DEFAULT_NONCE + ")",
    )
    parser.add_argument(
        "--again", action="store_true", help="forget what is trained in the run, and begin anew"
    )


def budget(text: str) -> float:
    """Read a budget such as 90s, in s."""
    try:
        return duration_s(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"invalid budget value: {error}") from None


def seeds(text: str) -> int:
    """Read how many seeds; argparse names this function where it cannot."""
    value = int(text)
    if not 1 <= value <= _MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"seeds: from 1 to {_MOST_SEEDS}")
    return value


def run(options: argparse.Namespace) -> int:
    """Train until nothing is left or the time is up; print what was learnt."""
    began_s = time.monotonic()

    from contextlib import nullcontext
    from pathlib import Path

    from bench.bundle import find, latest, lock, read

    bundle_path = None
    if options.add_to is not None:
        bundle_path = latest() if options.add_to is _LAST else find(Path(options.add_to))
    with lock(bundle_path.parent, "training") if bundle_path else nullcontext():
        bundle = read(bundle_path) if bundle_path else None
        end_s = began_s + (options.budget or _usual_budget_s(bundle))
        record = _trained(options, bundle, bundle_path, end_s)
    if options.json:
        import orjson

        answer = {"bundle": bundle_path.as_posix() if bundle_path else None}
        plain = orjson.dumps(answer | {"learning": record.document}, option=orjson.OPT_INDENT_2)
        streams.print_json(plain.decode())
    else:
        _show(record)
        if bundle_path:
            print(bundle_path)
    return DONE


def _usual_budget_s(bundle: Bundle | None) -> float:
    preset = PRESETS.get(bundle.run.preset) if bundle else None
    return preset.learning_s if preset else _BUDGET_S


def _trained(
    options: argparse.Namespace, bundle: Bundle | None, bundle_path: Path | None, end_s: float
) -> Record:
    """Train, and keep what is trained after each group."""
    from bench.bundle import write
    from bench.learning.session import begin

    nonce = _nonce(options, bundle)
    session = begin(bundle, str(bundle_path), nonce, options.seeds, again=options.again)
    before = session.record.networks
    if before:
        streams.say(f"{counted(before, 'network')} are trained in {bundle_path} already")
    plain: dict[str, Any] = bundle.model_dump(mode="json", by_alias=True) if bundle else {}
    try:
        for done in session.train(end_s, _MARGIN):
            if bundle_path:
                write(bundle_path, plain | {"learning": session.record.document})
            streams.say(
                f"{done.what}: {counted(done.networks, 'network')} in {done.seconds:.1f} s; "
                f"{session.record.document['left_out']} left"
            )
    except KeyboardInterrupt:
        if bundle_path:
            kept = counted(session.record.networks, "trained network")
            streams.say(
                f"{kept} are kept in {bundle_path}; go on with "
                f"`python -m bench learning --add-to {bundle_path.parent}`"
            )
        raise
    if left := session.record.document["left_out"]:
        streams.say(
            f"{counted(left, 'network')} left out, since the time was up; more of --budget, or the "
            "same again with --add-to, trains them"
        )
    return session.record


def _nonce(options: argparse.Namespace, bundle: Bundle | None) -> str:
    from bench.errors import ConfigurationError, SelectionError

    nonce: str | None = options.nonce
    if bundle is not None:
        if nonce not in {None, bundle.run.nonce}:
            raise ConfigurationError(f"nonce: that run has {bundle.run.nonce!r}; leave it out")
        return bundle.run.nonce
    if nonce is not None and not (nonce.isascii() and nonce.isprintable() and 0 < len(nonce) <= 80):
        raise SelectionError("a nonce is 1 to 80 printable ASCII characters")
    return DEFAULT_NONCE if nonce is None else nonce


def _show(record: Record) -> None:
    from bench.learning.tables import tables
    from hardware_profiles.console import Console

    console = Console()
    for table in tables(record.document):
        console.print(table)
