"""`python -m bench run`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bench.commands.selection import FILTERS, add_selection, filters_of
from bench.presets import DEFAULT_NONCE, DEFAULT_PRESET, PRESETS
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, NOISY, add_json, path
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from bench.bundle import Bundle
    from bench.course import Course
    from bench.presets import Preset
    from bench.run.record import Recorder

NAME = "run"
SUMMARY = "Measure, and write a bundle."
EXAMPLES = """\
  python -m bench run                              a first look, two minutes
  python -m bench run --preset standard            what a course asks for, six minutes
  python -m bench run --payload image --format json --format protobuf
  python -m bench run --codec csv/rows/stdlib --out runs/one
  python -m bench run --payload tokens-repetitive --batch 4 --batch 64 --batch 1024
  python -m bench run --course course.toml         as a course asks for it
  python -m bench run --resume                     go on with the run that was interrupted last
"""
MAINTAINERS = False

_SHOWN = 3
"""Cases that are named of those that were left out."""
_OF_A_NEW_RUN = ("preset", *FILTERS, "out", "seed", "nonce", "course", "start")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_selection(parser)
    parser.add_argument(
        "--out", type=path, metavar="DIR", help="folder of the run (default: a new one in runs/)"
    )
    parser.add_argument("--seed", type=seed, help="of the random order (default: a random one)")
    parser.add_argument(
        "--start",
        choices=("fork", "spawn", "forkserver"),
        help="how a DataLoader's workers start (default: as this system does)",
    )
    data = parser.add_mutually_exclusive_group()
    data.add_argument(
        "--course",
        type=path,
        metavar="FILE",
        help="a course's file: its preset and its data (default: course.toml where it is here)",
    )
    data.add_argument(
        "--nonce",
        help=f"of the generated data, in place of a course's (default: {DEFAULT_NONCE})",
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with an interrupted run (default: the last one in runs/)",
    )


def seed(text: str) -> int:
    """Read a seed; argparse names this function where it cannot."""
    value = int(text)
    if not 0 <= value < 2**53:
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 to 2**53 - 1")
    return value


def run(options: argparse.Namespace) -> int:
    """Measure, or go on measuring; print the bundle's path."""
    given = [name for name in _OF_A_NEW_RUN if getattr(options, name) not in (None, [])]
    if options.resume is not None and given:
        options.parser.error(f"a resumed run keeps its options; --resume goes without --{given[0]}")

    import json

    from bench.bundle import NOISY_SHARE, disturbed_share, lock, read
    from bench.errors import BenchError, WorkerError
    from bench.run.progress import Screen
    from bench.run.runner import execute
    from hardware_profiles.console import Console

    recorder = _new(options) if options.resume is None else _resumed(options.resume)
    screen = Screen(Console(stderr=True), _blocks(recorder), recorder.decoded_bytes())
    with lock(recorder.path.parent):
        try:
            with screen:
                execute(recorder, screen)
        except (KeyboardInterrupt, BenchError):
            blocks = counted(recorder.blocks, "measured block")
            streams.say(
                f"{blocks} {'is' if recorder.blocks == 1 else 'are'} kept in {recorder.path}; go "
                f"on with `nox -s bench -- --resume {recorder.path.parent}`"
            )
            raise
    bundle = read(recorder.path)
    _warn_of_what_was_left_out(bundle)
    _tell_of_failures(bundle)
    if not any(case.blocks for case in bundle.cases):
        raise WorkerError("no case could be measured; the messages above say why")
    noisy = disturbed_share(bundle) > NOISY_SHARE
    if options.json:
        answer = {"bundle": recorder.path.as_posix(), "blocks": recorder.blocks, "noisy": noisy}
        streams.print_json(json.dumps(answer, ensure_ascii=False))
    else:
        print(recorder.path)
    return NOISY if noisy else DONE


def _blocks(recorder: Recorder) -> int:
    """Return how many blocks and windows are planned."""
    blocks: int = len(recorder.cases) * recorder.run["processes"] * recorder.run["windows"]
    if recorder.pipeline:
        blocks += sum(len(recorder.pipeline.pending(p, 0)) for p in recorder.pipeline.passes)
    return blocks


