"""What the model's commands do, once their options are read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import ValidationError

from analysis.cli import DONE, NOISY
from analysis.commands.options import given
from analysis.commands.show import show
from analysis.errors import AnalysisError
from analysis.model.calibration import calibrate as calibrated
from analysis.model.prediction import predict as predicted
from analysis.report import calibration as calibration_report
from analysis.report import prediction as prediction_report
from bench.bundle import BundleError, Setup, StoreError, find, latest, read, write_atomically

if TYPE_CHECKING:
    import argparse

    from analysis.model.calibration import Calibration
    from bench.bundle import Bundle


def calibrate(options: argparse.Namespace) -> int:
    """Print a machine's parameters."""
    calibration = calibrated(_bundle(options.run))
    show(options, calibration_report.calibration(calibration))
    return _status(calibration)


def predict(options: argparse.Namespace) -> int:
    """Print what a configuration will do."""
    bundle = _bundle(options.run)
    calibration = calibrated(bundle)
    if options.device or options.all_devices:
        from analysis.commands.devices import on_devices
        from analysis.report.device import devices

        results = on_devices(bundle, calibration, _setup(options), options.device, options.index)
        show(options, devices(results))
        return _status(calibration)
    prediction = predicted(calibration, _setup(options), options.deadline)
    show(options, prediction_report.prediction(prediction))
    return _status(calibration)


def recommend(options: argparse.Namespace) -> int:
    """Print what would make a configuration faster."""
    from analysis.model.recommendation import recommend as recommended

    calibration = calibrated(_bundle(options.run))
    recommendation = recommended(calibration, _setup(options))
    if options.upgrade is None:
        show(options, prediction_report.recommendation(recommendation))
        return _status(calibration)
    # For a pipe into bench experiment --config -.
    count = len(recommendation.upgrades)
    if not 1 <= options.upgrade <= count:
        raise AnalysisError(f"--upgrade {options.upgrade}: there are {count} upgrades, from 1")
    chosen = recommendation.upgrades[options.upgrade - 1]
    if chosen.setup is None:
        raise AnalysisError(f"--upgrade {options.upgrade}: {chosen.what} cannot be run here")
    print(chosen.setup.model_dump_json())
    return _status(calibration)


def validate(options: argparse.Namespace) -> int:
    """Print how predictions compare with measurements that they have not seen."""
    from analysis.model.validation import validate as validated
    from analysis.render import markdown
    from analysis.report import validation as validation_report

    if sys.stderr.isatty():
        print("leaving out one after another, some seconds", file=sys.stderr)
    bundle = _bundle(options.run)
    document = validation_report.validation(bundle, calibrated(bundle), validated(bundle))
    if options.out:
        write_atomically(Path(options.out), markdown.text(document).encode())
    show(options, document)
    return DONE


def transfer(options: argparse.Namespace) -> int:
    """Print how one machine's parameters predict another."""
    from analysis.model.transfer import transfer as transferred
    from analysis.report import transfer as transfer_report

    transfer = transferred(_bundle(options.source), _bundle(options.target))
    show(options, transfer_report.transfer(transfer))
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


def _status(found: Calibration) -> int:
    for reason in found.distrust:
        print(f"warning: not to be trusted: {reason}", file=sys.stderr)
    return NOISY if found.distrust else DONE
