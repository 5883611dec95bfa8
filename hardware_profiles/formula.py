"""Formulas of profiles: arithmetic on numbers of the same file, named by their dotted paths."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from hardware_profiles.errors import ProfileError
from hardware_profiles.quantity import Quantity, ceil, exact, maximum, minimum

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATORS: dict[type[ast.operator], Callable[[Quantity, Quantity], Quantity]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: dict[str, Callable[..., Quantity]] = {
    "min": minimum,
    "max": maximum,
    "ceil": ceil,
}
_LONGEST = 200


class FormulaError(ProfileError):
    """A formula cannot be read."""


def evaluate(formula: str, number: Callable[[str], Quantity]) -> Quantity:
    """Compute a formula, such as `2 * model.macs` or `ceil(size / box.capacity)`.

    Args:
        formula: `+ - * /`, brackets, plain numbers, dotted paths, min(a, b), max(a, b), ceil(a).
        number: what returns the quantity at a path.

    Raises:
        FormulaError: it is not such a formula.
        UnitError: it adds what does not count the same.

    """
    try:
        if len(formula) > _LONGEST:
            raise ValueError(formula)  # noqa: TRY301 - one message for all that cannot be read
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise FormulaError(f"{formula!r} cannot be read; {_REMEDY}") from error
    return _evaluate(tree, number)


_REMEDY = "write + - * / on numbers and on dotted paths of this file, min(), max() or ceil()"


def _evaluate(node: ast.expr, number: Callable[[str], Quantity]) -> Quantity:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return exact(value)
        case ast.Name() | ast.Attribute():
            return number(ast.unparse(node))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_evaluate(left, number), _evaluate(right, number))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            function = _FUNCTIONS[name]
            if len(arguments) == (1 if name == "ceil" else 2):
                return function(*(_evaluate(argument, number) for argument in arguments))
    raise FormulaError(f"{ast.unparse(node)!r} is no part of a formula; {_REMEDY}")
