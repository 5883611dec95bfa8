"""CSV that people open: what a real reader gets of it, and that nothing in it begins a formula."""

from __future__ import annotations

import csv
import io
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.course.spreadsheet import MARK, label, number, safe, table, unlabelled

HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}x",
    "\N{FULLWIDTH COMMERCIAL AT}x",
    "\N{SMALL EQUALS SIGN}x",
    "\N{ZERO WIDTH SPACE}=1+1",
    "\N{NO-BREAK SPACE}=1+1",
    "\ufeff=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.org","x")',
    "x;=1+1",
    'x;"=1+1"',
    "x; \N{FULLWIDTH EQUALS SIGN}1",
    '";=1+1;"',
    "\u202e=1+1",
    "\x00=1",
]


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet takes a cell for a formula, as OWASP describes it."""
    for character in text:
        if character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}:
            continue
        return unicodedata.normalize("NFKC", character)[:1] in {"=", "+", "-", "@"}
    return False


def is_number(text: str) -> bool:
    """Whether a cell is a number, or several where another separator was taken."""
    try:
        [float(part) for part in text.split(",")]
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_begins_a_formula_for_either_separator(text: str) -> None:
    data = table(["first", "second"], [[text, 1], ["plain", text]], for_people=True)
    for separator in (",", ";"):
        cells = [
            cell
            for row in csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator)
            for cell in row
        ]
        assert [cell for cell in cells if begins_formula(cell) and not is_number(cell)] == []


@given(st.text(alphabet=st.sampled_from('=+-@;,"\n\r\t 1a\uff1d\u200b'), max_size=12))
def test_no_mixture_of_signs_and_separators_begins_a_formula(text: str) -> None:
    data = table(["first", "second"], [[text, text], [text, text]], for_people=False).decode()
    for separator in (",", ";"):
        for row in csv.reader(io.StringIO(data), delimiter=separator):
            assert not [cell for cell in row if begins_formula(cell) and not is_number(cell)]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5))
def test_numbers_stay_numbers_negative_ones_too(values: list[float]) -> None:
    data = table(["value"], [[value] for value in values], for_people=True)
    frame = pd.read_csv(io.BytesIO(data))
    assert frame["value"].to_list() == pytest.approx(values, abs=1e-6)
    assert frame["value"].dtype.kind in "if"


def test_what_is_blank_stays_blank() -> None:
    rows = [["a", None, float("nan"), True, -0.0]]
    data = table(["name", "score", "other", "late", "zero"], rows, for_people=False)
    assert data == b"name,score,other,late,zero\r\na,,,yes,0\r\n"


@given(st.text(alphabet="0123456789abcdef", min_size=12, max_size=12))
def test_a_pseudonym_comes_back_whatever_its_digits(pseudonym: str) -> None:
    assert unlabelled(label(pseudonym)) == pseudonym
    with pytest.raises(ValueError, match="could not convert"):
        float(label(pseudonym))


def test_letters_with_accents_are_read_by_pandas_and_by_csv() -> None:
    data = table(["name"], [["Zoë Müller"]], for_people=True)
    assert data.startswith(MARK)
    assert pd.read_csv(io.BytesIO(data))["name"].to_list() == ["Zoë Müller"]
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [{"name": "Zoë Müller"}]


def test_a_text_is_one_line_and_shows_what_it_hides() -> None:
    assert safe("one\r\ntwo\u2028three\tfour") == "one / two / three four"
    assert safe("abc\u202edef") == "abc⟨U+202E⟩def"


def test_numbers_have_no_more_places_than_they_need() -> None:
    assert [number(v) for v in (8.0, 7.5, 2 / 3, 1e6, -0.25)] == [
        "8", "7.5", "0.666667", "1000000", "-0.25",
    ]  # fmt: skip
