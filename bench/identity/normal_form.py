"""The normal form of a definition: its syntax tree without what does not change what it computes.

Left out: docstrings, comments, annotations, what a `raise` or an `assert` says, the names of the
definition and of its locals. Names of other definitions become references. Attributes, keywords,
constants, operators and the names of other people's modules stay.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

_IGNORED = {"annotation", "returns", "type_comment", "type_params", "kind", "ctx", "simple"}
"""Fields of syntax nodes that change nothing that is computed."""
_BINDING = {"name", "rest", "names"}
"""Fields of syntax nodes that bind or declare a name without a `Name` node."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A definition that is used: its module, and its name there."""

    module: str
    name: str


Token: TypeAlias = str | Reference


class Resolved(NamedTuple):
    """What a global name and some of the attributes that are taken of it stand for."""

    token: Token
    attributes: tuple[str, ...]
    """Those that are left."""


Resolve: TypeAlias = "Callable[[str, tuple[str, ...]], Resolved | None]"
"""Resolves a global name with its attributes; None: the module has no such name."""


def normal_form(
    statement: ast.stmt, resolve: Resolve, keywords: frozenset[str] = frozenset()
) -> tuple[Token, ...]:
    """Return the normal form of a top-level statement, as text and references.

    keywords are names of arguments that calls may use: parameters of these names keep them.
    """
    writer = _Writer(resolve, keywords)
    return tuple(_joined(writer.statement(statement)))


class _Writer:
    """Writes one statement; locals are numbered within each outermost function."""

    def __init__(self, resolve: Resolve, keywords: frozenset[str]) -> None:
        self._resolve = resolve
        self._keywords = keywords
        self._locals: Mapping[str, str] | None = None
        """How each local of the outermost function is written; None: outside of functions."""
        self._in_class = False

    def statement(self, statement: ast.stmt) -> Iterator[Token]:
        """Yield a top-level statement, without the name that it defines."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from self._scope(statement, self._function(statement))
        elif isinstance(statement, ast.ClassDef):
            yield from self._class(statement)
        else:
            yield from self._node(statement)

    def _node(self, node: ast.AST) -> Iterator[Token]:
        match node:
            case ast.Name() | ast.Attribute():
                yield from self._name(node)
            case ast.Constant():
                yield f"{type(node.value).__name__} {node.value!r};"
            case ast.Raise():
                yield "raise;"
            case ast.Assert():
                yield from self._fields("Assert", [("test", node.test)])
            case ast.AnnAssign():
                yield from self._annotated(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                yield from self._nested(node)
            case ast.Call(func=ast.Name(id="cast"), args=[_, value]):
                yield from self._fields("cast", [("value", value)])
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    yield "import="
                    yield from self._global(name, ())
            case _ if self._locals is None and isinstance(node, _COMPREHENSIONS):
                yield from self._scope(node, self._plain(node))
            case _:
                yield from self._plain(node)

    def _nested(self, node: _Function | ast.ClassDef) -> Iterator[Token]:
        """Write what is defined in another definition; outside of functions its name counts."""
        yield f"name={self._local(getattr(node, 'name', ''))};"
        if isinstance(node, ast.ClassDef):
            yield from self._class(node)
        elif self._locals is None:
            yield from self._scope(node, self._function(node))
        else:
            yield from self._function(node)

    def _plain(self, node: ast.AST) -> Iterator[Token]:
        yield from self._fields(type(node).__name__, ast.iter_fields(node))

    def _fields(self, kind: str, fields: Iterable[tuple[str, object]]) -> Iterator[Token]:
        yield f"{kind}("
        for field, value in fields:
            if value is None or value == [] or field in _IGNORED:
                continue
            yield f"{field}="
            yield from self._value(value, binding=field in _BINDING)
        yield ")"

    def _value(self, value: object, *, binding: bool = False) -> Iterator[Token]:
        if isinstance(value, list):
            for each in value:
                yield from self._value(each, binding=binding)
                yield ","
        elif isinstance(value, ast.AST):
            yield from self._node(value)
        elif isinstance(value, str):
            yield f"{self._local(value) if binding else value};"
        else:
            yield f"{value!r};"

    def _annotated(self, node: ast.AnnAssign) -> Iterator[Token]:
        """Write an assignment; in a class it declares a field, whether it has a value or not."""
        if self._in_class and self._locals is None:
            names = {each.id for each in ast.walk(node.annotation) if isinstance(each, ast.Name)}
            kind = "ClassVar" if "ClassVar" in names else "Field"
            yield from self._fields(kind, [("target", node.target), ("value", node.value)])
        elif node.value is not None:
            yield from self._fields("Assign", [("targets", [node.target]), ("value", node.value)])

    def _class(self, node: ast.ClassDef) -> Iterator[Token]:
        outer, self._in_class = self._in_class, True
        fields = [("bases", node.bases), ("keywords", node.keywords)]
        body = [("decorators", node.decorator_list), ("body", _without_docstrings(node.body))]
        yield from self._fields("Class", [*fields, *body])
        self._in_class = outer

    def _scope(self, node: ast.AST, tokens: Iterator[Token]) -> Iterator[Token]:
        """Write what is outermost of all functions: locals are numbered anew in it."""
        self._locals = _locals(node, self._keywords)
        yield from tokens
        self._locals = None

    def _function(self, node: _Function) -> Iterator[Token]:
        kind = "Async" if isinstance(node, ast.AsyncFunctionDef) else "Function"
        arguments = node.args
        for name in ("posonlyargs", "args", "vararg", "kwonlyargs", "kwarg"):
            value = getattr(arguments, name)
            each = value if isinstance(value, list) else [value] if value else []
            yield f"{name}={','.join(self._local(argument.arg) for argument in each)};"
        fields: list[tuple[str, object]] = [
            ("defaults", arguments.defaults),
            ("kw_defaults", arguments.kw_defaults),
        ]
        if isinstance(node, ast.Lambda):
            fields.append(("body", node.body))
        else:
            fields.append(("decorators", node.decorator_list))
            fields.append(("body", _without_docstrings(node.body)))
        yield from self._fields(kind, fields)

    def _name(self, node: ast.Name | ast.Attribute) -> Iterator[Token]:
        attributes: list[str] = []
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            attributes.insert(0, root.attr)
            root = root.value
        if not isinstance(root, ast.Name):
            yield from self._node(root)
            yield from (f".{attribute};" for attribute in attributes)
        elif self._locals and root.id in self._locals:
            yield f"{self._locals[root.id]};"
            yield from (f".{attribute};" for attribute in attributes)
        elif self._in_class and self._locals is None and isinstance(root.ctx, ast.Store):
            yield f"{root.id};"
        else:
            yield from self._global(root.id, tuple(attributes))

    def _global(self, name: str, attributes: tuple[str, ...]) -> Iterator[Token]:
        token, rest = self._resolve(name, attributes) or (name, attributes)
        yield token if isinstance(token, Reference) else f"{token};"
        yield from (f".{attribute};" for attribute in rest)

    def _local(self, name: str) -> str:
        return self._locals.get(name, name) if self._locals else name


def _without_docstrings(body: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out text that stands alone: docstrings, and those below a field."""
    return [
        each
        for each in body
        if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
    ]


