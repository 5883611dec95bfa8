"""What the model makes of a submission: parameters, predictions, bottlenecks, other devices."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from analysis.course.batch import part_name
from analysis.course.checking import key_of
from analysis.course.draft import Draft
from analysis.course.intake import IntakeError
from analysis.course.rules import RULES
from analysis.course.tables import BOTTLENECKS, DEVICES, MODELLED, PARAMETERS, PREDICTIONS
from analysis.devices.host import predict_host
from analysis.devices.scaling import DeviceView
from analysis.errors import AnalysisError
from analysis.model.bottleneck import bottlenecks
from analysis.model.calibration import parameters_table
from analysis.model.machine import Machine
from analysis.model.validation import held_out
from bench.bundle import Setup
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.course.places import File
    from analysis.course.store import Store

TARGETS = {
    "h100": Setup(payload="image", codec="parquet"),
    "orin": Setup(payload="image", codec="parquet"),
}
"""Devices, with the configuration that every machine says something of: its host is the device's.
"""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class ModelWork:
    """Calibrates a machine by each of some files; can be sent to another process or host."""

    store: Store

    def __call__(self, files: Sequence[File]) -> list[str]:
        """Keep what the model makes of some files; return their keys."""
        tables: dict[str, list[pa.Table]] = {}
        keys = []
        for file in files:
            try:
                data = file.read()
            except IntakeError:
                continue
            keys.append(key_of(data))
            for name, rows in modelled(data, keys[-1]).items():
                tables.setdefault(name, []).append(rows)
        self.store.write(part_name(keys), tables, MODEL_TABLES, last="modelled")
        return keys


MODEL_TABLES = ("parameters", "predictions", "bottlenecks", "devices", "modelled")


def modelled(data: bytes, key: str) -> dict[str, pa.Table]:
    """Return what the model makes of a submission, by table."""
    reason = ""
    rows: dict[str, Rows] = {}
    try:
        machine = Machine(_bundle(data), catalogue())
        for name, work in _WORK.items():
            rows[name] = [{"submission": key, **row} for row in work(machine)]
    except AnalysisError as error:
        reason = str(error)[:300]
    rows["modelled"] = [{"submission": key, "reason": reason}]
    return {
        name: pa.Table.from_pylist(rows.get(name, []), schema=schema)
        for name, schema in _SCHEMAS.items()
    }


_SCHEMAS = {
    "parameters": PARAMETERS,
    "predictions": PREDICTIONS,
    "bottlenecks": BOTTLENECKS,
    "devices": DEVICES,
    "modelled": MODELLED,
}


def _bundle(data: bytes) -> Any:
    draft = Draft(None, data)
    for rule in RULES.values():
        if rule.read:
            rule.read(draft)
    return draft.bundle


def _parameters(machine: Machine) -> Iterator[dict[str, Any]]:
    for row in parameters_table(machine.calibration):
        yield {
            "parameter": row.name,
            "unit": row.unit,
            "value": row.value,
            "low": row.low,
            "high": row.high,
        }


def _predictions(machine: Machine) -> Iterator[dict[str, Any]]:
    scheme = held_out(machine)
    for point in scheme.points if scheme else ():
        yield {
            "configuration": point.label,
            "predicted": point.predicted.value,
            "low": point.predicted.low,
            "high": point.predicted.high,
            "measured": point.measured,
        }


def _bottlenecks(machine: Machine) -> Iterator[dict[str, Any]]:
    for setup, bottleneck in bottlenecks(machine).items():
        yield {
            "configuration": setup.label,
            "stage": bottleneck.stage,
            "gain": bottleneck.gains[bottleneck.stage],
            "measured": bottleneck.measured,
            "clear": bottleneck.clear,
        }


def _devices(machine: Machine) -> Iterator[dict[str, Any]]:
    for name, setup in TARGETS.items():
        with suppress(AnalysisError):
            host = predict_host(DeviceView.of(machine, name), setup)
            rate = host.samples_per_s
            yield {
                "device": name,
                "configuration": host.setup.label,
                "samples_per_s": rate.value,
                "low": rate.low,
                "high": rate.high,
            }


_WORK = {
    "parameters": _parameters,
    "predictions": _predictions,
    "bottlenecks": _bottlenecks,
    "devices": _devices,
}
