"""Which code a case times: a hash of its source that comments and blank lines do not change."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_OURS = (
    "bench.canary",
    "bench.cases.",
    "bench.pipeline.",
    "bench.disk.",
    "bench.energy.",
    "bench.worker.measure",
    "formats.",
)


def source_hash(*modules: str) -> str:
    """Hash modules and all of the measured packages' modules that they import.

    Line ends, blank lines, comment lines and trailing spaces do not count. 128 bits of SHA-256, as
    hexadecimal digits: plenty against accidents, and a bundle holds many.
    """
    result: dict[str, str] = {}
    queue = list(modules)
    while queue:
        name = queue.pop()
        if name in result:
            continue
        source, imports = _read(name)
        result[name] = source
        queue.extend(imports)
    state = hashlib.sha256()
    for name in sorted(result):
        state.update(f"{name}\n{result[name]}\n".encode())
    return state.hexdigest()[:32]


@cache
def _read(module: str) -> tuple[str, tuple[str, ...]]:
    """Return a module's normalised source, and the names of our modules that it imports."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no source for {module}")
    text = Path(spec.origin).read_text(encoding="utf-8")
    lines = (line.rstrip() for line in text.splitlines())
    normal = "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))
    return normal, tuple(sorted(_imports(ast.parse(text))))


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if _is_our_module(name)}


def _is_our_module(name: str) -> bool:
    """Tell modules from names inside them, and from packages, which only register and re-export."""
    if not name.startswith(_OURS):
        return False
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return False
    return spec is not None and spec.submodule_search_locations is None
