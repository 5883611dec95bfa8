"""The page: its tables, figures and areas can be used without seeing it, or without a mouse."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import pairwise

import pytest

from analysis.render import html
from analysis.report import run as content
from bench.bundle import read
from tests.analysis.model.machines import machine_of
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def page() -> ET.Element:
    """The page of a whole run, as a tree."""
    bundle = read(ROOT / "tests/golden/two-cores.json")
    text = html.text(content.document(content.report(machine_of(bundle))))
    text = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).replace("xlink:", "")
    closed = re.sub(r"<(meta|br)([^>]*)>", r"<\1\2/>", text)
    return ET.fromstring(closed[closed.index("<html") :])


def said(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_every_table_has_a_caption_and_a_header_for_each_column_and_row(page: ET.Element) -> None:
    tables = page.findall(".//table")
    assert len(tables) > 8
    for table in tables:
        caption = table.find("caption")
        assert caption is not None
        assert said(caption)
        assert {th.get("scope") for th in table.findall("thead/tr/th")} == {"col"}
        for row in table.findall("tbody/tr"):
            assert [cell.get("scope") for cell in row.findall("th")] == ["row"]
            assert row[0].tag == "th"
            assert said(row[0])


def test_what_scrolls_can_be_reached_by_keys_and_has_a_name_of_its_own(page: ET.Element) -> None:
    areas = [area for area in page.iter("div") if area.get("class") == "scroll"]
    assert len(areas) == len(page.findall(".//table"))
    names = [area.get("aria-label") for area in areas]
    assert all(names)
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {(area.get("role"), area.get("tabindex")) for area in areas} == {("region", "0")}


def test_a_caption_is_not_hidden_by_its_figure(page: ET.Element) -> None:
    """What is inside an element of role img is not read out: so pictures are, and not figures."""
    figures = page.findall(".//figure")
    assert figures
    for figure in figures:
        assert figure.get("role") is None
        assert figure.find("figcaption") is not None
        pictures = figure.findall(".//svg")
        assert pictures
        for picture in pictures:
            assert picture.get("role") == "img"
            assert picture.get("aria-label")


def test_no_name_stands_twice(page: ET.Element) -> None:
    names = Counter(element.get("id") for element in page.iter() if element.get("id"))
    assert [name for name, count in names.items() if count > 1] == []


def test_headings_leave_out_no_level(page: ET.Element) -> None:
    levels = [int(element.tag[1]) for element in page.iter() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_units_are_written_in_one_way(page: ET.Element) -> None:
    """Percent after a narrow space that no line breaks at (U+202F); rates as SI writes them."""
    for element in page.iter():
        if element.tag not in {"svg", "text"} and not element.findall("*"):
            assert not re.search(r"\d ?%", element.text or ""), element.text
    whole = said(page)
    assert re.search(r"\d %", whole)
    assert not re.search(r"\d%|(samples|batches|requests|bytes) a second|(ms|us|mJ) a ", whole)
