"""What the lab was started with, and the machine that it shows."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analysis.errors import AnalysisError
from analysis.lab import settings
from analysis.lab.settings import LabOptions
from bench.bundle import PIPELINE, Part, lacking
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = ROOT / "tests/golden/two-cores-learning.json"


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "_options", None)
    yield
    settings._machine.cache_clear()


def test_without_its_command_there_is_no_lab() -> None:
    with pytest.raises(AnalysisError, match="python -m analysis lab"):
        settings.options()


def test_the_reference_has_what_all_acts_need() -> None:
    bundle = settings.reference()
    assert lacking(bundle, (*PIPELINE, Part.LEARNING, Part.DOORBELL)) == []


def test_the_reference_is_the_run_that_tests_know() -> None:
    packed = Path(settings.__file__).with_name(settings.REFERENCE).read_bytes()
    assert gzip.decompress(packed) == GOLDEN.read_bytes()
    assert packed[4:8] == bytes(4), "it holds a time, so that it differs whenever it is made"


def test_the_machine_is_read_and_calibrated_once(tmp_path: Path) -> None:
    chosen = LabOptions(None, tmp_path / "ledger.jsonl", None, is_reference=True)
    settings.configure(chosen)
    assert settings.options() == chosen
    machine = settings.machine()
    assert "calibration" in vars(machine)
    assert settings.machine() is machine


def test_another_run_is_another_machine(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    settings.configure(LabOptions(None, ledger, None, is_reference=True))
    before = settings.machine().bundle
    other = ROOT / "tests/golden/two-cores.json"
    settings.configure(LabOptions(other, ledger, None, is_reference=False))
    assert settings.machine().bundle != before
