"""The profiles that ship: sourced, with ranges, and all that the lab's plans name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import demand
from hardware_profiles.provenance import Checked, Fact, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

PROFILES = catalogue()


def stated() -> Iterator[Fact]:
    """Yield each fact that a file states, once; formulas rest on these."""
    facts: set[Fact] = set()
    for profile in PROFILES.values():
        for quantity in profile.values():
            facts |= {leaf for fact in quantity.facts for leaf in fact.leaves}
        for disagreement in profile.disagreements.values():
            for quantity in disagreement.sources.values():
                facts |= {leaf for fact in quantity.facts for leaf in fact.leaves}
    yield from sorted(facts, key=lambda fact: fact.name)


FACTS = list(stated())


def test_every_number_has_a_source() -> None:
    assert len(FACTS) > 500
    for fact in FACTS:
        assert fact.source, fact.name
        assert fact.locator, fact.name
        assert fact.year, fact.name


def test_most_numbers_are_read_somewhere() -> None:
    kinds = Counter(fact.kind for fact in FACTS)
    strong = kinds[Kind.DATASHEET] + kinds[Kind.PUBLISHED] + kinds[Kind.MEASURED]
    assert set(kinds) == {Kind.DATASHEET, Kind.PUBLISHED, Kind.MEASURED, Kind.ASSUMED}
    assert strong / kinds.total() >= 0.6


def test_what_is_assumed_has_a_range_and_a_reason() -> None:
    for fact in FACTS:
        if fact.kind is Kind.ASSUMED:
            assert fact.low < fact.high, fact.name
            assert fact.note, fact.name


def test_what_was_not_read_is_assumed() -> None:
    for fact in FACTS:
        if fact.checked is Checked.UNVERIFIED:
            assert fact.kind is Kind.ASSUMED, fact.name


def test_a_number_of_two_profiles_is_one_number() -> None:
    """Typed in twice it would be drawn twice, and a ratio would spread that has no spread."""
    places: dict[tuple[object, ...], set[str]] = {}
    for fact in FACTS:
        if fact.low < fact.high:
            key = (fact.value, fact.low, fact.high, fact.unit, fact.source)
            places.setdefault(key, set()).add(fact.name.split()[0])
    assert [sorted(names) for names in places.values() if len(names) > 1] == []


def test_disagreements_say_why() -> None:
    disagreements = [d for profile in PROFILES.values() for d in profile.disagreements.values()]
    assert len(disagreements) >= 20
    for disagreement in disagreements:
        assert disagreement.used in disagreement.sources
        assert len(disagreement.sources) > 1
        assert disagreement.why


@pytest.mark.parametrize(
    ("category", "names"),
    [
        ("devices", "h100 orin rayban hearable"),
        (
            "tiers",
            "hdd sata_ssd nvme_gen3 nvme_gen4 nvme_gen5 ebs_gp2 ebs_gp3",
        ),
        (
            "tiers",
            "s3_standard s3_standard_ia s3_glacier_instant s3_glacier_flexible s3_glacier_deep",
        ),
        (
            "links",
            "fibre_1g fibre_10g fibre_100g snowball_80 snowball_210 courier_drive",
        ),
        ("links", "bluetooth_le wifi lte pcie_gen4 pcie_gen5 csi_dphy"),
        ("prices", "aws_2024"),
        ("workloads", "resnet50 llama3_70b dlrm keyword_spotter"),
        ("missions", "cloud_titan edge_guardian mobile_nomad tiny_pioneer"),
        ("energy", "node_45nm node_7nm node_5nm memory network storage"),
        ("carbon", "grid"),
        ("cpus", "geekbench6"),
        ("quality", "scaling labels drift"),
    ],
)
def test_what_the_lab_needs_is_there(category: str, names: str) -> None:
    assert set(names.split()) <= {profile.name for profile in PROFILES.of(category)}


# Images/s of one accelerator. MLPerf Training: v3.1 eos_ngc23.09 and Lenovo SR675v3, v2.0 DGX A100,
# v0.7 DGX-1. MLPerf Storage: batch 400 over computation_time 0.224 s and 0.435 s.
RATES = {
    ("tuned", "h100"): 7057.8,
    ("tuned", "h100_pcie"): 4150,
    ("tuned", "a100"): (27198.18 + 25255.35 + 25268.90 + 27164.07) / 4 / 8,
    ("tuned", "v100"): 1_281_167 / 114.867 / 8,
    ("emulated", "h100"): 400 / 0.224,
    ("emulated", "a100"): 400 / 0.435,
}


@pytest.mark.parametrize(("method", "device"), RATES)
def test_a_rate_is_that_of_its_method(method: str, device: str) -> None:
    rate = PROFILES["resnet50"][f"demand.{method}.{device}"]
    assert rate.to("images/s").value == pytest.approx(RATES[method, device], rel=1e-3)


@pytest.mark.parametrize("method", ["tuned", "emulated"])
def test_within_a_method_newer_accelerators_are_faster(method: str) -> None:
    known = PROFILES["resnet50"].below(f"demand.{method}")
    order = [name for name in ("h100", "h100_pcie", "a100", "v100") if name in known]
    rates = [known[name].value for name in order]
    assert rates == sorted(rates, reverse=True)
    assert len(rates) > 1


def test_an_orin_is_its_gpu_and_its_dlas() -> None:
    """MLPerf Inference v3.1, closed/NVIDIA, Orin_TRT, offline: 6,423.63; its DLAs alone 2,037."""
    whole, dlas = (
        demand("orin", 1, PROFILES["resnet50"], method, 224) for method in ("int8", "int8_dla")
    )
    assert whole.samples_per_s == pytest.approx(6423.63)
    assert dlas.samples_per_s == pytest.approx(2037)
    # 85 TOP/s dense of the GPU and 52.5 of the DLAs; 8.178 GOP an image.
    assert whole.peak_flop_s == pytest.approx(137.5e12)
    assert dlas.peak_flop_s == pytest.approx(52.5e12)
    assert dlas.flop_per_sample is not None
    mfu = dlas.samples_per_s * dlas.flop_per_sample / 52.5e12
    assert mfu == pytest.approx(0.317, abs=0.001)


def test_every_mission_fits_its_device_and_workload() -> None:
    tracks = {}
    for mission in PROFILES.of("missions"):
        assert PROFILES[mission.texts["device"]].category == "devices"
        assert PROFILES[mission.texts["workload"]].category == "workloads"
        tracks[mission.texts["track"]] = mission.texts["persona"]
    assert tracks == {
        "Cloud Titan": "LLM Architect",
        "Edge Guardian": "AV Systems Lead",
        "Mobile Nomad": "AR Glasses Dev",
        "Tiny Pioneer": "Hearable Lead",
    }
