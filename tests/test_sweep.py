"""Every option of every command, with what nobody should give it: a message and a status."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import pytest

import analysis.cli
import bench.cli
import hardware_profiles.cli
from bench.errors import WorkerError
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIS: dict[str, Any] = {
    "analysis": analysis.cli,
    "bench": bench.cli,
    "hardware_profiles": hardware_profiles.cli,
}
GOLDEN = ROOT / "tests/golden/one-core.json"
RUN = "one-core.json"
HOSTILE = (
    "", " ", "zzz", "-1", "0", "nan", "1e309", "9" * 30, "a/b/c/d", "../..", "folder", "file",
    "file/inside", "missing/page.html", "/dev/null", "a" * 300, "\N{SNOWMAN}", "\udce4",
    "[bold]", "{}", "--", "10", "h100", "image", "1us",
)  # fmt: skip
WRITE_FILES = {"report", "validate", "glossary", "submit"}
STATUSES = {0, 1, 2, 3}


def commands() -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    for package, cli in CLIS.items():
        for action in cli.parser()._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, parser in action.choices.items():
                    yield package, name, parser


def lines(name: str, parser: argparse.ArgumentParser) -> Iterator[list[str]]:
    """Yield arguments of a command with one hostile value each, all others as they should be."""
    positionals = [action for action in parser._actions if not action.option_strings]
    required = [a for a in parser._actions if a.option_strings and a.required]
    for action in parser._actions:
        if action.nargs == 0:
            continue
        for text in HOSTILE:
            others = [
                word
                for other in required
                if other is not action
                for word in (other.option_strings[0], "page.md")
            ]
            runs = [text if p is action else RUN for p in positionals]
            if name == "show":
                runs = [text] if action is positionals[0] else ["h100", text]
            if action.option_strings:
                others.append(f"{action.option_strings[0]}={text}")
            yield [name, *others, *([] if text.startswith("-") else runs)]


@pytest.fixture
def nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise WorkerError("nothing is measured in this test")

    monkeypatch.setattr("bench.run.runner.execute", refuse)
    monkeypatch.setattr("bench.pipeline.client.PipelineProcess.__init__", refuse)
    monkeypatch.setattr("bench.diagnosis.client.LoaderProcess.__init__", refuse)
    monkeypatch.setattr("bench.tables.survey._Process.restart", refuse)
    monkeypatch.setattr("bench.learning.session.begin", refuse)
    monkeypatch.setattr("analysis.lab.server.serve", lambda *_, **__: None)
    monkeypatch.setattr("formats.registry.MEASURED", ROOT / "missing.json")


@pytest.mark.hostile
@pytest.mark.usefixtures("nothing_is_measured")
@pytest.mark.parametrize(
    ("package", "name", "parser"),
    list(commands()),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_an_option_is_given_a_command_ends_with_a_status(
    package: str,
    name: str,
    parser: argparse.ArgumentParser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    # A copy: without --out a report is written beside its bundle.
    (tmp_path / RUN).write_bytes(GOLDEN.read_bytes())
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    for arguments in lines(name, parser):
        try:
            status = CLIS[package].main(arguments)
        except SystemExit as end:
            status = end.code
        errors = capsys.readouterr().err
        assert status in STATUSES, arguments
        assert ("error: " in errors) == (status in {1, 2}), (arguments, errors)
    assert name in WRITE_FILES or (tmp_path / "file").read_text() == "kept"
