"""The paper: it is tagged, it can be read and searched, and every check of that can fail."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pypdf
import pytest

from analysis.document import (
    Callout,
    Cards,
    Cell,
    Column,
    Definitions,
    Document,
    Figure,
    Paragraph,
    Row,
    Section,
    Table,
)
from analysis.document.figures import Bar, Bars, Part
from analysis.errors import AnalysisError
from analysis.ledger.entries import Decision, Rationale, Reveal
from analysis.model.machine import Machine
from analysis.render import html, paper, pdf
from analysis.report import run as content
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from tests.analysis.render.test_forms import DOCUMENT, on_a_terminal
from tests.conftest import ROOT

pytest.importorskip("typst")
pikepdf = pytest.importorskip("pikepdf")
from tests.analysis.render.pdf_checks import CHECKS, elements, problems, reading  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from analysis.ledger.entries import Body

RATIONALE = "Bits have #mass: $5 of @freight, <moved> back by *hand* & `truck`."
BODIES: Sequence[Body] = (
    Reveal(question="gravity"),
    Reveal(question="feeding-tax"),
    Rationale(question="gravity", text=RATIONALE),
    Decision(
        track="mobile_nomad",
        decision=f"Ship. {RATIONALE}",
        rejected=f"Stream. {RATIONALE}",
        rejected_value=90_000.0,
        rejected_unit="$ a #year",
        trigger=f"A fibre. {RATIONALE}",
        risk=f"A parcel. {RATIONALE}",
    ),
)


@pytest.fixture(scope="module")
def document() -> Document:
    """All of a run, with the acts open."""
    machine = Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())
    return content.document(content.report(machine, BODIES))


@pytest.fixture(scope="module")
def whole(document: Document) -> bytes:
    return pdf.render(document)


def plain(text: str) -> str:
    """Return the letters and digits of a text: lines, hyphens and code are told by nothing else."""
    return re.sub(r"[^\w]|_", "", text)


def test_a_paper_of_a_run_passes_every_check(whole: bytes) -> None:
    assert problems(whole) == {}


def _figure(opened: Any) -> None:
    next(element for element in elements(opened) if element.S == "/Figure").Alt = " "


def _heading(opened: Any) -> None:
    next(element for element in elements(opened) if element.S == "/H2").S = pikepdf.Name.H3


def _scope(opened: Any) -> None:
    for head in (element for element in elements(opened) if element.S == "/TH"):
        del head["/A"]


def _caption(opened: Any) -> None:
    for element in list(elements(opened)):
        if element.S == "/Caption":
            element.S = pikepdf.Name.P


def _font(opened: Any) -> None:
    for one in opened.objects:
        if isinstance(one, pikepdf.Dictionary) and "/FontFile2" in one:
            del one["/FontFile2"]


def _links(opened: Any) -> None:
    for page in opened.pages:
        if "/Tabs" in page:
            del page["/Tabs"]


def _nameless(opened: Any) -> None:
    for page in opened.pages:
        for link in page.get("/Annots", []):
            del link["/Contents"]


def _metadata(name: str) -> Callable[[Any], None]:
    def change(opened: Any) -> None:
        raw = opened.Root.Metadata.read_bytes()
        pattern = f"<{name}>.*?</{name}>".encode()
        changed = re.sub(pattern, b"", raw, flags=re.DOTALL)
        assert changed != raw
        opened.Root.Metadata = opened.make_stream(changed)

    return change


def _without(*names: str) -> Callable[[Any], None]:
    def change(opened: Any) -> None:
        at = opened.Root
        for name in names[:-1]:
            at = at[name]
        del at[names[-1]]

    return change


def _action(opened: Any) -> None:
    uri = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org")
    opened.Root.OpenAction = opened.make_indirect(uri)


def _short(opened: Any) -> None:
    del opened.pages[5:]


def _wide(opened: Any) -> None:
    opened.pages[0].MediaBox = [0, 0, 612, 792]


def _loose(opened: Any) -> None:
    opened.pages[0].contents_add(b"BT (loose) Tj ET")


DEFECTS: tuple[tuple[str, Callable[[Any], None]], ...] = (
    ("tagged", _without("/StructTreeRoot")),
    ("tagged", _without("/MarkInfo")),
    ("language", _without("/Lang")),
    ("title", _without("/ViewerPreferences", "/DisplayDocTitle")),
    ("title", _metadata("dc:title")),
    ("alternatives", _figure),
    ("fonts", _font),
    ("standards", _metadata("pdfaid:part")),
    ("standards", _metadata("pdfuaid:part")),
    ("headings", _heading),
    ("tables", _scope),
    ("captions", _caption),
    ("links", _links),
    ("links", _nameless),
    ("quiet", _action),
    ("outline", _without("/Outlines")),
    ("sheets", _short),
    ("sheets", _wide),
    ("marked", _loose),
)


def test_there_is_a_defect_for_every_check() -> None:
    assert {name for name, _ in DEFECTS} == set(CHECKS)


@pytest.mark.parametrize(
    ("check", "plant"), DEFECTS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(DEFECTS)]
)
def test_every_check_sees_its_defect(
    whole: bytes, check: str, plant: Callable[[Any], None]
) -> None:
    with pikepdf.open(BytesIO(whole)) as opened:
        plant(opened)
        changed = BytesIO()
        opened.save(changed)
    assert check in problems(changed.getvalue())


def test_typst_itself_refuses_a_figure_without_an_alternative(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "alternative", lambda _: "")
    with pytest.raises(AnalysisError, match="alt"):
        pdf.render(document)


def test_it_says_who_it_is_of(whole: bytes, document: Document) -> None:
    paper = pypdf.PdfReader(BytesIO(whole))
    assert paper.metadata is not None
    assert paper.metadata.title == document.title
    assert document.date is not None
    assert paper.metadata.creation_date == document.date
    assert paper.metadata.modification_date == document.date


def _sections(sections: Sequence[Section], level: int = 1) -> Iterator[tuple[int, str]]:
    for section in sections:
        if not (section.lead or section.page_only):
            if section.title:
                yield level, section.title
            yield from _sections(section.sections, level + bool(section.title))


def test_headings_are_read_in_the_documents_order(whole: bytes, document: Document) -> None:
    read = [
        (int(kind[2]), plain(re.sub(r"^\s*[\d.]+\s", "", text)))
        for kind, text in reading(whole)
        if re.fullmatch(r"/H[1-6]", kind)
    ]
    expected = [(level, plain(title)) for level, title in _sections(document.sections)]
    assert [one for one in read if one != (1, "Abstract")] == expected


def test_all_words_are_read_in_their_order(whole: bytes, document: Document) -> None:
    """What floats is read where it belongs, and not where it stands."""
    known = plain("".join(text for _, text in reading(whole)))
    assert "\N{REPLACEMENT CHARACTER}" not in known
    laid_out = paper.content(document, lambda text: text)
    at = 0
    for text in _texts([*laid_out["abstract"], *laid_out["body"]]):
        assert text in known[at:], text
        at = known.index(text, at) + len(text)


def _texts(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the texts of paragraphs, findings and headings."""
    for block in blocks:
        if block["kind"] == "heading":
            yield plain(block["title"])
        elif block["kind"] == "paragraph":
            yield plain("".join(block["text"]))
        elif block["kind"] == "findings":
            yield from (plain("".join(item["text"])) for item in block["items"])


