"""What the documents say is what the code does."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from analysis.render import markdown
from analysis.report import glossary
from bench.cases import select
from bench.presets import PRESETS
from formats.registry import LAYOUTS
from tests.imports import MODULES

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_table_of_presets() -> None:
    rows = re.findall(
        r"^\| `(\w+)`[^|]*\| (\d+) min \| (\d+) \| (\d+) \| (\d+) config[^|]*\| ([^|]+) \|$",
        README,
        re.MULTILINE,
    )
    assert [
        (name, int(minutes) * 60, int(processes), int(cases), int(configurations), summary)
        for name, minutes, processes, cases, configurations, summary in rows
    ] == [
        (p.name, p.budget_s, p.processes, len(select(p)), p.configurations, p.summary)
        for p in PRESETS.values()
        if not p.extra
    ]


def test_table_of_layouts() -> None:
    text = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+/[\w-]+)`(, canonical)? \| (.*) \| (\w+) \|$", text, re.MULTILINE)
    assert rows == [
        (layout.id, ", canonical" if layout.canonical else "", layout.summary, layout.detects.value)
        for layout in LAYOUTS.values()
    ]


def test_the_glossary_is_that_of_reports() -> None:
    """After a change of its terms: `python -m analysis glossary`."""
    page = (ROOT / "docs/reference/glossary.md").read_text(encoding="utf-8")
    assert page == markdown.text(glossary.document())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            result = path.parent / target
            assert result.is_dir() or result.stat().st_size > 0, target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_and_their_options_exist(path: Path) -> None:
    """Each `python -m ...` in a document names a command, and options that it has."""
    text = path.read_text(encoding="utf-8")
    for module, command, rest in re.findall(
        r"python -m (bench|analysis|hardware_profiles) (\w[\w-]*)([^`\n]*)", text
    ):
        done = subprocess.run(
            [sys.executable, "-m", module, command, "--help"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, f"python -m {module} {command}"
        for option in re.findall(r"(?<=\s)--[a-z]+", rest):
            assert option in done.stdout, f"python -m {module} {command} {option}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_and_files_that_are_named_exist(path: Path) -> None:
    assert wrong_names(path.read_text(encoding="utf-8")) == []


def test_a_name_of_nothing_is_noticed() -> None:
    text = "`bench.run.desing`, `formats/xml/`, `noxfiles.py`, `tests.hostile.corpus.nothing`"
    assert wrong_names(text) == [
        "formats/xml/",
        "noxfiles.py",
        "bench.run.desing",
        "tests.hostile.corpus.nothing",
    ]
    right = "`bench.run.design`, `formats/csv/`, `noxfile.py`, `formats/<format>/layout.py`"
    assert wrong_names(right) == []


def wrong_names(text: str) -> list[str]:
    """Return what a text has in backticks as a file or module of ours, and is none.

    A name with a part in angle brackets stands for many, and need not exist.
    """
    tops = "analysis|bench|docs|formats|hardware_profiles|tests"
    files = re.findall(rf"`((?:{tops})/[^`<\s]*|\w+\.(?:py|txt))`", text)
    modules = re.findall(r"`((?:analysis|bench|formats|hardware_profiles|tests)(?:\.\w+)+)`", text)
    return [name for name in files if not (ROOT / name).exists()] + [
        name for name in modules if not is_named_so(name)
    ]


def test_the_tutorial_shows_what_predict_prints() -> None:
    """Word by word; numbers differ from machine to machine."""
    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(image x64, json, 3 workers.*?)```", text, re.DOTALL)
    command = [sys.executable, "-m", "analysis", "predict", "tests/golden/two-cores.json"]
    done = subprocess.run(
        [*command, "--codec", "json", "--workers", "3"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    printed = done.stdout.split("[low, high]")[0]
    assert [without_numbers(page) for page in shown] == [without_numbers(printed)]


def without_numbers(text: str) -> list[str]:
    return re.sub(r"\d[\d.,]*", "#", text).split()


def test_the_tables_of_modules_are_complete() -> None:
    """A row names a module or a whole package; in it `package.one`, `two` names package.two too."""
    text = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    named: set[str] = set()
    for package, row in re.findall(r"^\| `([\w.]+)\.(\w+`(?:, `\w+`)*) \|", text, re.MULTILINE):
        named |= {f"{package}.{module}" for module in re.findall(r"\w+", row)}
    assert named <= MODULES.keys()
    packages = {module.rpartition(".")[0] for module in MODULES}
    for module in MODULES.keys() - packages:
        if module.rpartition(".")[2] not in {"__main__", "cli", "errors"}:
            assert any(f"{module}.".startswith(f"{name}.") for name in named), module


def is_named_so(name: str) -> bool:
    """Whether a module has that name, or has something of that name."""
    module, _, inner = name.rpartition(".")
    if is_module(name):
        return True
    return is_module(module) and hasattr(importlib.import_module(module), inner)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


EXAMPLES = [path for path in DOCUMENTS if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_examples_give_what_they_show(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\n```", "\n\n")
    example = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)
    assert doctest.DocTestRunner().run(example).failed == 0


CODE = [
    path
    for package in ("analysis", "bench", "formats", "hardware_profiles")
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_examples_in_docstrings_give_what_they_show(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


def test_every_dependency_is_pinned() -> None:
    """By name: what a bare name resolves to would differ from one laptop to the next."""

    def name(requirement: str) -> str:
        return re.split(r"[\s=<>;\[]", requirement)[0].lower().replace("_", "-")

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {name(r) for r in project["project"]["dependencies"]}
    for group in project["project"]["optional-dependencies"].values():
        wanted |= {name(r) for r in group}
    for group in project["dependency-groups"].values():
        wanted |= {name(r) for r in group if isinstance(r, str)}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
    assert wanted <= {pin.split("==")[0] for pin in pins}
    assert "torch==2.13.0" in pins
