"""A profile with a mistake is never used: each error names file, key and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware_profiles.catalogue import Catalogue, load
from hardware_profiles.errors import ProfileError, ProfileFileError

pytestmark = pytest.mark.hostile

TIER = """\
title = "A drive"
summary = "It is made up."
kind = "drive"

[[remarks]]
text = "It turns."
source = "sheet"

[read]
value = 250
unit = "MB/s"
low = 200
high = 280
kind = "datasheet"
source = "sheet"
note = "outer tracks"

[latency]
value = 8
unit = "ms"
low = 4
high = 12
kind = "assumed"
source = "guess"
note = "by the feel of it"

[random_read]
formula = "workings.reads / latency"
unit = "IO/s"

[workings.reads]
value = 1
unit = "IO"
kind = "published"
source = "sheet"

[purchase]
use = "shop"
why = "It is the cheaper one."

[purchase.shop]
value = 20
unit = "USD/TB"
kind = "published"
source = "sheet"

[purchase.maker]
formula = "2 * purchase.shop"
unit = "USD/TB"

[retrieval.slow.price]
value = 0.01
unit = "USD/GB"
low = 0
high = 0.03
kind = "published"
source = "sheet"

[retrieval.slow.time]
same_as = "drive:latency"

[sources.sheet]
title = "A data sheet"
locator = "https://example.org/sheet.pdf, page 3"
year = 2023
checked = "seen"

