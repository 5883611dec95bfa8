"""Tutorial, README and how-tos, taken literally: each command in order, as a user would run it.

Commands that install something are left out, and long presets are exchanged for the shortest, by
the lists below, with reasons. All else is run as it stands there, in a copy of the repository.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.bundle import read as read_bundle
from hardware_profiles.command_line import DONE, INTERRUPTED, NOISY
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DOCUMENTS = ("docs/tutorial.md", "README.md", "docs/lab.md", *sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/how-to").glob("*.md")
))  # fmt: skip
COPIED = (
    *("analysis", "autograders", "bench", "formats", "hardware_profiles", "docs"),
    *("README.md", "constraints.txt", "noxfile.py"),
)

NOX = ".venv/bin/nox -s bench"
LEFT_OUT = {
    "python3 -m venv": "installs what the tests have installed",
    ". .nox/bench/bin/activate": "there is no such environment without the line above",
    "export PIP_": "sets what an installation uses",
    ".venv/bin/nox -s lab": "serves the lab until Ctrl-C; its own tests play a student there",
    "python -m analysis lab": "as nox -s lab",
    "python -m analysis transfer": "needs the run of another machine",
    "python -m bench diagnose train.py:make_loader": "needs a loader; its how-to has one",
    "python -m bench formats YOUR_FILE": "needs a file; its how-to has one",
    "python -m bench run": "is the tutorial's run, without options",
    "python -m bench run --preset standard": "is the tutorial's run, in six minutes",
    "python -m bench run --preset standard --payload tokens": "is as the tutorial's",
    NOX: "is the tutorial's run, without the name of a folder",
}
"""By how a command begins, why it is not run."""
WHOLE = {"python -m bench run", "python -m bench run --preset standard", NOX}
"""Of these, what begins like them and goes on is run."""
INSTEAD = {
    "--preset standard": "--preset quick",
    "python -m bench learning": "python -m bench learning --budget 1us",
    "--seconds 30": "--seconds 5",
    "--seconds 20": "--seconds 5",
    "bench formats data/samples.csv": "bench formats data/samples.csv --seconds 2",
    "python -m bench formats": "python -m bench formats --seconds 1",
}
"""What is exchanged, so that a test of minutes does not become one of hours."""
PLACEHOLDERS = {
    " RUN": " runs/first",
    " NAME": " mobile_nomad",
    " FILE": " demo/submissions",
    " DIR": " demo/submissions",
}


@dataclass(frozen=True)
class Command:
    """A command of a document, with the lines that are said to be among its output."""

    document: str
    text: str
    shown: tuple[str, ...] = ()

    @property
    def reason_to_leave_out(self) -> str | None:
        for start, reason in LEFT_OUT.items():
            if self.text == start or (start not in WHOLE and self.text.startswith(start)):
                return reason
        return None

    @property
    def run(self) -> list[str]:
        """What is really run: of `nox -s bench`, the commands that it starts."""
        text = self.text
        for old, new in (INSTEAD | PLACEHOLDERS).items():
            text = re.sub(rf"{re.escape(old)}\b", new, text)
        if not text.startswith(NOX):
            return [text]
        options = text.removeprefix(NOX).removeprefix(" -- ")
        if "--help" in options:
            return [f"python -m bench run {options}"]
        folder = re.search(r"--out (\S+)", options)
        return [
            f"python -m bench run {options}",
            f"python -m bench learning --add-to {folder[1] if folder else ''}".rstrip(),
            f"python -m analysis report {folder[1] if folder else ''}".rstrip(),
        ]


def commands(document: str) -> Iterator[Command]:
    """Yield the commands of a document: the lines of its shell blocks, and those in its prose."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = list(re.finditer(r"^( *)```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL))
    for place, block in enumerate(blocks):
        if block[2] != "sh":
            continue
        lines = [line.strip() for line in block[3].splitlines()]
        after = blocks[place + 1] if place + 1 < len(blocks) else None
        shown = after[3].splitlines() if after and after[2] == "text" else []
        for line in lines:
            is_last = line is lines[-1]
            yield Command(document, line, tuple(shown) if is_last else ())
    prose = re.sub(r"^( *)```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for found in re.finditer(r"`(python -m (?:bench|analysis|hardware_profiles)[^`]*)`", prose):
        yield Command(document, " ".join(found[1].split()))


def all_commands() -> list[Command]:
    """Each command once, in the order of the documents."""
    once: dict[tuple[str, tuple[str, ...]], Command] = {}
    for document in DOCUMENTS:
        for command in commands(document):
            once.setdefault((command.text, command.shown), command)
    return list(once.values())


