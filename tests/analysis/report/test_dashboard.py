"""The controls of a page: what the lab's plan names is there, and shows what the acts say."""

from __future__ import annotations

import base64
import re
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING

import orjson
import pytest

from analysis.acts.feeding.setups import setup_of
from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.acts.scenario import scenario
from analysis.document import Controls, Document, Figure, Section, Table
from analysis.document.figure_tables import table_of
from analysis.document.live import Control, Live, live, settings
from analysis.document.numbers import number
from analysis.ledger.entries import Reveal
from analysis.model.machine import Machine
from analysis.render import html, markdown
from analysis.report import acts
from analysis.report.dashboard.controls import levers_of, offer, track_control
from analysis.report.dashboard.feeding import FeedingPanel
from bench.bundle import read
from bench.pipeline.configuration import configuration
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
"""Levers of the plans for acts I and II, by their labels; tests/plans.toml has all of them."""
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
    for lever, stops in STOPS.items():
        assert set(stops) <= set(LEVERS[lever].on_page), lever
    for track in TRACKS:
        assert f'<input type="radio" name="track" value="{track}"' in page


def test_a_mission_sets_every_lever_to_a_setting_that_is_offered() -> None:
    facts = catalogue()
    sets = track_control(facts).sets
    assert set(sets) == set(TRACKS)
    for act in ACTS:
        controls = offer(act, facts).controls
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
    (text,) = re.findall(r'<script type="application/json" id="page-settings">(.*?)</script>', page)
    known: dict[str, object] = orjson.loads(text)
    return known


def test_what_follows_controls_has_a_value_for_each_of_their_settings(page: str) -> None:
    known = data(page)
    controls, targets, series = known["controls"], known["targets"], known["series"]
    assert isinstance(series, list)
    assert isinstance(controls, dict)
    assert isinstance(targets, list)
    assert len(targets) > 100
    followed = set()
    for key, _, place in targets:
        names, values, places = series[place]
        count = 1
        for name in names:
            count *= len(controls[name])
        assert len(places) == count
        assert max(places) < len(values)
        assert f'id="{key}"' in page
        followed.update(names)
    assert followed == set(controls), "every control moves something"


def test_what_a_run_measured_stands_beside_what_is_predicted(machine: Machine) -> None:
    """An experiment's configuration says how workers start; a prediction leaves that open."""
    at = {
        "track": "cloud_titan", "format": "json", "workers": "4", "storage": "ebs_gp2",
        "accelerator": "h100",
    }  # fmt: skip
    asked = scenario("feeding-tax", "cloud_titan", {k: v for k, v in at.items() if k != "track"})
    resolved = machine.stage_model.resolve(setup_of(asked)).setup
    ran = configuration(resolved.model_dump(mode="json")).setup()
    pipeline = machine.pipeline
    other = pipeline.configurations[0]
    added = other.model_copy(update={"setup": ran, "origin": "experiment"})
    bundle = machine.bundle.model_copy(
        update={
            "pipeline": pipeline.model_copy(
                update={"configurations": [*pipeline.configurations, added]}
            )
        }
    )
    table = FeedingPanel(replace(machine, bundle=bundle)).blocks()[1]
    assert isinstance(table, Table)
    rows = {row.cells[0].text: row.cells for row in table.rows}
    rates = [other.samples_per_s(window) for window in other.windows]
    value = rows["samples that arrive, as measured in this run"][1].text
    assert value.startswith(number(sum(rates) / len(rates)))
    assert "The disk gave" in rows["read from the disk meanwhile"][1].text
    before = FeedingPanel(machine).blocks()[1]
    assert isinstance(before, Table)
    assert [row.cells[1].text for row in before.rows][-3:] == ["—"] * 3


def test_where_nothing_is_known_nothing_is_drawn_and_no_number_stands(machine: Machine) -> None:
    """An H100 has no known step for audio; without workers, workers have no rate."""
    panel = FeedingPanel(machine)
    gauge, _, ingestion, epoch = [b for b in panel.blocks() if isinstance(b, Figure)]
    controls = list(panel.controls.values())
    places = list(settings(controls))

    def text(figure: Figure, row: str, **at: str) -> set[str]:
        """Return what a row of a figure's table says at some settings."""
        (cells,) = [
            r.cells[1:] for r in table_of(figure.drawing, "t").rows if r.cells[0].text == row
        ]
        wanted = [n for n, place in enumerate(places) if at.items() <= place.items()]
        texts = [cell.text for cell in cells if isinstance(cell.text, Live)]
        return {live.texts.values[n] for live in texts for n in wanted}

    unknown = {"track": "tiny_pioneer", "accelerator": "h100"}
    assert text(gauge, "", **unknown) == {"—"}
    assert text(ingestion, "the CPU", **unknown) == {"—"}
    assert text(epoch, "the training loop", **unknown) == {"—"}
    assert text(ingestion, "the workers", workers="0") == {"—"}
    assert text(epoch, "a worker", workers="0") == {"—"}
    assert "—" not in text(ingestion, "the accelerator", track="cloud_titan", workers="2")


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


def test_a_copy_of_a_text_follows_the_same_controls() -> None:
    text = live([COLOUR, SIZE], spoken)
    copied = deepcopy(text)
    assert copied == text
    assert copied.texts == text.texts


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
