"""What each command is given, and what it leaves: a line a way of calling it."""

from __future__ import annotations

import codecs
import os
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

import analysis.cli
import analysis.commands
import bench.cli
import bench.commands
import hardware_profiles.cli
import hardware_profiles.commands
from analysis.ledger.entries import FIRST, Entry, Lock
from bench.bundle.canonical import dumps
from bench.machine import machine
from bench.presets import PRESETS
from bench.run.document import new_document
from tests.conftest import ROOT, block

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAINS: dict[str, Callable[..., int]] = {
    "analysis": analysis.cli.main,
    "bench": bench.cli.main,
    "hardware_profiles": hardware_profiles.cli.main,
}
COMMANDS = {
    (package, command.NAME)
    for package, commands in (
        ("analysis", analysis.commands.COMMANDS),
        ("bench", bench.commands.COMMANDS),
        ("hardware_profiles", hardware_profiles.commands.COMMANDS),
    )
    for command in commands
}


class Case(NamedTuple):
    """A way of calling a command.

    A word of `INPUTS` stands for the path of such an input; one that begins with `PLACE/`, for a
    path in the folder that is tried.
    """

    package: str
    words: tuple[str, ...]
    writes: str = ""
    """The durable result: the path of a file in the folder; empty: there is none."""
    measures: bool = False
    """Whether it starts processes, and what it leaves differs each time."""
    of_checkout: bool = False
    """Whether the durable result is a file of the checkout itself."""
    varies: bool = False
    """Whether what it leaves differs each time."""
    judges: bool = False
    """Whether what is wrong with an input is its answer, which names files and their bytes."""
    serves: bool = False
    """Whether it goes on until it is interrupted."""
    slow: bool = False
    """Whether it takes so long that not all pairs are tried."""

    @property
    def id(self) -> str:
        return " ".join((self.package, *self.words))


CASES = {
    case.id: case
    for case in (
        Case("analysis", ("report", "RUN"), "run/report.html", slow=True),
        Case("analysis", ("report", "RUN", "--json", "--out", "PLACE/page.md"), "page.md"),
        Case("analysis", ("report", "RUN", "--out", "PLACE/paper.pdf"), "paper.pdf", slow=True),
        Case("analysis", ("calibrate", "RUN")),
        Case("analysis", ("predict", "RUN", "--config", "CONFIG", "--json")),
        Case("analysis", ("predict", "RUN", "--config", "-", "--device", "orin")),
        Case("analysis", ("recommend", "RUN", "--config", "CONFIG")),
        Case("analysis", ("recommend", "RUN", "--codec", "csv", "--upgrade", "1")),
        Case(
            "analysis",
            ("validate", "RUN", "--out", "PLACE/validation.md"),
            "validation.md",
            slow=True,
        ),
        Case("analysis", ("transfer", "RUN", "OTHER", "--json")),
        Case(
            "analysis", ("performance", "PEERS", "--out", "PLACE/performance.md"), "performance.md"
        ),
        Case(
            "analysis",
            ("lock", "gravity", "--rationale", "Bits have a rate.", "--ledger", "PLACE/new.jsonl"),
            "new.jsonl",
        ),
        Case(
            "analysis",
            ("submit", "RUN", "--ledger", "LEDGER", "--out", "PLACE/in.gz"),
            "in.gz",
            varies=True,
        ),
        Case(
            "bench",
            (
                "diagnose",
                "bench.diagnosis.example:make_loader",
                "--workers",
                "0",
                "--seconds",
                "5",
                "--out",
                "PLACE/page.html",
            ),
            "page.html",
            measures=True,
        ),
        Case("analysis", ("lab", "RUN", "--ledger", "LEDGER", "--no-browser"), serves=True),
        Case("analysis", ("check", "RUN", "OTHER", "--json"), judges=True),
        Case(
            "analysis",
            ("compare", "RUN", "OTHER", "--out", "PLACE/class"),
            "class/class.csv",
            judges=True,
        ),
        Case("analysis", ("gravity", "--ledger", "LEDGER"), "ledger.jsonl"),
        Case("analysis", ("feeding-tax", "RUN", "--ledger", "LEDGER"), "ledger.jsonl", slow=True),
        Case("analysis", ("zero-waste", "RUN", "--ledger", "LEDGER"), "ledger.jsonl", slow=True),
        Case("analysis", ("drift", "RUN", "--ledger", "LEDGER"), "ledger.jsonl", slow=True),
        Case(
            "analysis",
            ("demo-class", "--students", "1", "--size", "small", "--out", "PLACE/class"),
            "class/truth.json",
        ),
        Case("analysis", ("glossary", "--out", "PLACE/glossary.html"), "glossary.html"),
        Case(
            "bench",
            ("run", "--payload", "audio", "--codec", "csv/rows/numpy", "--out", "PLACE/new"),
            "new/bundle.json",
            measures=True,
        ),
        Case(
            "bench",
            ("experiment", "--config", "CONFIG", "--seconds", "0.1", "--add-to", "OWN"),
            "own/bundle.json",
            measures=True,
        ),
        Case(
            "bench",
            ("learning", "--seeds", "1", "--budget", "1us", "--add-to", "OWN"),
            "own/bundle.json",
            measures=True,
        ),
        Case("bench", ("formats", "ROWS", "--seconds", "0.1"), measures=True),
        Case("bench", ("list", "--pipeline", "--json")),
        Case("bench", ("list", "--measured", "RUN")),
        Case("bench", ("preview", "RUN")),
        Case("bench", ("preview",)),
        Case("bench", ("fastest", "ALL"), "fastest.json", of_checkout=True),
        Case("hardware_profiles", ("list",)),
        Case("hardware_profiles", ("show", "h100")),
        Case("hardware_profiles", ("audit", "FOLDER")),
    )
}


