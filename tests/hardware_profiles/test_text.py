"""Text of users: whatever has saved it, it is read, or refused with its place."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_profiles.errors import TextError
from hardware_profiles.text import decoded, read_text

if TYPE_CHECKING:
    from pathlib import Path

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"))


@pytest.mark.parametrize("codec", MARKS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@given(text=TEXTS)
def test_any_text_is_read_in_any_encoding_with_any_line_ends(
    codec: str, line_end: str, text: str
) -> None:
    saved = text.replace("\n", line_end).encode(codec)
    assert decoded(MARKS[codec] + saved) == text
    if codec == "utf-8":
        assert decoded(saved) == text


@given(data=st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    message, text = "", ""
    try:
        text = decoded(data)
    except TextError as error:
        message = str(error)
    assert not message or re.fullmatch(r"byte \d+ \(line \d+\) is .*; save it as UTF-8", message)
    assert not {"\0", "\r"} & set(text)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\xff", "byte 0 (line 1) is no UTF-8"),
        (b"one\r\ntwo\rthree\n\xe9", "byte 15 (line 4) is no UTF-8"),
        (codecs.BOM_UTF8 + b"a\n\xe9", "byte 5 (line 2) is no UTF-8"),
        ("a\n".encode("utf-16") + b"b", "byte 6 (line 2) is no UTF-16"),
        (codecs.BOM_UTF16_BE + b"\x00a\xdc\x00", "byte 4 (line 1) is no UTF-16"),
        (codecs.BOM_UTF32_BE + b"\x00\x11\x00\x00", "byte 4 (line 1) is no UTF-32"),
        ("{}".encode("utf-16-le"), "byte 1 (line 1) is a NUL"),
        ("{}".encode("utf-32-be"), "byte 0 (line 1) is a NUL"),
        ("a\r\nb\0".encode("utf-16"), "byte 10 (line 2) is a NUL"),
    ],
)
def test_what_is_no_text_has_a_place(data: bytes, place: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(TextError) as caught:
        read_text(path)
    assert str(caught.value).startswith(f"{path}: {place}")


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "missing")
