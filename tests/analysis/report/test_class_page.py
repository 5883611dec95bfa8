"""The page of a class: in every form, of any size, and whatever strangers wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from analysis.course.results import Bound, CodecSpread, PredictionError, Quantiles
from analysis.document import Callout, Document, Figure, Section, Table
from analysis.document.figures import HeatMap
from analysis.render import html, json, markdown
from analysis.report.class_page import class_document
from analysis.report.class_text import MOST_ROWS, clipped
from tests.analysis.render.test_forms import on_a_terminal
from tests.analysis.report.class_samples import (
    HOSTILE,
    SAMPLES,
    SMALL_CLASS,
    hostile,
    pseudonym,
    sample,
)

MOST_BYTES = 3_000_000
DATE = datetime(2026, 10, 15, 3, 10, tzinfo=UTC)
TITLES = (
    "The class at a glance",
    "What is compared, and what was left out",
    "What to look at",
    "Failures by check and by question",
    "Codecs",
    "Machines, cases, and what is left",
    "Which codec beats which, within each machine",
    "What machines are bound by",
    "Calibrated parameters",
    "Predicted against measured",
    "Locks against outcomes",
    "What each machine implies for other devices",
    "Submissions",
)


@pytest.fixture(scope="module", params=SAMPLES)
def document(request: pytest.FixtureRequest) -> Document:
    return class_document(SAMPLES[request.param]())


def section(document: Document, title: str) -> Section:
    return next(each for each in document.sections if each.title == title)


def table(document: Document, title: str) -> Table:
    tables = [b for s in document.sections for b in s.blocks if isinstance(b, Table)]
    return next(each for each in tables if each.title == title)


def column(table: Table, place: int) -> list[str]:
    return [row.cells[place].text for row in table.rows]


def text_of(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


def test_every_class_has_all_sections_in_every_form(document: Document) -> None:
    assert tuple(section.title for section in document.sections) == TITLES
    page = html.text(document)
    assert len(page.encode(errors="replace")) < MOST_BYTES
    for text in (text_of(page), markdown.text(document), on_a_terminal(document)):
        assert [title for title in TITLES if title not in text] == []
    assert json.text(document)


def test_every_section_begins_with_a_sentence_that_says_what_is_to_be_seen(
    document: Document,
) -> None:
    for each in document.sections:
        first = getattr(each.blocks[0], "text", "")
        assert re.search(r"\w.*[.]", first), each.title
        assert not re.search(r"\bnan\b|\binf\b|None", first), each.title


@pytest.mark.parametrize("name", ["0", "3", "30", "3000", "hostile"])
def test_a_class_comes_out_on_paper(name: str) -> None:
    pytest.importorskip("typst")
    pytest.importorskip("pikepdf")
    from analysis.render import pdf
    from tests.analysis.render.pdf_checks import problems

    whole = pdf.render(class_document(SAMPLES[name](), DATE))
    assert whole.startswith(b"%PDF-")
    # Three students have no figures to speak of, and need few sheets.
    small = {"sheets", "alternatives", "links", "captions", "tables"}
    assert set(problems(whole)) <= (small if name in {"0", "1", "3"} else {"sheets"})


def test_a_page_loads_nothing_and_runs_no_script(document: Document) -> None:
    page = html.text(document)
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert "script-src" not in page
    assert "default-src 'none'" in unescape(page)


FORBIDDEN = (
    *("<script>alert", "<img src=x", '" onmouseover="', "\u202e", "\u202c", "\u2067", "\u2069"),
    *("\x00", "\x1b", "\x07", "\x9b", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u2028"),
    *("A" * 400, "\u0300\u0300\u0300"),
)


def test_hostile_text_is_shown_and_does_nothing() -> None:
    document = class_document(hostile())
    page, whole = html.text(document), markdown.text(document)
    for text in FORBIDDEN:
        assert text not in page
    for text in FORBIDDEN[3:]:
        assert text not in whole
    # In Markdown a tag is no tag, unless it is code.
    assert not re.search(r"<(?:script|img)", re.sub(r"`[^`]*`|\\<", "", whole))
    shown = text_of(page)
    for text in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7 * 7 }}"):
        assert text in shown
    for number in ("202E", "2067", "200B", "0000", "001B", "0060"):
        assert f"⟨U+{number}⟩" in shown
    assert "=HYPERLINK" in shown
    # In Markdown it stands between backticks, and holds none.
    names = table(document, "Submissions that can be used")
    assert not any("`" in cell.text for row in names.rows for cell in row.cells)


@pytest.mark.parametrize("name", HOSTILE)
def test_strangers_text_is_short_on_one_line_and_visible(name: str) -> None:
    shown = clipped(HOSTILE[name])
    assert len(shown) <= 44
    assert shown
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff`]", shown
    )


def test_long_text_keeps_both_ends() -> None:
    assert (
        clipped("begin" + "x" * 5_000 + ".json.gz", 20)
        == "beginxxxxxxxx….json.gz"[:14] + (clipped("begin" + "x" * 5_000 + ".json.gz", 20)[14:])
    )
    shown = clipped("begin" + "x" * 5_000 + ".gz", 20)
    assert shown.startswith("begin")
    assert shown.endswith(".gz")


def test_small_groups_have_no_name_anywhere() -> None:
    """Though the numbers of one are among the results by mistake."""
    few = Quantiles(2, 1.0, 1.0, 1.0, 1.0, 1.0)
    whole = sample(30)
    taken = whole.residuals
    assert taken is not None
    assert 0 < whole.machine_classes["classes of fewer each"] < whole.group
    leaking = replace(
        whole,
        machine_classes={**whole.machine_classes, SMALL_CLASS: 2},
        codecs=[*whole.codecs, CodecSpread("image", "csv/rows/wire", SMALL_CLASS, few)],
        bound=[*whole.bound, Bound(SMALL_CLASS, "decode", 2, 1.0)],
        predicted=[*whole.predicted, PredictionError(SMALL_CLASS, None, 2, 12, 0.5, 0.5, 0.1)],
        points=[(SMALL_CLASS, 2.0, 1.0, 3.0, 2.0), *whole.points],
        workloads={**whole.workloads, "quick open what-if abcdef01": 1},
        residuals=replace(taken, machine_classes=(SMALL_CLASS,) * len(taken.submissions)),
    )
    document = class_document(leaking)
    for text in (html.text(document), markdown.text(document), json.text(document)):
        assert SMALL_CLASS not in text
        assert "what-if" not in text.replace("what-if runs kept", "")
        assert "fewer than 5 each" in text
        assert "i7-1260P" not in text  # a processor's name may be that of one machine


def test_people_have_no_name() -> None:
    document = class_document(sample(30))
    for text in (html.text(document), markdown.text(document), json.text(document)):
        assert "A. Person" not in text


def test_ranks_are_intervals_and_the_fastest_comes_first() -> None:
    whole = sample(30)
    machines = table(class_document(whole), "Machines, the fastest first")
    ranks = column(machines, 1)
    assert len(ranks) == whole.machines
    assert all(re.fullmatch(r"(\d+ to )?\d+ of 27", rank) for rank in ranks)
    assert sum(" to " in rank for rank in ranks) > len(ranks) / 2
    speeds = [float(text.split()[0]) for text in column(machines, 2)]
    assert speeds == sorted(speeds, reverse=True)


def test_of_a_large_class_a_page_has_the_first_rows_and_says_where_all_are() -> None:
    document = class_document(sample(3_000))
    for title in ("Machines, the fastest first", "Submissions that can be used"):
        rows = table(document, title)
        assert len(rows.rows) == MOST_ROWS
        assert re.match(r"The first 300 of [23],\d{3} rows; all are in class\.csv", rows.notes[0])


def test_a_table_of_many_classes_of_machines_still_fits_on_paper() -> None:
    whole = sample(300)
    kinds = [f"kind {at}" for at in range(9)]
    rows = [c for c in whole.codecs if c.machine_class is None]
    many = replace(
        whole,
        machine_classes=dict.fromkeys(kinds, 30),
        codecs=[replace(c, machine_class=kind) for kind in (None, *kinds) for c in rows],
    )
    codecs = section(class_document(many), "Codecs").blocks
    (decoding,) = (block for block in codecs if isinstance(block, Table))
    assert [column.name for column in decoding.columns[3:]] == ["all", *kinds[:5]]
    assert decoding.notes[0].startswith("4 smaller classes left out")


def test_rejected_files_stand_below_all_that_count() -> None:
    document = class_document(sample(30))
    titles = [b.title for b in section(document, "Submissions").blocks if isinstance(b, Table)]
    assert titles == ["Submissions that can be used", "Files that were rejected, and why"]
    assert "rejected" not in column(table(document, titles[0]), 2)
    assert set(column(table(document, titles[1]), 2)) == {"rejected"}
    assert column(table(document, titles[1]), 0)[-1] == "not known"


def test_nobody_is_accused() -> None:
    document = class_document(sample(30))
    page = text_of(html.text(document)).lower()
    for word in ("cheat", "fraud", "plagiari", "dishonest", "guilty", "suspicious", "misconduct"):
        assert word not in page
    assert "honest explanations" in page
    assert "docs/explanation/class.md" in page
    pairs = table(document, "Students with cases of the same samples")
    assert column(pairs, 0)[0] == pseudonym(0)
    assert column(pairs, 2)[0] == "the whole run"
    assert column(table(document, "Runs whose parts do not fit together"), 0) == [pseudonym(2)]


def test_few_machines_have_a_caution_and_many_have_none() -> None:
    def titles(students: int) -> list[str]:
        blocks = [b for s in class_document(sample(students)).sections for b in s.blocks]
        return [b.title for b in blocks if isinstance(b, Callout) and "few machines" in b.title]

    assert titles(3)
    assert not titles(300)


def test_intervals_that_held_too_rarely_are_called_too_narrow() -> None:
    locks = section(class_document(sample(300)), "Locks against outcomes")
    text = getattr(locks.blocks[0], "text", "")
    assert "The class is not calibrated" in text
    assert "intervals given with 95 % held in 60 % [50 %, 70 %], they are too narrow" in text


@pytest.mark.parametrize(("students", "columns"), [(30, 27), (300, 60), (3_000, 60)])
def test_the_map_of_residuals_has_a_column_a_machine_or_a_group(
    students: int, columns: int
) -> None:
    polished = section(class_document(sample(students)), TITLES[5])
    maps = [b.drawing for b in polished.blocks if isinstance(b, Figure)]
    assert len(maps) == 2
    for drawing in maps:
        assert isinstance(drawing, HeatMap)
        assert len(drawing.columns) == columns
        assert all(len(row.cells) == columns for panel in drawing.panels for row in panel.rows)
        cells = [cell for panel in drawing.panels for row in panel.rows for cell in row.cells]
        assert any(cell and cell.low < cell.high for cell in cells) == (students > 30)