def _locals(scope: ast.AST, keywords: frozenset[str]) -> dict[str, str]:
    """Return how each name that a function binds is written: a number, by the first binding.

    Parameters keep their names where a call may use them: where they have a default, must be named,
    or are named in a call. Imported names and those declared global are no locals.
    """
    names: list[str] = []
    kept: set[str] = set()
    not_local: set[str] = set()
    for node in ast.walk(scope):
        match node:
            case ast.arguments():
                positional = [each.arg for each in (*node.posonlyargs, *node.args)]
                optional = positional[len(positional) - len(node.defaults) :]
                named = [each.arg for each in node.kwonlyargs]
                kept |= {*optional, *named, *keywords.intersection(positional)}
                names += [*positional, *named]
                names += [each.arg for each in (node.vararg, node.kwarg) if each]
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.append(name)
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                names.append(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node is not scope:
                names.append(node.name)
            case ast.Import() | ast.ImportFrom():
                not_local |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
            case ast.Global():
                not_local |= set(node.names)
    unique = dict.fromkeys(name for name in names if name not in not_local)
    return {name: name if name in kept else f"${at}" for at, name in enumerate(unique)}


def _joined(tokens: Iterator[Token]) -> Iterator[Token]:
    """Yield tokens with text that follows text joined to it."""
    text: list[str] = []
    for token in tokens:
        if isinstance(token, Reference):
            yield "".join(text)
            yield token
            text = []
        else:
            text.append(token)
    yield "".join(text)