def test_it_can_be_searched(whole: bytes) -> None:
    shown = " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(whole)).pages)
    for text in ("The bottleneck is decode", "Another format?", "payload MB/s, log scale"):
        assert plain(text) in plain(shown), text


def test_figures_and_tables_are_numbered_and_the_text_refers_to_each(whole: bytes) -> None:
    pieces = list(reading(whole))
    captions = [text for kind, text in pieces if re.match(r"\s*(Figure|Table)\s*\d+\s*\.", text)]
    numbers = [tuple(re.findall(r"(Figure|Table)\s*(\d+)", text)[0]) for text in captions]
    for kind in ("Figure", "Table"):
        its = [int(number) for of, number in numbers if of == kind]
        assert its == list(range(1, len(its) + 1))
        assert len(its) > 8
    links = [re.sub(r"\D", "", text) for kind, text in pieces if kind == "/Link"]
    assert sorted(map(int, links)) == sorted(int(number) for _, number in numbers)


NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")


def numbers(text: str) -> set[str]:
    return {found.rstrip(",") for found in NUMBER.findall(text)}


def on_paper(whole: bytes) -> set[str]:
    """Return the numbers of a paper, but for those that number its parts."""
    own = r"\s*(Figure|Table)\s*\d+\s*\.|See (Figure|Table).*|The first \d+ of \d+ (rows|bars)"
    pieces = []
    for kind, text in reading(whole):
        if kind in {"/Lbl", "/Link"}:
            continue
        numbered = re.sub(r"^\s*[\d.]+\s", "", text) if re.fullmatch(r"/H[1-6]", kind) else text
        pieces.append(re.sub(own, "", numbered))
    return numbers(" ".join(pieces))


