"""The source that decides a time: all definitions that some modules reach, as one hash."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bench.identity.normal_form import Reference, Resolved, normal_form

if TYPE_CHECKING:
    from bench.identity.normal_form import Resolve, Token

_OURS = ("analysis", "bench", "formats", "hardware_profiles")
_MEASURED = (
    "bench.canary",
    "bench.cases",
    "bench.disk",
    "bench.energy",
    "bench.pipeline",
    "bench.worker.measure",
    "formats",
)
"""Where code stands that runs while something is timed."""

_DEPTH = 3
"""Definitions are told apart by what they refer to up to so many references away. All that is
reached is hashed, so that changes farther away count too."""


def source_hash(*modules: str) -> str:
    """Hash all that some modules define, and whatever of the measured code that uses.

    Where a definition stands, what it and its locals are called, docstrings, comments, annotations
    and the texts of errors do not count (`bench.identity.normal_form`). What packages define
    themselves are registries, which count by name alone. 128 bits of SHA-256, as hexadecimal
    digits: plenty against accidents, and a bundle holds many.

    Raises:
        ModuleNotFoundError: a module has no source.

    """
    queue = [definition for name in modules for definition in _module(name).definitions]
    reached: set[Reference] = set()
    while queue:
        definition = queue.pop()
        if definition not in reached:
            reached.add(definition)
            queue += _module(definition.module).uses(definition.name)
    digests = sorted(_digest(definition, _DEPTH) for definition in reached)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:32]


@cache
def _digest(definition: Reference, depth: int) -> str:
    """Return the hash of a definition and of what it refers to, so many references deep."""
    state = hashlib.sha256()
    for token in _module(definition.module).form(definition.name):
        if isinstance(token, Reference):
            state.update(f"<{_digest(token, depth - 1) if depth else ''}>".encode())
        else:
            state.update(token.encode())
    return state.hexdigest()


class _Module:
    """A module's top-level statements, by the names that they define."""

    def __init__(self, name: str, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self._name = name
        self.is_package = path.name == "__init__.py"
        self.imports: dict[str, tuple[str, ...]] = {}
        """What each imported name stands for, as a dotted path."""
        self.statements: dict[str, list[ast.stmt]] = {}
        """Those that define nothing have a number for a name."""
        self._unnamed: list[Reference] = []
        self._keywords = frozenset(
            node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg
        )
        self._forms: dict[str, tuple[Token, ...]] = {}
        for number, statement in enumerate(tree.body):
            self._add(str(number), statement)

    @property
    def definitions(self) -> list[Reference]:
        """All that it defines, and what it does when it is imported."""
        return [Reference(self._name, name) for name in self.statements]

    def form(self, name: str) -> tuple[Token, ...]:
        """Return the normal form of the statements that define a name."""
        if name not in self._forms:
            self._forms[name] = tuple(
                token
                for statement in self.statements[name]
                for token in normal_form(statement, self._resolver(statement), self._keywords)
            )
        return self._forms[name]

    def uses(self, name: str) -> list[Reference]:
        """Return what a definition refers to, and what its module does when it is imported."""
        return [*self._unnamed, *(t for t in self.form(name) if isinstance(t, Reference))]

    def _add(self, number: str, statement: ast.stmt) -> None:
        if _is_about_types(statement):
            return
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Try):
            self.imports |= _imports(statement)
        names = _defined(statement)
        for name in names:
            self.statements.setdefault(name, []).append(statement)
        if not names and not isinstance(statement, ast.Import | ast.ImportFrom):
            self.statements[number] = [statement]
            self._unnamed.append(Reference(self._name, number))

    def _resolver(self, statement: ast.stmt) -> Resolve:
        imports = self.imports | _imports(statement)

        def resolve(name: str, attributes: tuple[str, ...]) -> Resolved | None:
            if name in self.statements:
                return Resolved(Reference(self._name, name), attributes)
            return _resolve((*imports[name], *attributes)) if name in imports else None

        return resolve


def _resolve(path: tuple[str, ...]) -> Resolved:
    """Return what a dotted path leads to, and the attributes that are left of it."""
    if path[0] not in _OURS:
        return Resolved(".".join(path), ())
    length = max(n for n in range(1, len(path) + 1) if _origin(".".join(path[:n])))
    name, rest = ".".join(path[:length]), path[length:]
    if not rest:
        return Resolved("module", ())
    if not name.startswith(_MEASURED):
        return Resolved(rest[0], rest[1:])
    module = _module(name)
    if rest[0] in module.imports:
        return _resolve((*module.imports[rest[0]], *rest[1:]))
    if rest[0] in module.statements and not module.is_package:
        return Resolved(Reference(name, rest[0]), rest[1:])
    return Resolved(rest[0], rest[1:])


@cache
def _module(name: str) -> _Module:
    origin = _origin(name)
    if origin is None:
        raise ModuleNotFoundError(f"no source for {name}")
    return _Module(name, origin)


@cache
def _origin(name: str) -> Path | None:
    """Return the file of a module or package, without importing it; None: there is none."""
    top, *parts = name.split(".")
    spec = find_spec(top)
    if spec is None or spec.origin is None:
        return None
    if not parts:
        return Path(spec.origin)
    place = Path(spec.origin).parent.joinpath(*parts)
    files = (place / "__init__.py", place.with_name(f"{place.name}.py"))
    return next((file for file in files if file.is_file()), None)


def _imports(statement: ast.stmt) -> dict[str, tuple[str, ...]]:
    """Return the names that a statement imports, with the dotted path that each stands for."""
    paths: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = tuple(alias.name.split("."))
                paths[alias.asname or parts[0]] = parts if alias.asname else parts[:1]
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                paths[alias.asname or alias.name] = (*node.module.split("."), alias.name)
    return paths


def _defined(statement: ast.stmt) -> list[str]:
    """Return the names that a top-level statement binds, but for those that it imports."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    names = [
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return list(dict.fromkeys(names))


def _is_about_types(statement: ast.stmt) -> bool:
    """Tell whether a top-level statement is there for readers and for the type checker alone."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.ImportFrom(module="__future__"):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar" | "ParamSpec"))):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
    return False
