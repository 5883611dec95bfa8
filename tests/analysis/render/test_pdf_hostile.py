"""Whatever a stranger wrote comes out as text: on paper as on the page."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING

import pypdf
import pytest

from analysis.characters import visible
from analysis.document import (
    Callout,
    Card,
    Cards,
    Cell,
    Column,
    Controls,
    Definitions,
    Document,
    Figure,
    Finding,
    Findings,
    Paragraph,
    Reference,
    References,
    Row,
    Section,
    Table,
    Tone,
)
from analysis.document.figures import Bar, Bars, Dot, Dots, Panel, Part
from analysis.document.live import Control
from analysis.errors import AnalysisError
from analysis.render import html, markdown, pdf
from analysis.render.figures import draw
from analysis.render.figures.canvas import on_paper
from tests.analysis.render.test_forms import DOCUMENT, RATE, on_a_terminal
from tests.conftest import ROOT, command

pytest.importorskip("typst")
pikepdf = pytest.importorskip("pikepdf")
from tests.analysis.render.pdf_checks import problems, reading  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = {
    "a call": '#panic("x") #read("/etc/passwd") #import "a.typ": b',
    "an escape from a string": '"); #panic("x',
    "mathematics": "costs $5 and $6, $x^2$",
    "a reference": "@figure-1 <figure-1> @nobody",
    "markup": "*bold* _emphasis_ = Heading - item + item / term: text",
    "a comment": "// nothing /* more */ here",
    "a link": "https://example.org/a?b=c",
    "quotes and dashes": "'a' \"b\" -- --- ... ~",
    "an escape": "\\u{41} \\n \\\\ \\#",
    "HTML": "</svg><script>alert(1)</script><!-- &amp;",
    "PDF": "(x) Tj ET endstream %%EOF",
    "JSON": '{"a": [1]}',
    "backticks": "`` ` `#code`",
    "Hebrew and Arabic": "\u05e9\u05dc\u05d5\u05dd \u0633\u0644\u0627\u0645",
}
"""Text that comes out as it is."""
NUMBERED = {
    "an override": ("a\u202eb\u202c", "a⟨U+202E⟩b⟨U+202C⟩"),
    "an isolate": ("a\u2067b\u2069", "a⟨U+2067⟩b⟨U+2069⟩"),
    "control characters": ("a\x00\x07\x1b[31m\x9bb", "a⟨U+0000⟩⟨U+0007⟩⟨U+001B⟩[31m⟨U+009B⟩b"),
}
"""Text whose hidden characters are shown by their numbers in every file."""
LACKING = {
    "an emoji": ("a\U0001f9a7b", "a⟨U+1F9A7⟩b"),
    "Chinese": ("\u4e2d\u6587", "⟨U+4E2D⟩⟨U+6587⟩"),
    "private use": ("a\ue000b", "a⟨U+E000⟩b"),
    "no character": ("a\uffffb", "a⟨U+FFFF⟩b"),
}
"""Text that no font of the paper has."""


def document(text: str) -> Document:
    """Return a document that says a text wherever it can be said."""
    # A drawing's labels are names of codecs and stages: these are letters that can be measured.
    name = text if text in HOSTILE.values() else "name"
    bars = Bars((Bar(name, (Part(name, 0.0, 1.0),)),), (name,), name)
    dots = Dots((Panel(name, (Dot(name, name, RATE),)),), (name,), name)
    control = Control("set", text, (("a", text),), "a")
    blocks = (
        Paragraph(text),
        Findings((Finding(text, {}, text),)),
        Callout(Tone.BAD, text, (Finding(text, {}, text),), text),
        Table(text, (Column(text, left=True), Column(text)), (Row((Cell(text),) * 2),), (text,)),
        Table("B", (Column("c"),), (Row((Cell(text, code=True),)),)),
        Definitions(((text, Cell(text)),)),
        References(text, (Reference(text, (text,), text),)),
        Cards((Card(text, text, text, "good"),)),
        Controls(text, (control,), text, text),
        Figure(bars, text, text),
        Figure(dots, text, text),
    )
    inner = Section(text, blocks)
    return Document(text, (Section("", blocks[:3], lead=True), Section(text, (), (inner,))), text)


def dated(text: str) -> Document:
    return replace(document(text), about=(text,), date=datetime(2026, 11, 23, 17, tzinfo=UTC))


def close(text: str) -> str:
    """Return a text without spaces, and without the backticks that mark code."""
    return re.sub(r"[\s`\u200b]", "", text)


def of_paper(text: str) -> str:
    data = pdf.render(dated(text))
    assert set(problems(data)) <= {"outline", "sheets"}
    with pikepdf.open(BytesIO(data)) as opened:
        links = [link for page in opened.pages for link in page.get("/Annots", [])]
        assert all("/Dest" in link or link.A.S == "/GoTo" for link in links)
    return close("".join(part for _, part in reading(data)))


def of_page(text: str) -> str:
    return close(unescape(re.sub(r"</?[a-z][^>]*>", "", html.text(dated(text)))))


PLACES = 18
"""At least so often the document says its text."""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_text_is_text(text: str) -> None:
    shown = of_paper(text)
    if text != HOSTILE["Hebrew and Arabic"]:
        assert shown.count(close(text)) > PLACES
    else:
        # Glyphs are kept in the order of sight.
        assert set(close(text)) - set(shown) <= set("\u0633\u0644\u0627\u0645")
    assert of_page(text).count(close(text)) > PLACES


@pytest.mark.parametrize(("text", "wanted"), NUMBERED.values(), ids=list(NUMBERED))
def test_what_is_hidden_is_shown_by_its_number_alike_in_all_files(text: str, wanted: str) -> None:
    assert of_paper(text).count(wanted) > PLACES
    assert of_page(text).count(wanted) > PLACES
    whole = html.text(dated(text)) + markdown.text(dated(text)) + on_a_terminal(dated(text))
    assert not (set(text) - set("ab[31m")) & set(whole)
    assert visible(visible(text)) == visible(text) == wanted


def test_a_drawing_may_be_empty_and_its_names_strange() -> None:
    """Names in a bundle are a stranger's; a drawing of no panel has no picture, and no number."""
    strange = "\x1b[31m\x9bcolumn\u202e"
    bars = Bars((Bar(strange, (Part(strange, 0.0, 1.0),)),), (strange,), "share")
    figures = (Figure(Dots((), (), "none"), "Empty"), Figure(bars, "Strange"))
    made = replace(dated("a"), sections=(Section("S", figures),))
    data = pdf.render(made)
    shown = "".join(part for _, part in reading(data))
    assert "Empty" not in shown
    assert close(shown).count("Figure1.Strange.") == 1
    assert "⟨U+001B⟩[31m⟨U+009B⟩column⟨U+202E⟩" in close(shown)


