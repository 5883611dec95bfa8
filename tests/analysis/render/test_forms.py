"""One document in every form; a form, an act and a command more are a module and a line each."""

from __future__ import annotations

import io
import re
import shutil
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest

from analysis.acts.answer import Answer
from analysis.acts.tracks import TRACKS
from analysis.document import (
    Callout,
    Column,
    Definitions,
    Document,
    Finding,
    Findings,
    Paragraph,
    Row,
    Section,
    Table,
    Tone,
)
from analysis.document.numbers import measured, with_interval, words
from analysis.errors import AnalysisError
from analysis.model.machine import Machine
from analysis.model.recommendation import Equilibrium
from analysis.render import RENDERERS, html, json, markdown, picture, terminal, write
from analysis.report.device import devices, on_devices
from analysis.statistics.number import Number
from bench.bundle import Setup, read
from hardware_profiles.catalogue import SHIPPED, load
from hardware_profiles.console import Console
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.devices.scaling import DeviceView

GOLDEN = Path(__file__).parents[2] / "golden" / "two-cores.json"

RATE = Number(1234.0, 1200.0, 1270.0, unit="samples/s", kind=Kind.MEASURED, level=0.95, n=5)
SHOWN = with_interval(RATE, "samples/s")
DOCUMENT = Document(
    "Title of all",
    (
        Section(
            "First part",
            (
                Paragraph("Running text with `code` & <signs>."),
                Findings((Finding(f"It does {SHOWN}.", {"rate": RATE}, "change the format"),)),
                Callout(Tone.CAUTION, "suspect", (Finding("the machine was busy", {}, "wait"),)),
            ),
        ),
        Section(
            "Second part",
            (
                Table(
                    "Rates",
                    (Column("codec", left=True), Column("rate")),
                    (Row((words("csv | rows"), measured(RATE))),),
                    ("A note below.",),
                ),
                Definitions((("cores", words("two of them")),)),
            ),
        ),
    ),
    "A lead of one line.",
    {"rate": RATE},
)
TEXTS = (
    "First part",
    "Running text with code & <signs>.",
    f"It does {SHOWN}.",
    "change the format",
    "suspect",
    "the machine was busy",
    "Second part",
    "Rates",
    "csv | rows",
    measured(RATE).text,
    "A note below.",
    "cores",
    "two of them",
    "A lead of one line.",
)


def on_a_terminal(document: Document) -> str:
    stream = io.StringIO()
    terminal.show(Console(file=stream, width=200), document)
    return stream.getvalue()


FORMS: dict[str, Callable[[Document], str]] = {
    "terminal": on_a_terminal,
    "html": lambda document: unescape(re.sub(r"<[^>]+>", "", html.text(document))),
    "json": lambda document: "\n".join(_texts(orjson.loads(json.text(document)))),
    "markdown": lambda document: re.sub(r"\\([|<])", r"\1", markdown.text(document)).replace(
        "*", ""
    ),
}


def _texts(value: object) -> Iterator[str]:
    """Yield all texts of a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_all_texts_in_order(form: str) -> None:
    text = " ".join(FORMS[form](DOCUMENT).replace("`", "").split())
    assert [each for each in TEXTS if each not in text] == []
    assert text.index("First part") < text.index("Second part")


def test_json_has_numbers_with_level_unit_and_kind() -> None:
    whole = orjson.loads(json.text(DOCUMENT))
    expected = {
        "value": 1234.0,
        "low": 1200.0,
        "high": 1270.0,
        "level": 0.95,
        "unit": "samples/s",
        "kind": "measured",
        "repetitions": 5,
    }
    assert whole["rate"] == expected
    (finding,) = whole["sections"][0]["blocks"][1]["items"]
    assert finding["numbers"]["rate"] == expected


def test_json_names_the_types_of_blocks_and_of_nothing_else() -> None:
    equilibrium = Equilibrium(2, 2, "", None, 100.0)
    whole = orjson.loads(json.text(replace(DOCUMENT, values={"equilibrium": equilibrium})))
    values = {"workers": 2, "best": 2, "why": "", "demand": None, "rate": 100.0}
    assert whole["equilibrium"] == values
    assert whole["sections"][0]["blocks"][0]["type"] == "paragraph"


@pytest.mark.parametrize(("suffix", "start"), [(".html", "<!"), (".json", "{"), (".md", "# Title")])
def test_the_suffix_of_a_file_names_the_form(tmp_path: Path, suffix: str, start: str) -> None:
    path = tmp_path / f"page{suffix}"
    write(DOCUMENT, path)
    assert path.read_text(encoding="utf-8").lstrip().startswith(start)
    bare = tmp_path / "bare"
    write(DOCUMENT, bare, suffix)
    assert bare.read_bytes() == path.read_bytes()


def test_a_suffix_without_a_form_is_an_error_that_lists_those_with_one(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"written as \.doc; end the name in \.html, \.json"):
        write(DOCUMENT, tmp_path / "page.doc")
    assert not list(tmp_path.iterdir())


def test_a_renderer_is_one_module_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = ModuleType("toy_renderer")
    titles: Callable[[Document], bytes] = lambda document: "\n".join(  # noqa: E731
        section.title for section in document.sections
    ).encode()
    monkeypatch.setattr(toy, "render", titles, raising=False)
    monkeypatch.setitem(sys.modules, "toy_renderer", toy)
    monkeypatch.setitem(RENDERERS, ".titles", "toy_renderer")
    write(DOCUMENT, tmp_path / "page.titles")
    assert (tmp_path / "page.titles").read_text() == "First part\nSecond part"


def toy_track(device: DeviceView, format_name: str) -> Iterator[Answer]:
    """What a module of a track has."""
    memory = device.profile["memory.capacity"]
    yield Answer("How much fits?", memory, f"{memory.text()} of {format_name}.")


def test_a_track_is_one_module_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the profiles of its device and of its mission."""
    folder = tmp_path / "profiles"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(folder / "devices" / "hearable.toml", folder / "devices" / "toy.toml")
    mission = (folder / "missions" / "tiny_pioneer.toml").read_text(encoding="utf-8")
    changed = mission.replace('device = "hearable"', 'device = "toy"')
    assert changed != mission
    (folder / "missions" / "toy_mission.toml").write_text(changed, encoding="utf-8")
    monkeypatch.setitem(TRACKS, "toy_mission", toy_track)

    machine = Machine(read(GOLDEN), load(folder))
    setup = Setup(payload="audio", codec="parquet")
    (result,) = on_devices(machine, setup, "toy", None)
    document = devices([result])
    for form, show in FORMS.items():
        text = " ".join(show(document).split())
        assert "of parquet." in text, form
    whole = orjson.loads(json.text(document))
    assert "How much fits?" in str(whole)
    assert [each.name for each in on_devices(machine, setup, None, None)][-1] == "toy"


def test_without_a_browser_a_picture_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "BROWSERS", ("no-such-browser",))
    with pytest.raises(AnalysisError, match="needs Chromium, Chrome or Edge"):
        write(DOCUMENT, tmp_path / "page.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.process
@pytest.mark.skipif(not any(map(shutil.which, picture.BROWSERS)), reason="no browser is here")
def test_a_picture_shows_the_page(tmp_path: Path) -> None:
    from PIL import Image

    write(DOCUMENT, tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as image:
        assert image.size == (picture.WIDTH_PX, picture.HEIGHT_PX)
        shades = np.asarray(image.convert("L"))
    assert shades.min() < 60  # ink
    assert shades.max() > 240  # paper
