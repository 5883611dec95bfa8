"""What can be checked of a PDF without the validator of its standards: each check yields problems.

The standards are PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1); what needs the eye or a
validator in Java is not here.
"""

from __future__ import annotations

import re
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHEETS = range(8, 15)
"""Of a whole run with the acts open."""
_HEADING = re.compile(r"/H([1-6])")
_SHOWN = {"Tj", "TJ"}


def elements(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yield all elements of the structure, in reading order."""
    yield from _below(pdf.Root.get("/StructTreeRoot", pikepdf.Dictionary()).get("/K"))


def _below(kids: Any) -> Iterator[Any]:
    if isinstance(kids, pikepdf.Array):
        for kid in kids:
            yield from _below(kid)
    elif isinstance(kids, pikepdf.Dictionary) and "/S" in kids:
        yield kids
        yield from _below(kids.get("/K"))


def _tagged(pdf: pikepdf.Pdf) -> Iterator[str]:
    if "/StructTreeRoot" not in pdf.Root or not list(elements(pdf)):
        yield "it has no structure"
    if not pdf.Root.get("/MarkInfo", {}).get("/Marked"):
        yield "it does not say that it is marked"


def _language(pdf: pikepdf.Pdf) -> Iterator[str]:
    if str(pdf.Root.get("/Lang", "")) != "en":
        yield "it does not say its language"


def _title(pdf: pikepdf.Pdf) -> Iterator[str]:
    with pdf.open_metadata() as known:
        if not known.get("dc:title"):
            yield "its metadata has no title"
    if not pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "a viewer shows the file's name in place of the title"


def _alternatives(pdf: pikepdf.Pdf) -> Iterator[str]:
    figures = [element for element in elements(pdf) if element.S == "/Figure"]
    lacking = [figure for figure in figures if not str(figure.get("/Alt", "")).strip()]
    if not figures or lacking:
        yield f"{len(lacking)} of {len(figures)} figures have no alternative"


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    fonts = [one for one in pdf.objects if _is(one, "/Font") and "/DescendantFonts" in one]
    if not fonts:
        yield "it has no fonts"
    for font in fonts:
        descriptor = font.DescendantFonts[0].get("/FontDescriptor", {})
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys()):
            yield f"{font.BaseFont} is not embedded"
        if "/ToUnicode" not in font:
            yield f"what {font.BaseFont} shows cannot be searched"
    for one in pdf.objects:
        if _is(one, "/Font") and one.get("/Subtype") in {"/Type1", "/Type3", "/TrueType"}:
            yield f"{one.get('/BaseFont')} is a font of a kind that is not expected"


def _is(one: Any, kind: str) -> bool:
    return isinstance(one, pikepdf.Dictionary) and one.get("/Type") == kind


def _standards(pdf: pikepdf.Pdf) -> Iterator[str]:
    with pdf.open_metadata() as known:
        if (known.get("pdfaid:part"), known.get("pdfaid:conformance")) != ("2", "A"):
            yield "it does not say that it is PDF/A-2a"
        if known.get("pdfuaid:part") != "1":
            yield "it does not say that it is PDF/UA-1"


def _headings(pdf: pikepdf.Pdf) -> Iterator[str]:
    names = (_HEADING.fullmatch(str(element.S)) for element in elements(pdf))
    levels = [int(name[1]) for name in names if name]
    if not levels or levels[0] != 1:
        yield "the first heading is not of level 1"
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield "a heading leaves a level out"


def _tables(pdf: pikepdf.Pdf) -> Iterator[str]:
    for table in (element for element in elements(pdf) if element.S == "/Table"):
        inner = list(_below(table.K))
        heads = [element for element in inner if element.S == "/TH"]
        scopes = {str(a.Scope) for head in heads for a in head.get("/A", []) if "/Scope" in a}
        if not heads or scopes != {"/Column"}:
            yield "a table has no headers of columns"


def _captions(pdf: pikepdf.Pdf) -> Iterator[str]:
    kinds = [str(element.S) for element in elements(pdf)]
    if kinds.count("/Caption") < max(1, kinds.count("/Table")):
        yield "a table has no caption"


def _links(pdf: pikepdf.Pdf) -> Iterator[str]:
    linked = [page for page in pdf.pages if "/Annots" in page]
    if not linked or any(page.get("/Tabs") != "/S" for page in linked):
        yield "links are not reached in the order of the structure"
    links = [link for page in linked for link in page.Annots]
    if any(not str(link.get("/Contents", "")) for link in links):
        yield "a link does not say where it leads"


def _quiet(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in pdf.objects:
        if isinstance(one, pikepdf.Dictionary) and one.get("/S") in {
            "/JavaScript", "/Launch", "/URI", "/SubmitForm", "/GoToR",
        }:  # fmt: skip
            yield f"it has an action {one.S}"
    if {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.Root.keys()):
        yield "it acts when it is opened"


def _outline(pdf: pikepdf.Pdf) -> Iterator[str]:
    with pdf.open_outline() as outline:
        if len(outline.root) < 3:
            yield "its headings are no bookmarks"


def _sheets(pdf: pikepdf.Pdf) -> Iterator[str]:
    if len(pdf.pages) not in SHEETS:
        yield f"it has {len(pdf.pages)} sheets"
    for page in pdf.pages:
        if [round(float(side)) for side in page.mediabox] != [0, 0, 595, 842]:
            yield "a sheet is not A4"


def _marked(pdf: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(pdf.pages, 1):
        depth = 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in {"BDC", "BMC"}:
                depth += 1
            elif name == "EMC":
                depth -= 1
            elif name in {*_SHOWN, "Do"} and not depth:
                yield f"sheet {number} shows {operands} outside of the structure"


CHECKS: dict[str, Callable[[pikepdf.Pdf], Iterator[str]]] = {
    "tagged": _tagged,
    "language": _language,
    "title": _title,
    "alternatives": _alternatives,
    "fonts": _fonts,
    "standards": _standards,
    "headings": _headings,
    "tables": _tables,
    "captions": _captions,
    "links": _links,
    "quiet": _quiet,
    "outline": _outline,
    "sheets": _sheets,
    "marked": _marked,
}


def problems(data: bytes) -> dict[str, list[str]]:
    """Return what is wrong with a PDF, by check."""
    with pikepdf.open(BytesIO(data)) as pdf:
        every = {name: list(check(pdf)) for name, check in CHECKS.items()}
    return {name: its for name, its in every.items() if its}


def reading(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield what is read, in pieces: the kind of the element that a text is of, and the text.

    In the order of the structure, as a screen reader takes it; headers and footers are no part.
    """
    with pikepdf.open(BytesIO(data)) as pdf:
        texts = {page.objgen: _texts(page) for page in pdf.pages}
        yield from _read(pdf.Root.StructTreeRoot, texts)


def _read(element: Any, texts: dict[Any, dict[int, str]]) -> Iterator[tuple[str, str]]:
    kids = element.get("/K", pikepdf.Array())
    own = ""
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            if own:
                yield str(element.S), own
            own = ""
            yield from _read(kid, texts)
        elif isinstance(kid, int):
            own += texts[element.Pg.objgen].get(kid, "")
        elif kid.get("/Type") == "/MCR":
            own += texts[(kid.get("/Pg") or element.Pg).objgen].get(int(kid.MCID), "")
    if own:
        yield str(element.S), own


def _texts(page: Any) -> dict[int, str]:
    """Return a page's texts by the number of their marked content."""
    fonts = {name: _characters(font) for name, font in page.resources.get("/Font", {}).items()}
    texts: dict[int, str] = {}
    open_numbers: list[int | None] = []
    font: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in {"BDC", "BMC"}:
            about = operands[1] if name == "BDC" else {}
            open_numbers.append(int(about["/MCID"]) if "/MCID" in about else None)
        elif name == "EMC":
            open_numbers.pop()
        elif name == "Tf":
            font = fonts[str(operands[0])]
        elif name in _SHOWN:
            numbers = [number for number in open_numbers if number is not None]
            if numbers:
                shown = operands[0] if name == "TJ" else [operands[0]]
                strings = (bytes(part) for part in shown if isinstance(part, pikepdf.String))
                read = "".join(_decoded(string, font) for string in strings)
                texts[numbers[-1]] = f"{texts.get(numbers[-1], '')} {read}"
    return texts


def _decoded(string: bytes, font: dict[int, str]) -> str:
    codes = (int.from_bytes(string[at : at + 2], "big") for at in range(0, len(string), 2))
    return "".join(font.get(code, "\N{REPLACEMENT CHARACTER}") for code in codes)


def _characters(font: Any) -> dict[int, str]:
    """Return what a font's codes stand for."""
    table = font.ToUnicode.read_bytes().decode("latin-1")
    known = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, flags=re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            known[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, flags=re.DOTALL):
        for low, high, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for offset, code in enumerate(range(int(low, 16), int(high, 16) + 1)):
                known[code] = chr(int(text, 16) + offset)
    return known
