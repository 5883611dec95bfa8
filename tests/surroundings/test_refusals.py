"""What no command can read is refused in a sentence, and nothing is written."""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hardware_profiles.command_line import BAD_INPUT, USAGE
from tests.surroundings.cases import CASES, INPUTS, MAINS, arguments, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.surroundings.cases import Case

NO_TEXTS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "Latin-1": (lambda text: b"\xe9" + text.encode(), "byte 0 (line 1) is no UTF-8"),
    "a byte of another encoding": (
        lambda text: text.encode() + b"\n\n\xff",
        " is no UTF-8; save it as UTF-8",
    ),
    "UTF-16, cut in a character": (
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le")[:-1],
        " is no UTF-16; save it as UTF-8",
    ),
    "half a pair in UTF-16": (
        lambda text: codecs.BOM_UTF16_BE + b"\xd8\x3d" + text.encode("utf-16-be"),
        "byte 2 (line 1) is no UTF-16",
    ),
    "no character in UTF-32": (
        lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le") + b"\xff\xff\xff\xff",
        " is no UTF-32; save it as UTF-8",
    ),
    "UTF-16 without a mark": (
        lambda text: text.encode("utf-16-le"),
        "byte 1 (line 1) is a NUL, which no text has (is it UTF-16 without a mark",
    ),
    "a NUL after a mark": (
        lambda text: codecs.BOM_UTF8 + text.encode() + b"\0",
        "is a NUL, which no text has (is it no text?)",
    ),
}
READ = [
    (name, word) for name, case in CASES.items() for word in dict.fromkeys(case.words)
    if word in {*INPUTS, "-"} and not case.judges
]  # fmt: skip


def refused(
    case: Case, place: Path, capsys: pytest.CaptureFixture[str], status: int = BAD_INPUT
) -> str:
    """Call a command; return what it says, which is a sentence, and nothing else has come of it."""
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    assert MAINS[case.package](arguments(case, str(place))) == status
    printed, said = capsys.readouterr()
    assert printed == ""
    assert said.startswith("error: ")
    assert "Traceback" not in said
    after = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    assert after == before
    return said


@pytest.mark.parametrize(("name", "word"), READ)
@pytest.mark.parametrize("fault", NO_TEXTS)
def test_what_is_no_text_is_refused_with_its_place_and_what_to_do(
    name: str,
    word: str,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = CASES[name]
    damage, message = NO_TEXTS[fault]
    prepare(tmp_path, case, "UTF-8")
    if word == "-":
        data = damage(INPUTS["CONFIG"].content().decode())
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        file = "stdin"
    else:
        file = INPUTS[word].file
        (tmp_path / file).write_bytes(damage(INPUTS[word].content().decode()))
    said = refused(case, tmp_path, capsys)
    assert message in said
    assert "save it as UTF-8" in said
    assert file in said


def nothing(_: Path) -> None:
    """Leave it missing."""


def a_loop(path: Path) -> None:
    try:
        path.symlink_to(path)
    except OSError:
        pytest.skip("no links can be made here")


def a_folder(path: Path) -> None:
    path.mkdir(exist_ok=True)


PATHS: dict[str, Callable[[Path], None]] = {
    "missing": nothing, "a loop of links": a_loop, "an empty folder": a_folder,
}  # fmt: skip


@pytest.mark.parametrize(("name", "word"), [(n, w) for n, w in READ if w not in {"-", "FOLDER"}])
@pytest.mark.parametrize("kind", PATHS)
def test_what_is_not_there_is_named(
    name: str, word: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    if case.serves and word == "LEDGER" and kind == "missing":
        pytest.skip("the lab begins a ledger")
    prepare(tmp_path, case, "UTF-8")
    (tmp_path / INPUTS[word].file).unlink()
    named = tmp_path / INPUTS[word].argument
    if named.is_dir():
        named.rmdir()
    PATHS[kind](named)
    assert str(named) in refused(case, tmp_path, capsys)


WRITING = [
    name for name, case in CASES.items()
    if any(word.startswith("PLACE/") for word in case.words) and not case.judges
]  # fmt: skip


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize(
    "kind", ["a folder", "a loop of links", "in no folder", "in a file", "long"]
)
def test_where_no_file_can_be_is_refused(
    name: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    prepare(tmp_path, case, "UTF-8")
    (option,) = [word for word in case.words if word.startswith("PLACE/")]
    out = Path(option.removeprefix("PLACE/"))
    if kind == "a folder":
        (tmp_path / out / "bundle.json").mkdir(parents=True)
    elif kind == "a loop of links":
        a_loop(tmp_path / "loop")
        out = Path("loop") / out
    elif kind == "in no folder":
        if case.measures:
            pytest.skip("a run makes its folders")
        out = Path("nowhere") / out
    elif kind == "in a file":
        (tmp_path / "file").write_text("no folder")
        out = Path("file") / out
    else:
        out = Path("n" * 300 + out.suffix)
    words = tuple(f"PLACE/{out}" if word == option else word for word in case.words)
    refused(case._replace(words=words), tmp_path, capsys)


@pytest.mark.parametrize("name", sorted({name for name, _ in READ} | set(WRITING)))
def test_an_empty_path_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell makes it of a variable that is not set; it means neither the last run nor none."""
    case = CASES[name]
    for place, word in enumerate(case.words):
        if word in INPUTS or word.startswith("PLACE/"):
            words = (*case.words[:place], "", *case.words[place + 1 :])
            with pytest.raises(SystemExit, match=str(USAGE)):
                MAINS[case.package](arguments(case._replace(words=words), os.curdir))
            assert "a path is not empty" in capsys.readouterr().err
