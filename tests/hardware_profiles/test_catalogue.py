"""Profiles as a program uses them: by name and path, from one folder of files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hardware_profiles import catalogue as shipped
from hardware_profiles.catalogue import catalogue, load
from hardware_profiles.categories import CATEGORIES
from hardware_profiles.errors import UnknownNameError

# The device of docs/how-to/add-a-device.md.
DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-device.md"


def test_a_profile_is_a_mapping_of_its_numbers() -> None:
    disk = catalogue()["sata_ssd"]
    assert list(disk)[:2] == ["read", "random_read"]
    assert len(disk) == len(list(disk))
    assert "read" in disk
    assert "write" not in disk
    assert disk.get("write") is None
    assert "toaster" not in catalogue()
    assert set(catalogue()) == set(catalogue().profiles)


def test_where_sources_disagree_each_can_be_had() -> None:
    resnet = catalogue()["resnet50"]
    assert resnet["demand.tuned.h100"] == resnet["demand.tuned.h100.one_server"]
    assert resnet["demand.tuned.h100.eight_servers"] != resnet["demand.tuned.h100"]
    assert "demand.tuned.h100.eight_servers" not in list(resnet)


def test_a_number_of_another_profile_is_that_number() -> None:
    """So it is drawn once: wherever it enters, it moves alike."""
    profiles = catalogue()
    gap = profiles["orin"]["storage.nvme.read"] - profiles["nvme_gen4"]["read"]
    assert (gap.value, gap.low, gap.high) == (0, 0, 0)


def test_the_numbers_of_a_table() -> None:
    peaks = catalogue()["h100"].below("accelerator.peak")
    assert set(peaks) >= {"fp32", "bf16", "fp8", "int8"}
    assert catalogue()["h100"].below("nothing") == {}


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("h10", None, "did you mean h100"),
        ("toaster", None, "`python -m hardware_profiles list` shows all"),
        ("h100", "memory.bandwith", "did you mean memory.bandwidth"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_names(
    name: str, path: str | None, message: str
) -> None:
    with pytest.raises(UnknownNameError, match=message):
        assert catalogue()[name][path or ""] is None


def test_the_device_of_the_how_to_is_a_single_file(tmp_path: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    block = text[text.index("```toml\n") :].removeprefix("```toml\n").split("```")[0]
    for category in CATEGORIES:
        shutil.copytree(shipped.SHIPPED / category, tmp_path / category, dirs_exist_ok=True)
    (tmp_path / "devices" / "pi5.toml").write_text(block, encoding="utf-8")
    profiles = load(tmp_path)
    assert "pi5" in {profile.name for profile in profiles.of("devices")}
    assert str(profiles["pi5"]["memory.bandwidth"]).startswith("17.07 GB/s (derived)")
    assert set(profiles) == set(catalogue()) | {"pi5"}


def test_fewer_draws_give_the_same_values() -> None:
    few = load(shipped.SHIPPED, draws=50)
    for name, profile in catalogue().items():
        for path, quantity in profile.items():
            assert few[name][path].value == quantity.value