[sources.guess]
title = "Judgement"
locator = "the note says why"
year = 2026
checked = "unverified"
"""

# What is wrong: the text that is replaced, by what, the key that the error names, and a part of it.
MUTATIONS = {
    # A number's table.
    "below zero": ("value = 250", "value = -250", "read", "not in order"),
    "assumed without a reason": ('note = "by the feel of it"\n', "", "latency", "a note that says"),
    "part of a byte": ('unit = "MB/s"', 'unit = "mB/s"', "read.unit", "would be a part of one B"),
    "a sum as a unit": ('unit = "MB/s"', 'unit = "10**10**10*B"', "read.unit", "not a unit"),
    "bare integer": ('up."', 'up."\ncapacity = 250', "capacity", "stands bare"),
    "bare string": ('up."', 'up."\ncapacity = "big"', "capacity", "stands bare"),
    "list of numbers": ('up."', 'up."\ncapacity = [1, 2]', "capacity", "stands bare"),
    "no value": ("value = 250\n", "", "read.value", "is missing"),
    "no unit": ('unit = "MB/s"\n', "", "read.unit", "is missing"),
    "no kind": ('kind = "datasheet"\n', "", "read.kind", "is missing"),
    "no source": ('source = "sheet"\nnote', "note", "read.source", "is missing"),
    "text for a value": ("value = 250", 'value = "250"', "read.value", "number"),
    "true for a value": ("value = 250", "value = true", "read.value", "number"),
    "list for a value": ("value = 250", "value = [250]", "read.value", "number"),
    "date for a value": ("value = 250", "value = 2024-01-01", "read.value", "number"),
    "nan": ("value = 250", "value = nan", "read.value", "no number to compute with"),
    "infinity": ("high = 280", "high = inf", "read.high", "no number to compute with"),
    "minus infinity": ("low = 200", "low = -inf", "read.low", "no number to compute with"),
    "value below low": ("value = 250", "value = 190", "read", "not in order"),
    "value above high": ("value = 250", "value = 300", "read", "not in order"),
    "low above high": ("low = 200", "low = 290", "read", "not in order"),
    "negative low": ("low = 200", "low = -200", "read", "changes sign"),
    "assumed without range": ("low = 4\nhigh = 12\n", "", "latency", "needs a range"),
    "assumed without width": (
        "low = 4\nhigh = 12",
        "low = 8\nhigh = 8",
        "latency",
        "needs a range",
    ),
    "unknown kind": ('"datasheet"', '"certain"', "read.kind", "'measured', 'datasheet'"),
    "derived without formula": ('"datasheet"', '"derived"', "read.kind", "has a formula"),
    "given is no kind of a file": (
        '"datasheet"',
        '"given"',
        "read.kind",
        "'measured', 'datasheet'",
    ),
    "unknown key in a number": ("low = 200", "lower = 200", "read.lower", "no key of this table"),
    "empty note": ('note = "outer tracks"', 'note = ""', "read.note", "at least 1 character"),
    "year of a row": ('note = "outer tracks"', "year = 1492", "read.year", "1900"),
    "checked of a row": ('note = "outer tracks"', 'checked = "maybe"', "read.checked", "'seen'"),
    # Units.
    "misspelt unit": ('"MB/s"', '"MBps"', "read.unit", "not a unit known here"),
    "unit of another dimension": ('"MB/s"', '"MB"', "read", "'MB' does not count this"),
    "bits of nothing": ('"MB/s"', '"Mb"', "read", "'Mb' does not count this"),
    "empty unit": ('"MB/s"', '""', "read.unit", "at least 1 character"),
    "price of time for price of bytes": ('"USD/GB"', '"USD/h"', "retrieval.slow.price", "'USD/B'"),
    # Sources.
    "unknown source": ('source = "sheet"\nnote', 'source = "shet"\nnote', "read.source", "none of"),
    "unread source of a datasheet": ('"seen"', '"unverified"', "read.kind", "source that was read"),
    "source without locator": (
        'locator = "https',
        '#"https',
        "sources.sheet.locator",
        "is missing",
    ),
    "source without year": ("year = 2023\n", "", "sources.sheet.year", "is missing"),
    "year in words": ("year = 2023", 'year = "2023"', "sources.sheet.year", "a whole number"),
    "unused source": (
        "[sources.guess]",
        '[sources.more]\ntitle="T"\nlocator="L"\nyear=2020\nchecked="seen"\n[sources.guess]',
        "sources.more",
        "no number uses it",
    ),
    "remark without a known source": (
        '"It turns."\nsource = "sheet"',
        '"T"\nsource = "x"',
        "remarks.0",
        "none of",
    ),
    # Formulas.
    "formula names nothing": ("workings.reads /", "workings.read /", "random_read", "did you mean"),
    "formula is no formula": (
        "workings.reads /",
        "workings.reads //",
        "random_read",
        "no part of a",
    ),
    "formula with a call": (
        "workings.reads /",
        "open('x') /",
        "random_read",
        "no part of a formula",
    ),
    "formula half written": (
        "workings.reads /",
        "workings.reads / (",
        "random_read",
        "cannot be read",
    ),
    "formula of itself": ("workings.reads /", "random_read /", "random_read", "break the circle"),
    "formula of constants": ("workings.reads / latency", "2 * 3", "random_read", "uses no number"),
    "formula that divides by nothing": (
        "/ latency",
        "/ (latency - latency)",
        "random_read",
        "no finite",
    ),
    "formula that adds what does not fit": (
        "/ latency",
        "+ latency",
        "random_read",
        "other things",
    ),
    "formula gives another unit": (
        "workings.reads / latency",
        "latency",
        "random_read",
        "not 'IO/s'",
    ),
    "unit of a formula": (
        'unit = "IO/s"',
        'unit = "IO"',
        "random_read",
        "'IO' does not count this",
    ),
    "formula with a value": (
        'unit = "IO/s"',
        'unit = "IO/s"\nvalue = 3',
        "random_read.value",
        "no key",
    ),
    # Choices and other files.
    "choice of nothing": ('use = "shop"', 'use = "bazaar"', "purchase", "none of shop, maker"),
    "choice without a reason": (
        'why = "It is the cheaper one."\n',
        "",
        "purchase.why",
        "is missing",
    ),
    "choice of one": (
        '[purchase.maker]\nformula = "2 * purchase.shop"\nunit = "USD/TB"\n',
        "",
        "purchase",
        "two sources",
    ),
    "bare number among sources": (
        "[purchase.maker]\n",
        "[purchase]\nmaker = 3\n[x]\n",
        "file",
        "TOML",
    ),
    "reference to no profile": (
        '"drive:latency"',
        '"dive:latency"',
        "retrieval.slow.time",
        "drive",
    ),
    "reference to no number": ('"drive:latency"', '"drive:late"', "retrieval.slow.time", "latency"),
    "reference of another unit": ('"drive:latency"', '"drive:read"', "retrieval.slow.time", "'s'"),
    "reference that is none": (
        '"drive:latency"',
        '"drive latency"',
        "retrieval.slow.time.same_as",
        "a reference is `profile:path`",
    ),
    "reference in a circle": (
        '"drive:latency"',
        '"drive:retrieval.slow.time"',
        "retrieval.slow.time",
        "circle",
    ),
    # The file.
    "no title": ('title = "A drive"\n', "", "title", "is missing"),
    "unknown key": (
        'title = "A drive"',
        'title = "A drive"\nmaker = "X"',
        "maker",
        "no key of this",
    ),
    "unknown table": (
        "[latency]",
        "[speed]\nvalue = 1\n[latency]",
        "speed",
        "no key of this table",
    ),
    "missing number": ("[latency]", "[later]", "latency", "is missing"),
    "name with a capital": (
        "[retrieval.slow.price]",
        "[retrieval.Slow.price]",
        "retrieval.Slow",
        "a key has small letters",
    ),
    "key twice": ("value = 250", "value = 250\nvalue = 251", "file", "TOML"),
    "no TOML": ("[read]", "[read", "file", "TOML"),
    "unclosed text": ('"MB/s"', '"MB/s', "file", "TOML"),
}


def loaded(folder: Path, text: str | bytes) -> Catalogue:
    tiers = folder / "profiles" / "tiers"
    tiers.mkdir(parents=True, exist_ok=True)
    (tiers / "drive.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(folder / "profiles", draws=10)


def test_the_file_without_a_mistake_loads(tmp_path: Path) -> None:
    drive = loaded(tmp_path, TIER)["drive"]
    assert str(drive["random_read"]) == "125 IO/s [83.33, 250] (assumed)"
    assert drive["purchase.maker"].value == 40
    assert drive["retrieval.slow.time"] == drive["latency"]


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mistake_is_named_with_its_place(name: str, tmp_path: Path) -> None:
    old, new, key, part = MUTATIONS[name]
    assert old in TIER
    with pytest.raises(ProfileFileError) as caught:
        loaded(tmp_path, TIER.replace(old, new, 1))
    place = "profiles/tiers/drive.toml: " + ("" if key == "file" else key)
    assert any(p.startswith(place) and part in p for p in caught.value.problems), caught.value


def test_there_are_fifty_mistakes() -> None:
    assert len(MUTATIONS) >= 50


def test_all_mistakes_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    text = TIER.replace("value = 250", "value = 190").replace('"USD/GB"', '"USD"')
    text = text.replace('source = "guess"', 'source = "gess"')
    (tmp_path / "profiles" / "links").mkdir(parents=True)
    (tmp_path / "profiles" / "links" / "wire.toml").write_text('title = "x"', encoding="utf-8")
    with pytest.raises(ProfileFileError) as caught:
        loaded(tmp_path, text)
    message = str(caught.value)
    assert "tiers/drive.toml: read.low: low 200 and value 190 are not in order" in message
    assert "tiers/drive.toml: retrieval.slow.price: 'USD' does not count this" in message
    assert "tiers/drive.toml: latency.source: 'gess' is none of the file's sources" in message
    assert "links/wire.toml: summary: is missing" in message


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("drive.toml", b"\xff", r"byte 0 \(line 1\) is no UTF-8; save it as UTF-8"),
        ("drive.toml", b"\xff\xfea", r"byte 2 \(line 1\) is no UTF-16; save it as UTF-8"),
        ("drive.toml", b"", "title: is missing"),
        ("drive.toml", b"a = " + b"[" * 5000, "no TOML|too deep"),
        ("drive.toml", b"a = " + b"9" * 5000, "no TOML"),
        ("My Drive.toml", b"", "name the file in small letters"),
    ],
)
def test_files_that_are_no_profiles(name: str, content: bytes, part: str, tmp_path: Path) -> None:
    tiers = tmp_path / "profiles" / "tiers"
    tiers.mkdir(parents=True)
    (tiers / name).write_bytes(content)
    with pytest.raises(ProfileFileError, match=rf"profiles/tiers/{name}: .*({part})"):
        load(tmp_path / "profiles")


def test_folders_that_hold_no_profiles(tmp_path: Path) -> None:
    with pytest.raises(ProfileFileError, match="there is no such folder"):
        load(tmp_path / "nowhere")
    folder = tmp_path / "profiles"
    (folder / "tiers" / "drive.toml").mkdir(parents=True)
    with pytest.raises(ProfileFileError, match=r"tiers/drive.toml: this cannot be read"):
        load(folder)
    (folder / "gadgets").mkdir()
    (folder / "gadgets" / "pi.toml").write_text("", encoding="utf-8")
    with pytest.raises(ProfileFileError, match=r"gadgets/pi.toml: there is no category gadgets"):
        load(folder)


def test_a_file_may_begin_with_a_byte_order_mark_and_be_loaded_from_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(tmp_path, b"\xef\xbb\xbf" + TIER.encode())
    monkeypatch.chdir(tmp_path / "profiles")
    assert "drive" in load(Path())


def test_fewer_draws_than_show_a_range_are_refused(tmp_path: Path) -> None:
    loaded(tmp_path, TIER)
    with pytest.raises(ProfileError, match="0 draws show no range"):
        load(tmp_path / "profiles", draws=0)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    loaded(tmp_path, TIER)
    other = tmp_path / "profiles" / "energy"
    other.mkdir()
    text = 'title = "x"\nsummary = "y"\n[[remarks]]\ntext = "z"\nsource = "s"\n[sources.s]\n'
    text += 'title = "T"\nlocator = "L"\nyear = 2020\nchecked = "seen"\n'
    (other / "drive.toml").write_text(text, encoding="utf-8")
    with pytest.raises(
        ProfileFileError, match=r"energy/drive.toml: .*tiers/drive.toml has that name"
    ):
        load(tmp_path / "profiles")


LINES = TIER.splitlines()
WORDS = sorted({word for line in LINES for word in re.findall(r"[\w.]+", line)})


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_broken_file_loads_or_is_refused_with_its_name(
    tmp_path: Path, data: st.DataObject
) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["drop", "twice", "word", "cut", "swap"]))
        if change == "drop":
            lines[place] = ""
        elif change == "twice":
            lines.insert(place, lines[place])
        elif change == "word":
            lines[place] = re.sub(
                r"[\w.]+", data.draw(st.sampled_from(WORDS)), lines[place], count=1
            )
        elif change == "cut":
            lines[place] = lines[place][: data.draw(st.integers(0, len(lines[place])))]
        else:
            lines[place - 1], lines[place] = lines[place], lines[place - 1]
    problems = [expected := "profiles/tiers/drive.toml: "]
    try:
        loaded(tmp_path, "\n".join(lines))
    except ProfileFileError as error:
        problems = error.problems
    assert problems
    assert all(problem.startswith(expected) for problem in problems)
