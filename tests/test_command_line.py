"""The command lines of the three packages: their registry, their errors and their ends."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import analysis.cli
import analysis.commands
import bench.cli
import bench.commands
import hardware_profiles.cli
import hardware_profiles.commands
from hardware_profiles import command_line
from hardware_profiles.errors import ProfileError
from tests.conftest import ROOT, command
from tests.imports import MODULES, imports

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

PACKAGES: dict[str, tuple[Any, list[command_line.Command]]] = {
    "analysis": (analysis.cli, analysis.commands.COMMANDS),
    "bench": (bench.cli, bench.commands.COMMANDS),
    "hardware_profiles": (hardware_profiles.cli, hardware_profiles.commands.COMMANDS),
}
COMMANDS = [(package, entry) for package, (_, all_of) in PACKAGES.items() for entry in all_of]
GOLDEN = str(ROOT / "tests/golden/two-cores.json")


@pytest.mark.parametrize(
    ("package", "entry"), COMMANDS, ids=lambda value: getattr(value, "NAME", value)
)
def test_every_command_has_help_with_examples_that_parse(
    package: str, entry: command_line.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = PACKAGES[package][0].parser()
    with pytest.raises(SystemExit) as end:
        parser.parse_args([entry.NAME, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert entry.SUMMARY.split()[0] in text
    pattern = rf"python -m {package} ({entry.NAME}\b[^|\n]*)"
    examples = re.findall(pattern, entry.EXAMPLES)
    assert examples
    for example in examples:
        words = shlex.split(example.split("   ")[0])
        assert parser.parse_args(words).run_command == entry.run


@pytest.mark.parametrize("package", PACKAGES)
def test_the_list_of_commands_says_what_each_is_for(package: str) -> None:
    cli, entries = PACKAGES[package]
    text = " ".join(cli.parser().format_help().split())
    for entry in entries:
        assert entry.SUMMARY in text
        assert (f"{entry.SUMMARY} (for maintainers)" in text) is entry.MAINTAINERS
    assert "exit status: 0 done" in text


CAUGHT = {
    "OtherwiseError": "another decoder takes over",
    "IrregularError": "another decoder takes over",
    "_UnresolvedError": "its number is named among all problems of the profiles",
    "SlowSpellError": "the block is measured in another way",
    "UnavailableError": "becomes the reason why there is no answer",
}
"""Errors that no command sees: what catches them, within their package, does so with them."""


def roots() -> list[tuple[str, str]]:
    """Return the modules and names of all errors that derive from none of ours."""
    return [
        (module, node.name)
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name not in CAUGHT
        if any(isinstance(base, ast.Name) and base.id == "Exception" for base in node.bases)
    ]


def below(package: str) -> set[str]:
    """Return a package, and those whose code its commands may run."""
    found: set[str] = set()
    left = {package}
    while left:
        found |= left
        left = {
            name.partition(".")[0]
            for module in MODULES
            if module.partition(".")[0] in left
            for name in imports(module)
        } - found
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_errors_of_all_packages_below_are_sentences(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = below(package)
    errors = [pair for pair in roots() if pair[0].partition(".")[0] in packages]
    assert {module.partition(".")[0] for module, _ in errors} == packages
    cli = PACKAGES[package][0]
    for module, name in errors:
        kind = getattr(importlib.import_module(module), name)

        def run(_: object, kind: type[Exception] = kind) -> int:
            raise kind("what and why")

        monkeypatch.setattr(cli, "COMMANDS", [toy(run)])
        assert cli.main(["toy"]) == 1
        assert capsys.readouterr().err == "error: what and why\n"


def toy(run: Any) -> command_line.Command:
    """Return a command, as its module would be."""
    return SimpleNamespace(
        NAME="toy",
        SUMMARY="Play.",
        EXAMPLES="  python -m analysis toy",
        MAINTAINERS=False,
        add_arguments=command_line.add_json,
        run=run,
    )


def test_a_command_is_one_module_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis.cli, "COMMANDS", [*analysis.commands.COMMANDS, toy(lambda _: 7)])
    assert analysis.cli.main(["toy"]) == 7
    assert "Play." in analysis.cli.parser().format_help()


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ProfileError("no such device"), 1, "error: no such device"),
        (FileNotFoundError(2, "No such file", "a.json"), 1, "error: a.json: No such file"),
        (OSError(24, "Too many open files"), 1, "error: Too many open files"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_what_ends_a_command_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    message: str,
) -> None:
    def run(_: object) -> int:
        raise error

    monkeypatch.setattr(analysis.cli, "COMMANDS", [toy(run)])
    assert analysis.cli.main(["toy"]) == status
    assert capsys.readouterr().err == f"{message}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", GOLDEN, "--workload", "gpt", "--accelerator", "h100"), "gpt"),
        (
            (
                *("predict", GOLDEN, "--payload", "tabular", "--codec", "csv"),
                *("--accelerator", "h100", "--phase", "serve"),
            ),
            "phase: dlrm on h100 is known to train only",
        ),
        (("predict", GOLDEN, "--config", "missing.json"), "missing.json"),
        (("validate", GOLDEN, "--out", "file/inside.md"), "cannot write file/inside.md"),
        (("report", "missing"), "no bundle is there"),
    ],
)
def test_no_error_of_a_user_is_a_traceback(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    status, output, errors = command("analysis", environment, tmp_path, *arguments)
    assert status == 1
    assert output == ""
    assert errors.startswith("error: ")
    assert message in errors
    assert "Traceback" not in errors


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another error there")
@pytest.mark.parametrize(
    "arguments",
    [
        ("analysis", "report", GOLDEN, "--out", "page.html"),
        ("analysis", "calibrate", GOLDEN, "--json"),
        ("bench", "list"),
        ("bench", "list", "--json"),
        ("hardware_profiles", "list"),
    ],
    ids=" ".join,
)
def test_a_reader_who_leaves_ends_a_command_quietly(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """As `| head -1` does: the pipe is closed before anything is written."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    with process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        errors = process.stderr.read().decode()
    assert errors == ""
    assert process.returncode == 0


@pytest.mark.parametrize("status", [0, 3])
def test_what_is_written_after_a_reader_has_left_is_there(
    status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In whatever order a command prints and writes, and its status is its own."""

    def run(_: object) -> int:
        sys.stdout.write("a line" * 100_000)
        sys.stdout.flush()
        sys.stderr.write("progress")
        sys.stderr.flush()
        (tmp_path / "result").write_text("there", encoding="utf-8")
        return status

    monkeypatch.setattr(analysis.cli, "COMMANDS", [toy(run)])
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        assert analysis.cli.main(["toy"]) == status
    assert (tmp_path / "result").read_text(encoding="utf-8") == "there"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not sent so there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_command_as_an_interrupt(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """While it reads a configuration that never comes, after its imports have begun."""
    code = "import sys; from analysis.cli import main; print('ready', flush=True); sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "predict", GOLDEN, "--config", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    with process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)  # until its signals are taken; were they not, it would end by the signal
        process.send_signal(number)
        errors = process.stderr.read()
    assert process.returncode == 130
    assert errors == "interrupted\n"


def test_an_interrupt_that_a_library_makes_an_error_of_is_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As NumPy does, where it comes within its import."""

    def interrupted(_: object) -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ImportError("a part of it failed to import") from error
        return 0

    monkeypatch.setattr("analysis.commands.glossary.run", interrupted)
    before = signal.getsignal(signal.SIGINT)
    try:
        assert analysis.cli.main(["glossary"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "interrupted\n"
