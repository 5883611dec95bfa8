"""What the model's commands do, once their options are read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from analysis.cli import DONE, NOISY
from analysis.commands.options import given
from analysis.errors import AnalysisError
from analysis.model.calibration import calibrate as calibrated
from analysis.model.prediction import predict as predicted
from analysis.report import calibration, model
from bench.bundle import BundleError, Setup, StoreError, find, latest, read, write_atomically

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from analysis.model.calibration import Calibration
    from bench.bundle import Bundle


def calibrate(options: argparse.Namespace) -> int:
    """Print a machine's parameters."""
    found = calibrated(_bundle(options.run))
    _tell(
        options,
        calibration.calibration(found),
        lambda: calibration.calibration_plain(found),
    )
    return _status(found)


def predict(options: argparse.Namespace) -> int:
    """Print what a configuration will do."""
    bundle = _bundle(options.run)
    found = calibrated(bundle)
    if options.device or options.all_devices:
        from analysis.commands.devices import predict as predicted_there

        lines, plain = predicted_there(
            bundle, found, _setup(options), options.device, options.index
        )
        _tell(options, lines, lambda: plain)
        return _status(found)
    said = predicted(found, _setup(options), options.deadline)
    _tell(options, [*model.prediction(said), model.INTERVALS], lambda: model.prediction_plain(said))
    return _status(found)


def recommend(options: argparse.Namespace) -> int:
    """Print what would make a configuration faster."""
    from analysis.model.recommendation import recommend as recommended

    found = calibrated(_bundle(options.run))
    said = recommended(found, _setup(options))
    if options.upgrade is not None:
        # For a pipe into bench experiment --config -.
        if not 1 <= options.upgrade <= len(said.upgrades):
            raise AnalysisError(
                f"--upgrade {options.upgrade}: there are {len(said.upgrades)} upgrades, from 1"
            )
        chosen = said.upgrades[options.upgrade - 1]
        if chosen.setup is None:
            raise AnalysisError(f"--upgrade {options.upgrade}: {chosen.what} cannot be run here")
        print(chosen.setup.model_dump_json())
        return _status(found)
    _tell(options, model.recommendation(said), lambda: model.recommendation_plain(said))
    return _status(found)


def validate(options: argparse.Namespace) -> int:
    """Print how predictions compare with measurements that they have not seen."""
    from analysis.model.validation import validate as validated

    if sys.stderr.isatty():
        print("leaving out one after another, some seconds", file=sys.stderr)
    bundle = _bundle(options.run)
    found = validated(bundle)
    if options.out:
        from analysis.report.validation_page import page

        write_atomically(Path(options.out), page(bundle, calibrated(bundle), found).encode())
    _tell(options, model.validation(found), lambda: model.validation_plain(found))
    return DONE


def transfer(options: argparse.Namespace) -> int:
    """Print how one machine's parameters predict another."""
    from analysis.model.transfer import transfer as transferred

    found = transferred(_bundle(options.source), _bundle(options.target))
    _tell(options, model.transfer(found), lambda: model.transfer_plain(found))
    return DONE


def _bundle(name: str | None) -> Bundle:
    try:
        return read(find(Path(name)) if name else latest())
    except (BundleError, StoreError) as error:
        raise AnalysisError(str(error)) from error


def _setup(options: argparse.Namespace) -> Setup:
    fields: dict[str, object] = {}
    if options.config:
        try:
            stdin = options.config == "-"
            source = "stdin" if stdin else options.config
            data = sys.stdin.buffer.read() if stdin else Path(options.config).read_bytes()
            found = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise AnalysisError(f"{source}: not JSON ({error})") from None
        if not isinstance(found, dict):
            raise AnalysisError(f"{source}: not an object with a configuration's fields")
        # What an experiment or a prediction printed holds its configuration.
        found = found.get("configuration", found)
        fields = {name: value for name, value in found.items() if name in Setup.model_fields}
    try:
        return Setup.model_validate(fields | given(options))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise AnalysisError(f"{field}: {first['msg']}, not {first['input']!r:.80}") from None


def _tell(
    options: argparse.Namespace, lines: Iterable[str], plain: Callable[[], dict[str, Any]]
) -> None:
    if options.json:
        print(orjson.dumps(plain(), option=orjson.OPT_INDENT_2).decode())
        return
    for line in lines:
        print(line)


def _status(found: Calibration) -> int:
    for reason in found.distrust:
        print(f"warning: not to be trusted: {reason}", file=sys.stderr)
    return NOISY if found.distrust else DONE
