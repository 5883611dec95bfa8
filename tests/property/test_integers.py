"""Decimal integers in text: what follows the pattern is read as by Python, nothing else is."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formats.wire import integers
from formats.wire.integers import IrregularError, Pattern

pytestmark = pytest.mark.hostile

MOST = 10**15 - 1
NUMBER = rb"(-?(?:0|[1-9][0-9]{0,14}))"


@dataclass(frozen=True)
class Text:
    """Rows of text as a pattern has them, written and read by Python alone."""

    prefix: bytes
    between: tuple[bytes, ...]
    suffix: bytes

    def pattern(self) -> Pattern:
        return Pattern(self.prefix, list(self.between), self.suffix)

    def write(self, rows: list[list[int]]) -> bytes:
        text = b""
        for row in rows:
            text += self.prefix
            for value, after in zip(row, [*self.between, self.suffix], strict=True):
                text += b"%d" % value + after
        return text

    def read(self, text: bytes) -> list[list[int]] | None:
        """Return the rows, or None where the text is not as the pattern has it."""
        literals = [self.prefix, *self.between, self.suffix]
        row = NUMBER.join(re.escape(literal) for literal in literals)
        if not re.fullmatch(b"(?:%s)*" % row, text):
            return None
        return [[int(value) for value in match.groups()] for match in re.finditer(row, text)]


def comma_separated(columns: int) -> Text:
    return Text(b"", (b",",) * (columns - 1), b"\n")


TEXTS = {
    "one column": comma_separated(1),
    "two columns": comma_separated(2),
    "seven columns": comma_separated(7),
    "one key": Text(b'{"a":', (), b"}\n"),
    "an array": Text(b'{"a":[', (b",", b","), b"]}\n"),
    "keys and arrays": Text(b'{"a":', (b',"be":[', b",", b'],"c":[', b","), b"]}\n"),
    "long keys": Text(b'{"prefix":', (b',"longer than a number":',), b',"rest":[]}\n'),
}
CHUNKS = st.sampled_from([1, 2, 9, 40, 1 << 18])

numbers = st.integers(1, 15).flatmap(lambda digits: st.integers(1 - 10**digits, 10**digits - 1))
texts = st.sampled_from(list(TEXTS.values()))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Text, list[list[int]]]:
    text = draw(texts)
    columns = len(text.between) + 1
    row = st.lists(draw(st.sampled_from([numbers, st.integers(-120, 120)])), min_size=columns)
    rows = draw(st.lists(row.map(lambda values: values[:columns]), max_size=8))
    return text, [values for values in rows if len(values) == columns]


def parsed(text: Text, data: bytes, chunk: int) -> list[list[int]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(integers, "CHUNK_BYTES", chunk)
        return [row for rows in text.pattern().rows(data) for row in rows.tolist()]


@given(tables(), CHUNKS)
@example((TEXTS["two columns"], [[MOST, -MOST], [0, 10**8], [10**8 - 1, 1]]), 1 << 18)
@example((TEXTS["keys and arrays"], [[-1, MOST, -MOST, 0, -1], [9999, 10000, 99, 100, -9]]), 1)
@settings(max_examples=400, deadline=None)
def test_numbers_are_those_of_python(table: tuple[Text, list[list[int]]], chunk: int) -> None:
    text, rows = table
    data = text.write(rows)
    assert text.read(data) == rows
    assert parsed(text, data, chunk) == rows


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("digits", range(1, 16))
def test_every_length_at_every_place(name: str, digits: int) -> None:
    text = TEXTS[name]
    columns = len(text.between) + 1
    for edge in (10 ** (digits - 1), 10**digits - 1, 1 - 10**digits):
        rows = [[edge if place == index else place for place in range(columns)]
                for index in range(columns)]  # fmt: skip
        assert parsed(text, text.write(rows), 1 << 18) == rows


EDITS = st.lists(
    st.tuples(
        st.integers(0, 1 << 16),
        st.sampled_from(["put", "insert", "delete"]),
        st.sampled_from([bytes([octet]) for octet in b'0123456789-+., \n\r\x00\xff_e:[]{}"ab']),
    ),
    min_size=1,
    max_size=3,
)


def edited(data: bytes, edits: list[tuple[int, str, bytes]]) -> bytes:
    for place, how, octet in edits:
        at = place % (len(data) + 1)
        data = data[:at] + (octet if how != "delete" else b"") + data[at + (how != "insert") :]
    return data


@given(tables(), EDITS, CHUNKS)
@settings(max_examples=800, deadline=None)
def test_text_is_read_right_or_refused(
    table: tuple[Text, list[list[int]]], edits: list[tuple[int, str, bytes]], chunk: int
) -> None:
    """Of one to three changed bytes an expression over the whole text says what they are now."""
    text, rows = table
    data = edited(text.write(rows), edits)
    expected = text.read(data)
    if expected is None:
        with pytest.raises(IrregularError):
            parsed(text, data, chunk)
    else:
        assert parsed(text, data, chunk) == expected


IRREGULAR = {
    "a leading zero": b"1,02\n3,4\n",
    "leading zeros": b"1,2\n003,4\n",
    "a leading zero after a minus": b"1,-02\n3,4\n",
    "a plus": b"1,+2\n3,4\n",
    "an empty value": b"1,\n3,4\n",
    "an empty first value": b",2\n3,4\n",
    "two empty values": b"1,2\n,3\n,4\n5,6\n",
    "an empty row": b"1,2\n\n3,4\n",
    "a row of one letter": b"x\n",
    "only an empty row": b"\n",
    "a space before": b"1, 2\n3,4\n",
    "a space after": b"1,2 \n3,4\n",
    "a letter": b"1,x\n3,4\n",
    "a letter in a number": b"1,2x3\n3,4\n",
    "a letter for a digit": b"1,2\nO,4\n",
    "too few values": b"1,2\n3\n5,6\n",
    "too few values twice": b"1,2\n3\n4\n5,6\n",
    "too many values": b"1,2\n3,4,5\n",
    "as many values in other rows": b"1\n2,3,4\n",
    "two minus signs": b"1,--2\n3,4\n",
    "a minus sign after": b"1,2-\n3,4\n",
    "a minus sign within": b"1,2-3\n3,4\n",
    "a minus sign alone": b"1,-\n3,4\n",
    "one minus sign too many and one too few": b"--1,2\n3,4\n",
    "a minus sign between rows": b"1,2\n-\n3,4\n",
    "a fraction": b"1,2.5\n3,4\n",
    "an exponent": b"1,2e5\n3,4\n",
    "an underscore": b"1,2_5\n3,4\n",
    "sixteen digits": b"1,1000000000000000\n3,4\n",
    "thirty digits": b"1," + b"9" * 30 + b"\n3,4\n",
    "another separator": b"1;2\n3,4\n",
    "a carriage return": b"1,2\r\n3,4\r\n",
    "no line feed at the end": b"1,2\n3,4",
    "quotes": b'"1",2\n3,4\n',
    "a byte above ASCII": b"1,\xb2\n3,4\n",
}


@pytest.mark.parametrize("chunk", [1, 1 << 18])
@pytest.mark.parametrize("what", IRREGULAR)
def test_irregular_text_is_refused(what: str, chunk: int) -> None:
    text = TEXTS["two columns"]
    assert text.read(IRREGULAR[what]) is None
    with pytest.raises(IrregularError):
        parsed(text, IRREGULAR[what], chunk)


IRREGULAR_OBJECTS = {
    "another key": b'{"a":[1,2,3]}\n{"b":[4,5,6]}\n',
    "another first key": b'{"b":[1,2,3]}\n{"a":[4,5,6]}\n',
    "a space": b'{"a":[1,2,3]}\n{"a": [4,5,6]}\n',
    "a space at the end": b'{"a":[1,2,3]} \n',
    "a number in place of a key": b'{"a":[1,2,3]}\n{5:[4,5,6]}\n',
    "an unclosed array": b'{"a":[1,2,3}\n{"a":[4,5,6]}\n',
    "a row of CSV": b'{"a":[1,2,3]}\n4,5,6\n',
    "an empty array": b'{"a":[]}\n',
}


@pytest.mark.parametrize("chunk", [1, 1 << 18])
@pytest.mark.parametrize("what", IRREGULAR_OBJECTS)
def test_irregular_objects_are_refused(what: str, chunk: int) -> None:
    text = TEXTS["an array"]
    assert text.read(IRREGULAR_OBJECTS[what]) is None
    with pytest.raises(IrregularError):
        parsed(text, IRREGULAR_OBJECTS[what], chunk)


@given(st.lists(tables(), min_size=2, max_size=6), texts)
@settings(max_examples=100, deadline=None)
def test_scratch_memory_leaks_into_no_later_chunk(
    several: list[tuple[Text, list[list[int]]]], text: Text
) -> None:
    """One pattern parses chunks of any length, refused ones among them, in any order."""
    pattern = text.pattern()
    for other, rows in several:
        data = other.write(rows)
        expected = text.read(data)
        if not rows:
            continue
        if expected is None:
            with pytest.raises(IrregularError):
                pattern.parse(data, 0, len(data))
        else:
            assert pattern.parse(data, 0, len(data)).tolist() == expected


@pytest.mark.parametrize(
    ("text", "dtype"),
    [(b"9999,1\n", np.uint16), (b"99999999,1\n", np.uint32), (b"999999999,1\n", np.int64)],
)
def test_numbers_come_in_the_least_dtype(text: bytes, dtype: type[np.generic]) -> None:
    pattern = TEXTS["two columns"].pattern()
    assert pattern.parse(text, 0, len(text)).dtype == dtype
    longer = b"x" * 5 + text
    assert pattern.parse(longer, 5, len(longer)).tolist() == TEXTS["two columns"].read(text)


def test_rows_come_in_chunks_of_whole_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integers, "CHUNK_BYTES", 10)
    pattern = TEXTS["two columns"].pattern()
    data = b"head\n" + b"1,2\n" * 7
    assert [len(rows) for rows in pattern.rows(data, 5)] == [3, 3, 1]
