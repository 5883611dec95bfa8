"""The audit finds nothing in our files, and each kind of mistake in broken copies of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from hardware_profiles.audit import RULES, Finding, audit
from hardware_profiles.catalogue import SHIPPED
from hardware_profiles.categories import CATEGORIES
from hardware_profiles.cli import main

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-device.md"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of all profiles."""
    for category in CATEGORIES:
        shutil.copytree(SHIPPED / category, tmp_path / "profiles" / category)
    return tmp_path / "profiles"


def rewrite(folder: Path, file: str, table: str, **changes: str | float | None) -> None:
    """Set keys of a table of a file, or remove them; a formula replaces a value."""
    path = folder / file
    lines = path.read_text(encoding="utf-8").split("\n")
    start = lines.index(f"[{table}]") + 1
    end = next(i for i in range(start, len(lines) + 1) if i == len(lines) or not lines[i])
    kept = [line for line in lines[start:end] if line.split(" = ")[0] not in changes]
    added = [f"{key} = {json.dumps(value)}" for key, value in changes.items() if value is not None]
    path.write_text("\n".join([*lines[:start], *kept, *added, *lines[end:]]), encoding="utf-8")


def test_our_profiles_break_no_rule() -> None:
    assert audit(SHIPPED) == []


class Mistake(NamedTuple):
    """What our own files said, or could have."""

    file: str
    table: str
    changes: dict[str, str | float | None]
    rule: str


HDD_READ: dict[str, str | float | None] = {
    "value": 200,
    "unit": "MB/s",
    "low": 120,
    "high": 285,
    "kind": "published",
    "source": "utilko",
}
MISTAKES = {
    "an 80 GB module": Mistake(
        "devices/h100.toml",
        "accelerator.memory",
        {"value": 80, "unit": "GB", "note": None},
        "units mixed",
    ),
    "GiB beside GB": Mistake("devices/h100.toml", "memory.capacity", {"note": None}, "units mixed"),
    "bits beside bytes": Mistake(
        "devices/h100.toml",
        "interface.storage_network.rate.slots",
        {"value": 1008, "unit": "Gb/s", "note": None},
        "units mixed",
    ),
    "a source that the range leaves out": Mistake(
        "tiers/hdd.toml", "random_read.toolnova", {"note": None}, "source left out"
    ),
    "a number without a range": Mistake(
        "workloads/resnet50.toml", "serve.int8.orin", {"exact": None}, "no range"
    ),
    "a power mode as a range": Mistake(
        "workloads/resnet50.toml",
        "serve.int8_dla.orin",
        {"exact": None, "low": 1072},
        "range of settings",
    ),
    "a rate of another method": Mistake(
        "workloads/resnet50.toml",
        "demand.emulated.a100",
        {"formula": "demand.tuned.a100 / 3.565"},
        "methods mixed",
    ),
    "another file's number": Mistake(
        "links/courier_drive.toml",
        "parcel.load",
        {"same_as": None, **HDD_READ},
        "stated twice",
    ),
}
UTILKO = """
[sources.utilko]
title = "SSD, HDD and NVMe compared; Utilko"
locator = "https://utilko.com/ssd-vs-hdd-vs-nvme/"
year = 2026
checked = "seen"
"""


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_found_with_its_place(copy: Path, name: str) -> None:
    mistake = MISTAKES[name]
    rewrite(copy, mistake.file, mistake.table, **mistake.changes)
    if mistake.changes.get("source") == "utilko":
        with (copy / mistake.file).open("a", encoding="utf-8") as file:
            file.write(UTILKO)
    findings = audit(copy)
    assert {finding.rule for finding in findings} == {mistake.rule}
    if mistake.rule != "stated twice":  # the later of two files is named
        assert mistake.table in {finding.path for finding in findings}
    assert all(finding.text and finding.place.endswith(".toml") for finding in findings)


def test_every_rule_has_a_mistake() -> None:
    assert {mistake.rule for mistake in MISTAKES.values()} == set(RULES)


def test_the_device_of_the_how_to_breaks_no_rule(copy: Path) -> None:
    text = HOW_TO.read_text(encoding="utf-8")
    block = text[text.index("```toml\n") :].removeprefix("```toml\n").split("```")[0]
    (copy / "devices" / "pi5.toml").write_text(block, encoding="utf-8")
    assert audit(copy) == []


def test_the_command_says_what_it_finds_and_fails(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(copy)]) == 0
    assert capsys.readouterr().out == "0 findings by 6 rules\n"
    file, path, changes, rule = MISTAKES["an 80 GB module"]
    rewrite(copy, file, path, **changes)
    assert main(["audit", str(copy)]) == 1
    assert f"{file}: {path}: {rule}: memory is made" in capsys.readouterr().out
    assert main(["audit", str(copy), "--json"]) == 1
    (finding,) = [Finding(**record) for record in json.loads(capsys.readouterr().out)]
    assert (finding.rule, finding.path) == (rule, path)


def test_a_folder_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "nowhere"]) == 1
    assert "nowhere: there is no such folder" in capsys.readouterr().err


def test_exact_and_a_range_exclude_each_other(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(copy, "tiers/hdd.toml", "workings.seek", exact="rated")
    assert main(["audit", str(copy)]) == 1
    assert "workings.seek: it cannot be rated and have a range" in capsys.readouterr().err