def files(document: str) -> Iterator[tuple[str, str]]:
    """Yield the files that a document asks to save: path and content."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for name, folder, content in re.findall(
        r"^Save this as `([^`]+)` in `([^`]+)`:\n\n```\w+\n(.*?)^```$",
        text,
        re.MULTILINE | re.DOTALL,
    ):
        yield f"{folder}{name}", content


def words(line: str) -> list[str]:
    """A line without its numbers, which differ from machine to machine."""
    return re.sub(r"\d[\d.,]*", "#", line).split()


def name(line: str) -> str:
    """What a line of names and values begins with."""
    return re.split(r"\s{2,}|, |\s\(", line)[0]


@dataclass
class Reader:
    """Somebody who does what documents say."""

    folder: Path
    said: dict[str, str] = field(default_factory=dict)
    """What each command printed."""

    def start(self, command: str) -> subprocess.Popen[str]:
        here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": here, "COLUMNS": "120", "PYTHONUNBUFFERED": "1"}
        environment.pop("PYTHONPATH", None)
        return subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.folder,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, command: str, expected: tuple[int, ...] = (DONE, NOISY)) -> str:
        with self.start(command) as process:
            printed, _ = process.communicate()
        assert process.returncode in expected, f"{command}\n{printed}"
        assert "Traceback" not in printed, f"{command}\n{printed}"
        self.said[command] = printed
        return printed

    def interrupt(self, command: str) -> str:
        """Press Ctrl-C when the third row has appeared."""
        lines: list[str] = []
        with self.start(f"exec {command}") as process:
            assert process.stdout
            while sum("ms" in line.split() for line in lines) < 3:
                lines.append(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            lines += process.stdout
        assert process.returncode == INTERRUPTED, "".join(lines)
        return "".join(lines)


def check(shown: Iterable[str], printed: str) -> None:
    """Find what a document shows among what its command printed, numbers aside.

    A line that begins with a name, such as the bottleneck's, may have other words after it.
    """
    lines = printed.splitlines()
    for line in shown:
        is_case = line.startswith(("decode ", "encode ", "memcpy "))
        alike = words if is_case else lambda text: words(name(text))
        assert alike(line) in map(alike, lines), f"{line!r} not in:\n{printed}"


def was_shortened(run: Path) -> bool:
    """Whether a run left out configurations of the pipeline to end in time."""
    pipeline = read_bundle(run / "bundle.json").measured_pipeline
    return pipeline is None or bool(pipeline.left_out)


@pytest.mark.process
@pytest.mark.xdist_group("runs")
@pytest.mark.skipif(os.name == "nt", reason="these are commands of a POSIX shell")
def test_every_command_does_what_its_document_says(tmp_path: Path) -> None:
    """Three to four minutes: it measures this machine once, by the quick preset."""
    for part in COPIED:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "*.png")
            )
        else:
            shutil.copy(ROOT / part, tmp_path / part)
    reader = Reader(tmp_path)
    saved = set()
    shown: tuple[str, ...] = ()
    printed = ""
    is_own = True
    for command in all_commands():
        for path, content in files(command.document):
            if path not in saved:
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_text(content, encoding="utf-8")
                saved.add(path)
        if command.reason_to_leave_out or ("--add-to" in command.text and not is_own):
            continue
        if command.text == f"{NOX} -- --out runs/first":
            # As the tutorial lets its reader do; the next command goes on.
            shown, printed = command.shown, reader.interrupt(command.run[0])
            continue
        printed += "".join(map(reader.run, command.run))
        resumed = command.text == f"{NOX} -- --resume"
        shortened = resumed and was_shortened(tmp_path / "runs/first")
        if not shortened:
            # A run that a busy machine shortened lacks rows that the document shows.
            check((*shown, *command.shown), printed)
        shown, printed = (), ""
        if shortened:
            # Other tests keep this machine so busy: what follows is about a run of a calm one.
            shutil.copy(ROOT / "tests/golden/two-cores.json", tmp_path / "runs/first/bundle.json")
            is_own = False
    mentioned = {
        path for document in DOCUMENTS for path in re.findall(r"`(runs/[\w/.]+)`", read(document))
    }
    assert "runs/first/report.html" in mentioned
    assert [path for path in mentioned if not (tmp_path / path).exists()] == []
    printed = reader.said["python -m analysis report runs/first"]
    assert printed.splitlines()[-1] == "runs/first/report.html"
    page = (tmp_path / "runs/first/report.html").read_text(encoding="utf-8")
    assert ("image x64, json, 3 workers" in page) is is_own  # the experiment that was added


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def test_no_reason_to_leave_a_command_out_is_left_over() -> None:
    left_out = [each for each in all_commands() if each.reason_to_leave_out]
    for start in LEFT_OUT:
        assert any(each.text.startswith(start) for each in left_out), start
    for old in INSTEAD:
        assert any(old in each.text for each in all_commands())


def test_what_is_run_is_what_nox_starts() -> None:
    """Of `nox -s bench`: the benchmark with the options behind --, then what its run is for."""
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    body = re.search(r"^def bench\(.*?(?=^@nox)", text, re.MULTILINE | re.DOTALL)
    assert body
    started = [
        [shlex.split(part.strip())[0] for part in call.replace('"', "'").split(",") if "'" in part]
        for call in re.findall(r"session\.run\((.*?)(?:\*|success)", body[0], re.DOTALL)
    ]
    assert started == [
        ["python", "-m", "bench", "run"],
        ["python", "-m", "bench", "learning", "--add-to"],
        ["python", "-m", "analysis", "report"],
    ]
    assert Command("", f"{NOX} -- --out runs/one").run == [
        "python -m bench run --out runs/one",
        "python -m bench learning --add-to runs/one",
        "python -m analysis report runs/one",
    ]


def test_what_documents_show_is_looked_for() -> None:
    shown = ["decode  json/lines/stdlib   tokens x256   12.1 ms   87 MB/s"]
    check(shown, "decode  json/lines/stdlib  tokens x256  3.4 ms  99 MB/s\n")
    with pytest.raises(AssertionError, match="not in"):
        check(shown, "decode  json/lines/wire  tokens x256  3.4 ms  99 MB/s\n")
    shown = ["bottleneck        decode (99 % probability): without it +112 %"]
    check(shown, "bottleneck        step (certain): without it +12 %\n")
    with pytest.raises(AssertionError, match="not in"):
        check(shown, "rate        90 [50, 90] samples/s\n")
