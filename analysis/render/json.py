"""A document as JSON: its values by name, and all of its sections."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import orjson

from analysis.statistics.number import Number

if TYPE_CHECKING:
    from analysis.document import Document


def render(document: Document) -> bytes:
    """Return a document as a file of JSON."""
    return f"{text(document)}\n".encode()


def text(document: Document) -> str:
    """Return a document as indented JSON.

    Values stand at the top level, so that a program finds them by name; `title`, `lead` and
    `sections` hold what a reader is shown.
    """
    shown = {
        "title": document.title,
        "lead": document.lead,
        "sections": plain(document.sections),
    }
    whole = {**plain(document.values), **shown}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()


def plain(value: Any) -> Any:
    """Return a value as plain JSON values; what is not finite is null."""
    if isinstance(value, Number):
        return _number(value)
    result = value
    if is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        result = {"type": type(value).__name__.lower(), **inner} if _is_shown(value) else inner
    elif isinstance(value, Mapping):
        result = {str(name): plain(inner) for name, inner in value.items()}
    elif isinstance(value, tuple | list):
        result = [plain(inner) for inner in value]
    elif isinstance(value, Enum):
        result = value.value
    elif isinstance(value, float) and not math.isfinite(value):
        result = None
    return result


def _is_shown(value: object) -> bool:
    """Whether it is a part of a document, of which there are several types in one place."""
    return type(value).__module__.startswith("analysis.document.")


def _number(number: Number) -> dict[str, Any]:
    result: dict[str, Any] = {
        "value": plain(float(number.value)),
        "low": plain(float(number.low)) if number.bounded else None,
        "high": plain(float(number.high)),
        "level": number.level,
        "unit": number.unit,
        "kind": number.kind.value,
    }
    if number.n is not None:
        result["repetitions"] = number.n
    return result
