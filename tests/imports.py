"""The import graph of the packages: every import counts, wherever it stands.

Those inside functions and below `TYPE_CHECKING` are arrows too: a reader follows them all.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "bench", "formats", "hardware_profiles")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    """Return the dotted name of a module's file; that of a package for its __init__."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


@cache
def imports(module: str) -> frozenset[str]:
    """Return our modules that a module imports: of `from package import name` the module meant."""
    path = MODULES[module]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in MODULES else node.module)
    return frozenset(names & MODULES.keys()) - {module}


def circle() -> list[str]:
    """Return the modules of a circle of imports, in order; empty where there is none."""
    done: set[str] = set()
    for start in MODULES:
        path = _circle_from(start, [], done)
        if path:
            return path
    return []


def _circle_from(module: str, path: list[str], done: set[str]) -> list[str]:
    if module in path:
        return [*path[path.index(module) :], module]
    if module in done:
        return []
    for other in sorted(imports(module)):
        closed = _circle_from(other, [*path, module], done)
        if closed:
            return closed
    done.add(module)
    return []