def _new(options: argparse.Namespace) -> Recorder:
    import secrets
    from datetime import datetime
    from pathlib import Path

    from bench.bundle import BUNDLE_NAME, RUNS, remove_leftovers
    from bench.errors import SelectionError
    from bench.run.document import new_document
    from bench.run.record import Recorder

    chosen = _course(options)
    usual = chosen.preset if chosen else DEFAULT_PRESET
    preset = PRESETS[options.preset or usual]
    filters = filters_of(options)
    _require_extra(preset)
    nonce: str = chosen.nonce if chosen else options.nonce
    if nonce is None:
        nonce = DEFAULT_NONCE
    if not (nonce.isascii() and nonce.isprintable() and 0 < len(nonce) <= 80):
        raise SelectionError("a nonce is 1 to 80 printable ASCII characters")
    if options.out:
        folder = Path(options.out)
    else:
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        folder = RUNS / f"{stamp}-{preset.name}"
    bundle = folder / BUNDLE_NAME
    if bundle.exists():
        raise SelectionError(
            f"{bundle} exists already; name another folder, or go on with it: --resume {folder}"
        )
    document = new_document(
        preset,
        seed=secrets.randbits(32) if options.seed is None else options.seed,
        nonce=nonce,
        filters=filters,
        start=_start(options.start),
    )
    remove_leftovers(folder.parent, below=True)
    recorder = Recorder(bundle, document)
    # Before anything is measured: a folder that cannot be written shows now.
    recorder.save(0)
    return recorder


def _course(options: argparse.Namespace) -> Course | None:
    """Return the course that a run is for, and say so; None: it is for none.

    Raises:
        CourseError: its file cannot be used.

    """
    from bench.course import course

    if options.nonce is not None:
        return None
    chosen = course(options.course)
    if chosen is None:
        return None
    streams.say(f"for the course {chosen.name}, {chosen.term}, which asks for {chosen.preset}")
    if options.preset not in {None, chosen.preset}:
        streams.say(
            f"note: a run of the preset {options.preset} is a look for yourself; hand in one of "
            f"{chosen.preset}"
        )
    return chosen


def _start(method: str | None) -> str | None:
    import multiprocessing

    from bench.errors import SelectionError

    known = multiprocessing.get_all_start_methods()
    if method and method not in known:
        raise SelectionError(f"--start {method}: this system has {', '.join(known)}")
    return method


def _require_extra(preset: Preset) -> None:
    from bench.errors import SelectionError
    from formats.registry import KNOWN

    own = [d for d in KNOWN.values() if d.extra == preset.extra]
    missing = sorted({d.libraries[0] for d in own if not d.installed})
    if missing:
        raise SelectionError(
            f"the preset {preset.name} compares with {', '.join(missing)}, which are not "
            f"installed; run `nox -s {preset.name}`, which installs them"
        )


def _resumed(run: str) -> Recorder:
    from pathlib import Path

    from bench.bundle import find, latest, read
    from bench.run.document import resumed_document
    from bench.run.record import Recorder

    bundle = find(Path(run)) if run else latest(_is_partial, "partial run")
    return Recorder(bundle, resumed_document(read(bundle)))


def _warn_of_what_was_left_out(bundle: Bundle) -> None:
    if left_out := bundle.run.left_out:
        others = len(left_out) - _SHOWN
        streams.say(
            f"{len(left_out)} of {counted(len(bundle.cases), 'case')} left out to save time: "
            + ", ".join(left_out[:_SHOWN])
            + (f" and {others} more, which the bundle lists" if others > 0 else "")
        )


def _tell_of_failures(bundle: Bundle) -> None:
    """Say what could not be measured, and why."""
    pipeline = bundle.measured_pipeline
    failures = {case.id: case.problem.value for case in bundle.cases if case.problem}
    if pipeline:
        failures |= {c.setup.label: c.problem for c in pipeline.configurations if c.problem}
        failures |= dict(pipeline.probes_failed)
    if failures:
        reasons = "".join(f"\n  {name}: {why}" for name, why in failures.items())
        streams.say(f"could not be measured:{reasons}")


def _is_partial(bundle: Bundle) -> bool:
    return bundle.run.state == "partial"