@pytest.mark.parametrize(("text", "wanted"), LACKING.values(), ids=list(LACKING))
def test_what_no_font_has_stands_by_its_number(text: str, wanted: str) -> None:
    assert of_paper(text).count(wanted) > PLACES


def test_bytes_that_are_no_text_are_questions_as_on_the_page() -> None:
    name = b"run-\xff".decode("utf-8", "surrogateescape")
    assert of_paper(name).count("run-?") > PLACES
    assert b"run-?" in html.render(dated(name))


def test_every_character_that_is_shown_has_a_glyph() -> None:
    """The standard refuses a document with a character that its fonts lack."""
    known = "".join(sorted(pdf._known() - {"\n", "`"}))
    assert len(known) > 5000
    lines = [Paragraph(known[at : at + 200]) for at in range(0, len(known), 200)]
    about = dated("a")
    assert pdf.render(replace(about, sections=(Section("All", tuple(lines)),))).startswith(b"%PDF")


@pytest.mark.parametrize("text", ["x" * 3000, "0123456789" * 400, "a_b." * 500])
def test_what_has_no_space_stays_on_its_sheet(text: str) -> None:
    data = pdf.render(dated(f"before {text} after"))
    edges: list[float] = []

    def seen(shown: str, _: object, matrix: list[float], __: object, ___: object) -> None:
        if shown.strip():
            edges.append(matrix[4])

    for page in pypdf.PdfReader(BytesIO(data)).pages:
        page.extract_text(visitor_text=seen)
    assert edges
    assert max(edges) < 595
    assert close("".join(part for _, part in reading(data))).count(text) > 5


def test_a_picture_with_a_colour_that_paper_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="colour"):
        on_paper('<svg fill="var(--other)"></svg>', "font")


def test_a_drawing_is_drawn_once_for_all_forms() -> None:
    drawing = Bars((Bar("a", (Part("b", 0.0, 1.0),)),), ("b",), "c")
    assert draw(drawing) is draw(drawing)


def test_a_long_table_says_how_much_of_it_is_shown() -> None:
    rows = tuple(Row((Cell(f"`row{n}`"), Cell(f"{n}.5"))) for n in range(60))
    notes = ("`row3`, a note.", "`row50`, another.", "of all")
    table = Table("T", (Column("a"), Column("b")), rows, notes, first=10)
    shown = "".join(
        part
        for _, part in reading(pdf.render(replace(DOCUMENT, sections=(Section("S", (table,)),))))
    )
    assert "The first 10 of 60 rows; the page has all." in shown
    assert "9.5" in shown
    assert "10.5" not in shown
    assert ("a note" in shown, "another" in shown, "of all" in shown) == (True, False, True)


def test_what_is_of_the_page_alone_is_named() -> None:
    table = Table("Of no use on paper", (Column("a"),), (Row((Cell("1"),)),), first=0)
    inner = Section("All the details", (Paragraph("Hidden."),), page_only=True)
    made = replace(DOCUMENT, sections=(Section("S", (table,), (inner,)),))
    shown = "".join(part for _, part in reading(pdf.render(made)))
    assert "On the page alone: Of no use on paper; All the details." in shown
    assert "Hidden" not in shown
    assert "Hidden" in html.text(made)


def test_without_typst_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(AnalysisError, match=r"needs typst.*pip install typst.*print it"):
        pdf.render(DOCUMENT)


@pytest.mark.process
def test_without_typst_a_report_is_its_page_and_a_note(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "typst.py").write_text("raise ImportError('no wheel for this machine')\n")
    run = tmp_path / "run"
    run.mkdir()
    golden = (ROOT / "tests/golden/one-core.json").read_bytes()
    (run / "bundle.json").write_bytes(golden)
    path = f"{tmp_path}{os.pathsep}{environment.get('PYTHONPATH', ROOT)}"
    lacking = {**environment, "PYTHONPATH": path}
    code, out, err = command("analysis", lacking, tmp_path, "report", str(run))
    assert code in {0, 3}
    assert "note: no PDF beside the page: a PDF needs typst" in err
    assert "no wheel for this machine" in err
    assert "Traceback" not in err
    assert out.splitlines()[-1].endswith("report.html")
    assert "report.pdf" not in out
    assert (run / "report.html").is_file()
    assert not (run / "report.pdf").exists()
    code, _, err = command(
        "analysis", lacking, tmp_path, "report", str(run), "--out", str(run / "p.pdf")
    )
    assert code == 1
    assert "pip install typst" in err
    assert not (run / "p.pdf").exists()
