"""Loaders by the patterns of other libraries are diagnosed as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("torch", reason="a loader is torch's")

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runs")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.bench.diagnosis.library_loaders import make_data

    path = tmp_path_factory.mktemp("data")
    make_data(path)
    return path


def is_installed(name: str) -> bool:
    """Whether a library is installed here."""
    return find_spec(name) is not None


@pytest.mark.parametrize(
    ("name", "library", "kind"),
    [
        ("torchvision_folder", "torchvision", "map"),
        ("webdataset_shards", "webdataset", "iterable"),
        ("hugging_face_stream", "datasets", "iterable"),
        ("tokenising_collate", "json", "map"),
    ],
)
def test_a_loader_of_another_librarys_pattern_is_diagnosed(
    name: str, library: str, kind: str, data: Path
) -> None:
    if not is_installed(library):
        pytest.skip(f"{library} is not installed here")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench", "diagnose"),
            *(f"tests.bench.diagnosis.library_loaders:{name}", "--accelerator", "2ms"),
            *("--seconds", "10", "--workers", "0,1", "--json"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LOADER_DATA": str(data),
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(data / "hugging-face"),
        },
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["samples_per_s"]["value"] > 10
    assert answer["stages_ms"]["fetch"] > 0
    if kind == "iterable":
        assert answer["duplicates"] == 0
    if name == "tokenising_collate":
        assert answer["stages_ms"]["collate"] > answer["stages_ms"]["fetch"]
    ran = {c["name"] for c in answer["changes"] if c["known"] == "measured"}
    assert ran
