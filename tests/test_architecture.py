"""The arrows between packages, and what must stay light, hold in the code and not only on paper."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.imports import FILES, MODULES, PACKAGES, ROOT, circle, imports

if TYPE_CHECKING:
    from pathlib import Path

# What each package may import of ours; docs/explanation/architecture.md draws them.
ARROWS = {
    "analysis": (
        "analysis",
        "bench.bundle",
        "bench.course",
        "bench.diagnosis.record",
        "bench.errors",
        "bench.options",
        "formats.errors",
        "formats.names",
        "formats.payloads",
        "hardware_profiles",
    ),
    "bench": ("bench", "formats", "hardware_profiles"),
    "formats": ("formats",),
    "hardware_profiles": ("hardware_profiles",),
}

# The one place where measuring and explaining meet: what a loader did is explained at once, and
# what is run next is what gains most by the model.
MEETINGS = {
    "bench.commands.diagnose": (
        *("analysis.diagnosis", "analysis.render", "analysis.report.diagnosis"),
    ),
    "bench.cli": ("analysis.errors",),
}

# What each room may import of its own package; a room that is not named here does not exist.
ROOMS = {
    "analysis": {
        "errors": (),
        "characters": (),
        "statistics": ("errors",),
        "model": ("errors", "statistics"),
        "devices": ("errors", "statistics", "model"),
        "diagnosis": ("statistics",),
        "acts": ("errors", "statistics", "model", "devices"),
        "ledger": ("characters", "errors", "statistics", "model", "acts"),
        "course": (*("characters", "errors", "statistics", "model", "devices", "acts", "ledger"),),
        "document": ("statistics",),
        "render": ("characters", "document", "errors", "statistics"),
        "report": (
            *("characters", "errors", "statistics", "model", "devices", "acts", "ledger"),
            *("course", "diagnosis", "document"),
        ),
        "lab": (
            *("characters", "errors", "statistics", "model", "devices", "acts", "ledger"),
            *("course", "document", "report", "render"),
        ),
        "commands": (
            *("characters", "errors", "model", "acts", "ledger", "course", "report", "document"),
            *("render", "lab"),
        ),
        "cli": ("errors", "commands"),
        "__main__": ("cli",),
    },
    "bench": {
        "errors": (),
        "stages": (),
        "presets": (),
        "availability": (),
        "canary": (),
        "system": ("availability",),
        "requirements": ("errors",),
        "options": ("errors", "stages"),
        "course": ("errors", "presets"),
        "bundle": ("errors", "stages"),
        "machine": ("availability", "bundle", "system"),
        "environment": ("availability", "bundle", "system"),
        "identity": (),
        "disk": ("availability", "bundle", "system"),
        "energy": ("availability",),
        "cases": ("errors", "presets", "identity"),
        "fastest": ("bundle", "errors"),
        "edition": ("bundle", "cases", "learning", "presets", "run"),
        "worker": ("errors", "bundle", "canary", "cases", "machine", "presets", "system"),
        "pipeline": (
            *("availability", "bundle", "canary", "disk", "energy", "errors", "machine"),
            *("presets", "stages", "system", "worker"),
        ),
        "diagnosis": ("errors", "pipeline", "system", "worker"),
        "learning": ("bundle", "energy", "errors", "identity", "machine", "requirements"),
        "tables": ("bundle", "canary", "errors", "system", "worker"),
        "run": (
            *("bundle", "cases", "disk", "environment", "errors", "identity", "machine"),
            *("pipeline", "presets", "stages", "system", "worker"),
        ),
        "commands": (
            *("bundle", "cases", "course", "diagnosis", "environment", "errors", "fastest"),
            *("learning", "machine"),
            *("options", "pipeline", "presets", "requirements", "run", "system", "tables"),
        ),
        "cli": ("errors", "commands"),
        "__main__": ("cli",),
    },
}

LONGEST_MODULE = 350
LONGEST_FUNCTION = 60
LONG = {
    "analysis/model/demands.py": "one class answers all questions about isolated stages",
    "hardware_profiles/quantity.py": "one class and its arithmetic",
}
"""Modules that are longer, each with its reason."""


def top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def room(module: str) -> str:
    """Return a module's room: what follows the package; that of the package itself is empty."""
    return [*module.split("."), ""][1]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_follow_the_arrows(module: str) -> None:
    allowed = (*ARROWS[top(module)], *MEETINGS.get(module, ()))
    for name in imports(module):
        assert any(name == a or name.startswith(f"{a}.") for a in allowed), name


@pytest.mark.parametrize("module", sorted(m for m in MODULES if top(m) in ROOMS and room(m)))
def test_no_room_imports_one_above_it(module: str) -> None:
    rooms = ROOMS[top(module)]
    allowed = {room(module), *rooms[room(module)]}
    for name in imports(module):
        if top(name) == top(module) and room(name):
            assert room(name) in allowed, f"{room(module)} -> {name}"


def test_no_imports_go_in_a_circle() -> None:
    assert circle() == []


def test_every_room_is_there() -> None:
    for package, rooms in ROOMS.items():
        assert {room(m) for m in MODULES if top(m) == package and room(m)} == set(rooms)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix()
    assert (len(text.splitlines()) > LONGEST_MODULE) == (name in LONG), len(text.splitlines())
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name}: {length} lines"


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages that a statement loads in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


HEAVY = {"numpy", "pandas", "pyarrow", "torch", "pydantic", "scipy", "seaborn", "rich", "google"}


@pytest.mark.process
@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("from bench.cli import parser; parser().format_help()", HEAVY),
        ("from analysis.cli import parser; parser().format_help()", HEAVY),
        ("from hardware_profiles.cli import parser; parser().format_help()", HEAVY | {"pint"}),
        ("import hardware_profiles.catalogue", {"torch", "pandas", "rich"}),
        ("import formats.registry", HEAVY - {"numpy"}),
        ("import formats.payloads", {"torch", "pandas", "pyarrow"}),
        ("import analysis.report.run, analysis.render.html", {"torch", "pytest"}),
        ("import analysis.model.prediction", {"torch", "pandas", "rich"}),
        ("import analysis.model.learning.filters", {"torch", "pandas", "rich"}),
        ("import bench.energy", HEAVY),
        ("import bench.bundle", {"torch", "numpy", "pandas", "pyarrow", "pytest"}),
    ],
)
def test_what_is_light_stays_light(statement: str, unwanted: set[str]) -> None:
    assert not loaded_by(statement) & unwanted


def test_the_rooms_are_those_of_the_packages() -> None:
    assert set(ARROWS) == set(PACKAGES)
