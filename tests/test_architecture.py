"""The arrows between packages, and what must stay light, hold in the code and not only on paper."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "bench", "formats", "hardware_profiles")
# What each package may import of ours; docs/explanation/architecture.md draws them.
ARROWS = {
    "analysis": (
        "analysis",
        "bench.bundle",
        "bench.errors",
        "bench.options",
        "formats.errors",
        "formats.payloads",
        "hardware_profiles",
    ),
    "bench": ("bench", "formats", "hardware_profiles"),
    "formats": ("formats",),
    "hardware_profiles": ("hardware_profiles",),
}
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_follow_the_arrows(path: Path) -> None:
    allowed = ARROWS[path.relative_to(ROOT).parts[0]]
    for name in imports(path):
        if name.split(".")[0] in PACKAGES:
            assert any(name == a or name.startswith(f"{a}.") for a in allowed), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_needs_a_table_of_contents(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages that a statement loads in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


HEAVY = {"numpy", "pandas", "pyarrow", "torch", "pydantic", "scipy", "seaborn", "rich", "google"}


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("from bench.cli import parser; parser().format_help()", HEAVY),
        ("from analysis.cli import parser; parser().format_help()", HEAVY),
        ("from hardware_profiles.cli import parser; parser().format_help()", HEAVY | {"pint"}),
        ("import hardware_profiles.catalogue", {"torch", "pandas", "rich"}),
        ("import formats.registry", HEAVY - {"numpy"}),
        ("import formats.payloads", {"torch", "pandas", "pyarrow"}),
        ("import analysis.commands.report", {"torch", "pytest"}),
        ("import bench.energy", HEAVY),
        ("import bench.bundle", {"torch", "numpy", "pandas", "pyarrow", "pytest"}),
    ],
)
def test_what_is_light_stays_light(statement: str, unwanted: set[str]) -> None:
    assert not loaded_by(statement) & unwanted
