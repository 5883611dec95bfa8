"""`python -m hardware_profiles list|show`: what a reader sees, and what a program gets."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hardware_profiles.catalogue import catalogue
from hardware_profiles.cli import main

ROOT = Path(__file__).parents[2]


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def json_output(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(output(capsys, *arguments, "--json"))


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def test_the_list_has_every_profile(capsys: pytest.CaptureFixture[str]) -> None:
    rows = output(capsys, "list").split()
    assert set(catalogue()) <= set(rows)
    entries = json_output(capsys, "list")
    assert [entry["name"] for entry in entries] == list(catalogue())
    assert sum(entries[0]["kinds"].values()) == entries[0]["numbers"]


def test_the_list_of_a_category(capsys: pytest.CaptureFixture[str]) -> None:
    assert {e["name"] for e in json_output(capsys, "list", "devices")} >= {"h100", "orin"}
    assert {e["category"] for e in json_output(capsys, "list", "devices")} == {"devices"}


def test_a_profile_is_shown_with_ranges_kinds_and_sources(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = output(capsys, "show", "snowball_80")
    assert re.search(r"parcel.load +325 MB/s \[250, 400\] +published +\[(\d)\]", shown)
    assert "Performance, AWS Snowball Edge developer guide; AWS (2022)" in shown
    assert "Sources disagree on parcel.turnaround" in shown
    assert "faq: 4.151 days [" in shown
    assert "2024-11-12" in shown


def test_a_derived_number_prints_the_tree_of_its_inputs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = output(capsys, "show", "edge_guardian", "data.size").splitlines()
    at = next(i for i, line in enumerate(shown) if "= workings.stream * workings.shift" in line)
    below = shown[at + 1 : at + 8]
    assert below[0].strip().startswith("edge_guardian workings.shift 8 h [4, 10] (assumed)")
    assert below[1].strip().startswith("orin camera.raw12.data_rate 23.89 Gb/s (derived) = ")
    # Inputs stand below what they make, further in.
    assert all(line.startswith("    orin camera.raw12.") for line in below[2:7])


def test_a_table_of_a_profile(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json_output(capsys, "show", "h100", "accelerator.peak")
    assert set(shown) == {
        f"accelerator.peak.{kind}" for kind in ("fp32", "tf32", "bf16", "fp16", "fp8", "int8")
    }
    assert "NVIDIA" in output(capsys, "show", "h100", "accelerator.peak")


def test_a_record_has_all_that_is_known_of_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json_output(capsys, "show", "snowball_80")
    assert shown["numbers"]["parcel.load"] == {
        "value": 325,
        "unit": "MB/s",
        "low": 250,
        "high": 400,
        "kind": "published",
        "source": "Performance, AWS Snowball Edge developer guide; AWS",
        "locator": "awsdocs/aws-snowball-developer-guide:doc_source/performance.md"
        "@76a43fdf144b0055ba6a4d6e21813cb461b80115",
        "year": 2022,
        "checked": "seen",
        "note": shown["numbers"]["parcel.load"]["note"],
    }
    assert set(shown["disagreements"]["parcel.turnaround"]["sources"]) == {"faq", "practitioner"}


def test_a_record_of_a_derived_number_has_its_tree(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json_output(capsys, "show", "edge_guardian", "data.size")["data.size"]
    stream = shown["inputs"]["orin camera.raw12.data_rate"]
    assert stream["kind"] == "derived"
    assert stream["inputs"]["orin camera.raw12.depth"]["value"] == 12


@pytest.mark.parametrize("name", catalogue())
def test_every_profile_can_be_shown(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = output(capsys, "show", name)
    for path in catalogue()[name]:
        assert path in shown
    assert set(json_output(capsys, "show", name)["numbers"]) == set(catalogue()[name])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "h10"], "there is no profile 'h10'; did you mean h100"),
        (["show", "h100", "memory.bandwith"], "h100 has no number 'memory.bandwith'; did you mean"),
        (["list", "toasters"], "there is no category 'toasters'; there are devices, tiers"),
    ],
)
def test_an_unknown_name_is_an_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {message}")
    assert "Traceback" not in err


@pytest.mark.parametrize("width", ["30", "60", "200"])
def test_no_figure_is_cut_off_however_narrow_the_terminal(
    width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    shown = output(capsys, "show", "llama3_70b")
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    assert "70,553,706,496" in shown


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="shells differ")
@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("show h100 | head -1", 0, ""),
        ("list --json | true", 0, ""),
        pytest.param(
            "show h100 > /dev/full",
            1,
            "error: the answer cannot be written: No space left on device\n",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device"),
        ),
    ],
)
def test_readers_that_leave_and_disks_that_are_full(line: str, status: int, message: str) -> None:
    command = f"set -o pipefail; {shlex.quote(sys.executable)} -m hardware_profiles {line}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (status, message)


@pytest.mark.parametrize("arguments", [[], ["show"], ["list", "devices", "more"]])
def test_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