def on_page(document: Document) -> set[str]:
    """Return the numbers of a page at the settings that are chosen at first."""
    text = html.text(document)
    text = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    return numbers(unescape(re.sub(r"<[^>]+>", " ", text)))


def test_every_number_on_paper_is_on_the_page(whole: bytes, document: Document) -> None:
    ours = on_paper(whole)
    assert len(ours) > 400
    assert ours - on_page(document) == set()


def test_a_number_that_only_paper_has_is_seen(whole: bytes, document: Document) -> None:
    other = Document("A", (Section("S", (Cards(()),)),))
    assert on_paper(whole) - on_page(other)


def headlines(document: Document) -> Iterator[str]:
    """Yield the verdict, the findings of the first screen, and all cards."""
    for section in document.sections:
        for block in section.blocks:
            if section.lead and isinstance(block, Definitions):
                yield from (cell.text for _, cell in block.items)
            if section.lead and isinstance(block, Callout):
                yield from (block.title, block.note)
            if isinstance(block, Cards):
                for card in block.items:
                    yield from (card.title, card.text, card.note)


def test_headlines_are_the_same_on_page_paper_and_terminal(
    whole: bytes, document: Document
) -> None:
    texts = {
        "paper": "".join(text for _, text in reading(whole)),
        "page": unescape(re.sub(r"<[^>]+>", " ", html.text(document))),
        "terminal": on_a_terminal(document),
    }
    wanted = list(filter(None, map(plain, headlines(document))))
    assert len(wanted) > 20
    for form, text in texts.items():
        assert [one for one in wanted if one not in plain(text)] == [], form


def test_a_rationale_is_text_in_every_form(whole: bytes, document: Document) -> None:
    forms = {
        "paper": "".join(text for _, text in reading(whole)),
        "page": unescape(re.sub(r"</?(code|span)[^>]*>", "", html.text(document))),
        "terminal": on_a_terminal(document),
    }
    words = [f"{start} {RATIONALE}" for start in ("Ship.", "Stream.", "A fibre.", "A parcel.")]
    for line in (RATIONALE, *words, "For Mobile Nomad, decided", "Rejected, at 90,000 $ a #year"):
        wanted = "".join(line.replace("`", "").split())
        for form, text in forms.items():
            assert wanted in "".join(text.split()), (form, line)


@pytest.mark.process
def test_two_processes_write_the_same_bytes(
    document: Document, whole: bytes, tmp_path: Path
) -> None:
    (tmp_path / "document").write_bytes(pickle.dumps(document))
    code = (
        "import pickle, sys; from pathlib import Path; from analysis.render import write;"
        "write(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))"
    )
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.pdf"
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "document"), str(path)],
            check=True,
            cwd=ROOT,
            env={**_environment(), "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": f"{seed}00000"},
        )
        assert path.read_bytes() == whole


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


def test_what_has_no_date_is_for_everyone_but_not_for_archives() -> None:
    first, second = pdf.render(DOCUMENT), pdf.render(DOCUMENT)
    assert first == second
    assert set(problems(first)) == {"standards", "alternatives", "outline", "sheets"}
    assert b"pdfuaid:part" in first
    assert "CreationDate" not in str(pypdf.PdfReader(BytesIO(first)).metadata)


RUNS: dict[str, dict[str, str]] = {
    "one-core": {},
    "two-cores": {"pipeline": "unavailable: no torch", "storage": "unavailable: no disk"},
}
"""Runs that lack something, and what they lack."""


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_lacks_a_part_has_a_paper(name: str) -> None:
    bundle = read(ROOT / f"tests/golden/{name}.json").model_copy(update=RUNS[name])
    made = content.document(content.report(Machine(bundle, catalogue())))
    assert set(problems(pdf.render(made))) <= {"sheets"}


def test_many_configurations_fit_on_sheets() -> None:
    """A rigorous run has two hundred."""
    bars = Bars(
        tuple(Bar(f"configuration {n}", (Part("decode", 0.0, 1.0 + n),)) for n in range(200)),
        ("decode",),
        "ms",
    )
    rows = tuple(Row((Cell(f"configuration {n}"), Cell(str(n)))) for n in range(200))
    table = Table("All", (Column("name", left=True), Column("value")), rows)
    section = Section("Many", (Paragraph("So many."), Figure(bars, "Times"), table))
    data = pdf.render(Document("Many", (section,)))
    assert len(pypdf.PdfReader(BytesIO(data)).pages) < 5
    shown = "".join(text for _, text in reading(data))
    assert "The first 24 of 200 bars; the page has all." in shown
    assert "The first 40 of 200 rows; the page has all." in shown
