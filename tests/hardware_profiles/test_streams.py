"""What stdout and stderr write where their encoding lacks a character, or nobody reads any more."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

import analysis.cli
import bench.cli
import hardware_profiles.cli
from hardware_profiles import streams
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = str(ROOT / "tests/golden/two-cores.json")


def written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(stream.encoding)


@pytest.mark.parametrize(
    ("encoding", "main", "arguments"),
    [
        ("ascii", analysis.cli.main, ("report", GOLDEN, "--out", "page.html")),
        ("ascii", analysis.cli.main, ("calibrate", GOLDEN)),
        ("ascii", analysis.cli.main, ("predict", GOLDEN, "--accelerator", "h100", "--json")),
        ("latin-1", analysis.cli.main, ("predict", GOLDEN, "--all-devices")),
        ("ascii", hardware_profiles.cli.main, ("show", "tiny_pioneer", "--json")),
        ("ascii", hardware_profiles.cli.main, ("show", "h100")),
        ("latin-1", hardware_profiles.cli.main, ("show", "h100")),
        ("cp437", hardware_profiles.cli.main, ("show", "h100")),
        ("cp437", bench.cli.main, ("preview", GOLDEN)),
        ("cp437", bench.cli.main, ("list", "--pipeline")),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_characters_that_an_encoding_lacks_are_replaced(
    encoding: str,
    main: object,
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    # As PYTHONIOENCODING, or a system's locale, makes it.
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    assert callable(main)
    assert main(arguments) in {0, 3}
    text = written(stream)
    assert len(text) > 300
    if "--json" in arguments:
        json.loads(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("p99 \N{LESS-THAN OR EQUAL TO} 5 \N{MICRO SIGN}s", "p99 <= 5 us"),
        ("2 \N{MULTIPLICATION SIGN} 3 \N{PLUS-MINUS SIGN} 1\N{EN DASH}2", "2 x 3 +- 1-2"),
        ("runs/\N{SNOWMAN}", "runs/?"),
    ],
)
def test_well_known_characters_have_plain_ones(text: str, shown: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        streams.never_fail_to_encode()
        sys.stdout.write(text)
    assert written(stream) == shown


@pytest.mark.parametrize("encoding", ["ascii", "cp1251", "utf-8", "utf-16"])
def test_json_says_the_same_in_each_encoding(encoding: str) -> None:
    value = {"page": "Данные 数据 😀 \udcff", "µ": 1}
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        streams.print_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(written(stream)) == value


class Gone(io.StringIO):
    """A stream whose reader has left."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_a_message_that_nobody_reads_changes_no_exit_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", Gone())
    assert analysis.cli.main(["report", "missing"]) == 1
    monkeypatch.setattr(sys, "stderr", None)
    assert analysis.cli.main(["report", "missing"]) == 1
