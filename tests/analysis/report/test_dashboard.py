"""The controls of a page: what the lab's plan names is there, and shows what the acts say."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING

import orjson
import pytest

from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.document import Controls, Document, Section
from analysis.document.live import Control, Live, live
from analysis.ledger.entries import Reveal
from analysis.model.machine import Machine
from analysis.render import html, markdown
from analysis.report import acts
from analysis.report.dashboard.controls import controls_of, levers_of, track_control
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

BOTH = (Reveal(question="gravity"), Reveal(question="feeding-tax"))
PLAN = {
    "Dataset size": "size",
    "Distance": "distance",
    "Link bandwidth": "link",
    "Storage tier": "tier",
    "Transfer method": "method",
    "Serialization format": "format",
    "Worker count": "workers",
    "Disk type": "storage",
}
"""Levers of the plans for acts I and II, by their labels; the others come with act III."""
INSTRUMENTS = (
    "SneakernetCrossoverPlot",
    "TransferTimeRadar",
    "FeedingTaxGauge",
    "MFU_vs_Ingestion_Plot",
    "IngestionWaterfall",
    "DataGravityWaterfall",
)
BADGES = ("Egress < $100k", "GPU Hunger < 10%", "Drift Detected")
CARDS = ("Ingestion Speed", "Egress Cost", "Data Entropy", "Pipeline Health")
STOPS = {
    "size": ("10 GB", "10 PB"),
    "link": ("fibre_10g", "fibre_100g"),
    "tier": ("nvme_gen4", "s3_standard", "s3_glacier_flexible"),
    "method": ("wire", "snowball_80"),
    "format": ("csv", "json", "parquet", "protobuf"),
    "workers": ("1", "32"),
    "storage": ("hdd", "nvme_gen4"),
}
"""Settings that the plans name."""


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())


@pytest.fixture(scope="module")
def page(machine: Machine) -> str:
    return html.text(Document("The acts", (acts.section(machine, BOTH),)))


def test_every_lever_and_instrument_of_the_plans_is_on_the_page(page: str) -> None:
    for label, name in PLAN.items():
        assert LEVERS[name].label == label
        assert f'name="{name}"' in page, label
        assert re.search(rf"<(span|legend)>{label}</(span|legend)>", page), label
    for instrument in INSTRUMENTS:
        assert f"<code>{instrument}</code>" in page
    for name in (*BADGES, *CARDS):
        assert name.replace("<", "&lt;") in page
    for lever, settings in STOPS.items():
        assert set(settings) <= set(LEVERS[lever].on_page), lever
    for track in TRACKS:
        assert f'<input type="radio" name="track" value="{track}"' in page


def test_a_mission_sets_every_lever_to_a_setting_that_is_offered() -> None:
    facts = catalogue()
    sets = track_control(facts).sets
    assert set(sets) == set(TRACKS)
    for act in ACTS:
        controls = controls_of(act, facts)
        for track in TRACKS:
            for name in levers_of(act):
                assert sets[track][name] in controls[name].settings, (track, name)


def test_the_policy_lets_the_pages_own_script_run_and_nothing_else(page: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in policy
    assert "default-src &#39;none&#39;" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1]
    assert not re.search(r"\son[a-z]+=", page)
    assert len(page.encode()) < 2.8e6


def data(page: str) -> dict[str, object]:
    (text,) = re.findall(r'<script type="application/json" id="settings">(.*?)</script>', page)
    known: dict[str, object] = orjson.loads(text)
    return known


def test_what_follows_controls_has_a_value_for_each_of_their_settings(page: str) -> None:
    known = data(page)
    controls, targets = known["controls"], known["targets"]
    assert isinstance(controls, dict)
    assert isinstance(targets, list)
    assert len(targets) > 100
    followed = set()
    for key, _, names, values, places in targets:
        count = 1
        for name in names:
            count *= len(controls[name])
        assert len(places) == count
        assert max(places) < len(values)
        assert f'id="{key}"' in page
        followed.update(names)
    assert followed == set(controls), "every control moves something"


COLOUR = Control("colour", "Colour", (("red", "Red"), ("blue", "Blue")), "blue")
SIZE = Control("size", "Size", (("s", "Small"), ("m", "Medium"), ("l", "Large")), "m")


def spoken(at: Mapping[str, str]) -> str:
    return f"a {at['size']} {at['colour']} <one>, {len(at['size'])} %"


def test_a_text_that_follows_controls_is_elsewhere_the_text_at_first() -> None:
    text = live([COLOUR, SIZE], spoken)
    assert text == "a m blue <one>, 1 %"
    assert isinstance(text, Live)
    expected = [
        spoken({"colour": c, "size": s}) for c, s in product(("red", "blue"), ("s", "m", "l"))
    ]
    assert list(text.texts.values) == expected


def test_controls_are_for_pages_alone_and_no_text_gets_out_of_its_element() -> None:
    from analysis.document import Card, Cards

    nasty = live([COLOUR], lambda at: f"</script><script>alert('{at['colour']}')</script>")
    section = Section("S", (Controls("Set", (COLOUR,)), Cards((Card("C", nasty),))))
    document = Document("D", (section,))
    page = html.text(document)
    assert page.count("<script") == 2
    assert "alert('red')" in str(data(page))
    assert 'name="colour"' in page
    assert 'name="colour"' not in markdown.text(document)
    assert "alert('blue')" in markdown.text(document)


def test_a_page_without_controls_has_no_script() -> None:
    page = html.text(Document("D", (Section("S", ()),)))
    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page


def test_a_text_that_follows_a_control_that_is_not_there_is_an_error() -> None:
    from analysis.document import Card, Cards

    lost = Cards((Card("C", live([SIZE], lambda at: at["size"])),))
    with pytest.raises(ValueError, match="no control of the page is named size"):
        html.text(Document("D", (Section("S", (Controls("Set", (COLOUR,)), lost)),)))