def _golden(**changes: Any) -> bytes:
    document = orjson.loads((ROOT / "tests/golden/one-core.json").read_bytes())
    return dumps(document | changes)


@cache
def _run() -> bytes:
    return _golden()


@cache
def _peers() -> bytes:
    """A run of the preset peers, as far as its record says."""
    document = orjson.loads((ROOT / "tests/golden/bundle-v4.json").read_bytes())
    document["run"] |= {"preset": "peers", "left_out": []}
    return dumps(document)


@cache
def _all() -> bytes:
    """A run of all codecs, each as fast as the others."""
    document = new_document(PRESETS["peers"], seed=1, nonce="surroundings")
    for order, case in enumerate(document["cases"]):
        case |= {"loops": 1, "encoded_bytes": 1000, "blocks": [block(2, 2, 2, order=order)]}
    document["run"] |= {"state": "complete", "elapsed_ns": 10**9}
    document["after"] = document["before"]
    return dumps(document)


@cache
def _own() -> bytes:
    """A run of this machine, without a pipeline; an experiment may be added."""
    document = orjson.loads((ROOT / "tests/golden/bundle-v4.json").read_bytes())
    return dumps(document | {"machine": machine().model_dump(mode="json"), "pipeline": None})


def _config() -> bytes:
    return b'{\n  "payload": "audio",\n  "codec": "csv",\n  "batch": 8\n}\n'


def _ledger() -> bytes:
    """A ledger in which the questions of the acts are locked."""
    lines, previous = b"", FIRST
    for number, (question, choice) in enumerate(
        {
            "gravity": "drive",
            "feeding-tax": "disk",
            "zero-waste": "curated",
            "drift": "lima",
        }.items()
    ):
        body = Lock(question=question, choice=choice, low=1.0, high=3.0, unit="1", confidence=0.8)
        entry = Entry(number=number, previous=previous, body=body)
        lines, previous = lines + entry.line(), entry.digest()
    return lines


def _profile() -> bytes:
    return (ROOT / "hardware_profiles/tiers/ebs_gp2.toml").read_bytes()


class Input(NamedTuple):
    """A file that a command reads."""

    argument: str
    """What names it: the file itself, or a folder it is in."""
    file: str
    content: Callable[[], bytes]
    """In UTF-8, without a mark."""


INPUTS = {
    "RUN": Input("run", "run/bundle.json", _run),
    "OTHER": Input("other/bundle.json", "other/bundle.json", _run),
    "PEERS": Input("peers", "peers/bundle.json", _peers),
    "ALL": Input("all", "all/bundle.json", _all),
    "OWN": Input("own", "own/bundle.json", _own),
    "CONFIG": Input("one.json", "one.json", _config),
    "LEDGER": Input("ledger.jsonl", "ledger.jsonl", _ledger),
    "ROWS": Input("rows.csv", "rows.csv", lambda: b"id,price\n1,0.5\n2,1.5\n"),
    "FOLDER": Input("profiles", "profiles/tiers/ebs_gp2.toml", _profile),
}

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-8, CRLF": lambda text: ends(text, "\r\n").encode(),
    "UTF-8, mark, CR": lambda text: codecs.BOM_UTF8 + ends(text, "\r").encode(),
    "UTF-8, mark, lines after it": lambda text: codecs.BOM_UTF8 + f"{text}\n\n".encode(),
    "UTF-16-LE, mark, CRLF": lambda text: (
        codecs.BOM_UTF16_LE + ends(text, "\r\n").encode("utf-16-le")
    ),
    "UTF-16-BE, mark": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-32-LE, mark, CRLF": lambda text: (
        codecs.BOM_UTF32_LE + ends(text, "\r\n").encode("utf-32-le")
    ),
    "UTF-32-BE, mark, CR": lambda text: codecs.BOM_UTF32_BE + ends(text, "\r").encode("utf-32-be"),
}
"""How shells and editors save a text."""


def ends(text: str, line_end: str) -> str:
    """Return a text as an editor saves it: each line, the last too, with that end."""
    return text.rstrip("\n").replace("\n", line_end) + line_end


SHAPES = {
    "brackets": "a[b]c[",
    "colons": "a::b:c",
    "dollars": "$HOME ${x} $a_1^2$",
    "percent": "%s%20%PATH%",
    "spaces": " a  b ",
    "quotes": "q'u\"o`te`",
    "Cyrillic": "Данные",
    "Chinese": "数据",
    "emoji": "😀 e\u0301",
    "right to left": "\u202e\u05d0\u05d1",
    "dash": "--out=-x",
    "braces": "{x}{0}{{",
    "link": "#a?b&c;<d>=e",
    "glob": "a*b?c~!(d)",
    "backslash": "a\\b\\",
    "markup": "[bold]x[/]",
    "long": "/".join(["n" * 60] * 4),
    "no text": os.fsdecode(b"\xffdata\xfe"),
}
"""Names of folders that a system may allow."""


def prepare(place: Path, case: Case, encoding: str) -> None:
    """Write what a case reads."""
    for word in case.words:
        if word in INPUTS:
            path = place / INPUTS[word].file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(ENCODINGS[encoding](INPUTS[word].content().decode()))


def within(place: str, path: str) -> str:
    """Return what a path in a folder is called; it begins as the folder's does, with `./` too."""
    return f"{place}{os.sep}{path}" if place else path


def arguments(case: Case, place: str) -> list[str]:
    """Return what a command is called with, from where a folder is called so; "" is that folder."""
    result = []
    for word in case.words:
        if word in INPUTS:
            result.append(within(place, INPUTS[word].argument))
        elif word.startswith("PLACE/"):
            result.append(within(place, word.removeprefix("PLACE/")))
        else:
            result.append(word)
    return result
