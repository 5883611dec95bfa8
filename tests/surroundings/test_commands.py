"""Every command does the same in whatever folder, with whatever a shell or an editor has saved.

Paths, encodings of what is read, encodings of what is printed and the environment are crossed with
all commands: all pairs within this process, but for what is slow; each level once with processes
of their own, in `test_processes`.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import formats.registry
from hardware_profiles.command_line import BAD_INPUT, DONE, NOISY
from tests.surroundings.cases import (
    CASES,
    COMMANDS,
    ENCODINGS,
    INPUTS,
    MAINS,
    SHAPES,
    Case,
    arguments,
    prepare,
)
from tests.surroundings.covering import covering, each_once, pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.surroundings.covering import Row

FULL = Path("/dev/full")
OUTPUTS = ("utf-8", "cp1251", "ascii", "utf-16", "gone", "none", *["full"] * FULL.exists())
"""What stdout is: a file in an encoding; a pipe whose reader has left; nothing; a full disk."""
FACTORS = {
    "case": [
        name
        for name, case in CASES.items()
        if not (case.measures or case.serves or case.slow or case.judges or case.varies)
    ],
    "shape": list(SHAPES),
    "encoding": list(ENCODINGS),
    "output": OUTPUTS,
    "named": ["absolute", "relative", "from within"],
    "environment": ["usual", "narrow", "homes within", "homes nowhere"],
}
ROWS = covering(FACTORS)
SLOW_ROWS = [
    row
    for name, case in CASES.items()
    if case.slow
    for row in each_once(FACTORS | {"case": [name], "shape": list(SHAPES)[::3]})
]


def test_every_command_is_here() -> None:
    assert {(case.package, case.words[0]) for case in CASES.values()} == COMMANDS


def test_rows_cover_all_pairs() -> None:
    covered = set().union(*map(pairs, ROWS))
    counts = [len(levels) for levels in FACTORS.values()]
    assert len(covered) == (sum(counts) ** 2 - sum(count**2 for count in counts)) // 2


class Outcome(NamedTuple):
    """What a command did."""

    status: int
    printed: bytes | None
    said: str


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Case, str, str, bytes], Outcome]:
    def call(case: Case, place: str, output: str, stdin: bytes) -> Outcome:
        with monkeypatch.context() as patch:
            stream = _stream(output)
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            table = Path(place, "fastest.json")
            if case.of_checkout:
                table.write_bytes(formats.registry.MEASURED.read_bytes())
                patch.setattr(formats.registry, "MEASURED", table)
            status = MAINS[case.package](arguments(case, place))
            if stream is not None:
                sys.stdout.flush()
        printed = stream.buffer.getvalue() if isinstance(stream, Kept) else None
        if stream is not None and printed is None:
            stream.close()
        return Outcome(status, printed, capsys.readouterr().err)

    return call


class Kept(io.TextIOWrapper):
    """A stream that keeps what is written."""

    buffer: io.BytesIO


def _stream(output: str) -> io.TextIOWrapper | None:
    if output == "none":
        return None
    if output == "full":
        return FULL.open("w", encoding="utf-8")
    if output == "gone":
        reader, writer = os.pipe()
        os.close(reader)
        return os.fdopen(writer, "w", encoding="utf-8")
    return Kept(io.BytesIO(), encoding=output)


def make(place: Path) -> None:
    """Make a folder, if this system allows its name."""
    try:
        place.mkdir(parents=True)
    except (OSError, ValueError):
        pytest.skip("no folder can be called so here")


_known: dict[str, tuple[bytes, str]] = {}


def known(case: Case, call: Callable[..., Outcome], folder: Path) -> tuple[bytes, str]:
    """Return what a case leaves and prints in a plain folder."""
    if case.id not in _known:
        place = folder / "plain"
        place.mkdir()
        prepare(place, case, "UTF-8")
        outcome = call(case, str(place), "utf-8", INPUTS["CONFIG"].content())
        assert outcome.status in {DONE, NOISY}, outcome.said
        left = (place / case.writes).read_bytes() if case.writes else b""
        _known[case.id] = left, (outcome.printed or b"").decode()
    return _known[case.id]


def surround(row: Row, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment that a row asks for."""
    if row["environment"] == "narrow":
        monkeypatch.setenv("COLUMNS", "30")
    elif row["environment"].startswith("homes"):
        home = place / "home"
        if row["environment"] == "homes within":
            home.mkdir()
        for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "TMPDIR", "TEMP", "LOCALAPPDATA"):
            monkeypatch.setenv(name, str(home))
        monkeypatch.setattr(tempfile, "tempdir", None)


def name_of(place: Path, named: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a folder is called, from where the command is called then."""
    if named == "absolute":
        return str(place)
    monkeypatch.chdir(place if named == "from within" else place.parents[0])
    return "" if named == "from within" else f"{os.curdir}{os.sep}{place.name}"


@pytest.mark.parametrize("row", [*ROWS, *SLOW_ROWS], ids=lambda row: "; ".join(row.values()))
def test_a_command_does_the_same_in_whatever_surroundings(
    row: Row,
    call: Callable[..., Outcome],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES[row["case"]]
    expected, answer = known(case, call, tmp_path)
    place = tmp_path / SHAPES[row["shape"]]
    make(place)
    prepare(place, case, row["encoding"])
    surround(row, place, monkeypatch)
    name = name_of(place, row["named"], monkeypatch)
    stdin = ENCODINGS[row["encoding"]](INPUTS["CONFIG"].content().decode())

    outcome = call(case, name, row["output"], stdin)

    if case.writes:
        assert (place / case.writes).read_bytes() == expected
    if row["output"] == "full":
        assert outcome.status in {BAD_INPUT, NOISY}
        assert "error: the answer cannot be written: No space left" in outcome.said
    else:
        assert outcome.status in {DONE, NOISY}, outcome.said
        assert "error" not in outcome.said.lower()
    if outcome.printed is not None:
        printed = outcome.printed.decode(row["output"])
        if "--json" in case.words or "--upgrade" in case.words:
            assert told(printed) == told(answer)
        else:
            assert printed
        if "--json" in case.words and case.writes:
            page = json.loads(printed)["page"]
            assert page == Path(name, case.writes).as_posix()


@pytest.mark.parametrize("output", ["utf-8", "utf-16", "ascii", "latin-1", "cp1251", "cp437"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_configuration_that_was_printed_is_read_again(
    output: str, encoding: str, call: Callable[..., Outcome], tmp_path: Path
) -> None:
    """Whatever the system's encoding is, and also where a shell has taken it for its own."""
    words = ("predict", "RUN", "--codec", "csv", "--workers", "2", "--json")
    first = Case("analysis", words)
    again = Case("analysis", ("predict", "RUN", "--config", "CONFIG", "--json"))
    prepare(tmp_path, again, "UTF-8")
    printed = call(first, str(tmp_path), output, b"").printed or b""
    file = tmp_path / INPUTS["CONFIG"].file
    for saved in (printed, ENCODINGS[encoding](printed.decode(output))):
        file.write_bytes(saved)
        outcome = call(again, str(tmp_path), "utf-8", b"")
        assert outcome.status in {DONE, NOISY}, outcome.said
        assert told((outcome.printed or b"").decode()) == told(printed.decode(output))


def told(text: str) -> Any:
    """Return what an answer says, but for the path of its page."""
    document = json.loads(text)
    if isinstance(document, dict):
        document.pop("page", None)
    return document
