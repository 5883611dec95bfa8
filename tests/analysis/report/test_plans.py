"""What the lab's two plans name is in the page and in the PDF: tests/plans.toml lists it all."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest

from analysis.acts.levers import LEVERS
from analysis.ledger.entries import Body, Rationale, Reveal
from analysis.ledger.questions import QUESTIONS
from analysis.model.machine import Machine
from analysis.render import html
from analysis.report import run
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT
from tests.plans import PLANS, plain, words

RATIONALE = Rationale(question="gravity", text="Rationale: the feeding tax of the tier decides.")


@pytest.fixture(scope="module")
def forms() -> dict[str, str]:
    """The page's source and the paper's text, of a run with all acts open."""
    bundle = read(ROOT / "tests/golden/two-cores-learning.json")
    bodies: tuple[Body, ...] = (*(Reveal(question=name) for name in QUESTIONS), RATIONALE)
    document = run.document(run.report(Machine(bundle, catalogue()), bodies))
    made = {"page": html.text(document)}
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("typst")
    from analysis.render import pdf

    pages = pypdf.PdfReader(BytesIO(pdf.render(document))).pages
    made["paper"] = plain(" ".join(page.extract_text() for page in pages))
    return made


def test_the_lists_are_of_the_plans_length() -> None:
    assert len(PLANS["control"]) == 14
    assert len(PLANS["instrument"]) == 7
    assert len(PLANS["text"]) >= 40


@pytest.mark.parametrize("row", PLANS["control"], ids=lambda row: row["lever"])
def test_a_lever_is_a_control_of_the_page_and_a_value_on_paper(
    row: dict[str, Any], forms: dict[str, str]
) -> None:
    lever = LEVERS[row["lever"]]
    assert lever.label == row["label"]
    assert set(row["stops"]) <= set(lever.on_page)
    assert f'name="{lever.name}"' in forms["page"]
    assert re.search(rf"<(span|legend)>{row['label']}</(span|legend)>", forms["page"])
    assert plain(row["label"]) in forms["paper"]


@pytest.mark.parametrize("row", PLANS["instrument"], ids=lambda row: row["name"])
def test_an_instrument_is_a_figure_in_both(row: dict[str, Any], forms: dict[str, str]) -> None:
    assert f"<code>{row['name']}</code>" in forms["page"]
    assert plain(row["name"]) in forms["paper"]


@pytest.mark.parametrize("row", PLANS["text"], ids=lambda row: row["plan"])
def test_what_else_is_named_is_said_in_both(row: dict[str, Any], forms: dict[str, str]) -> None:
    said = plain(row["says"])
    assert said in words(forms["page"])
    assert said in forms["paper"]
