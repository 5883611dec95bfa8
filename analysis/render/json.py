"""A document as JSON: its values by name, and all of its sections."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import orjson

from analysis.document.live import Following
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
        "about": list(document.about),
        "sections": _plain(document.sections, typed=True),
    }
    whole = {**_plain(document.values), **shown}
    try:
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()
    except TypeError:
        # The name of a file may be bytes that are no text; orjson has no escape for them.
        return json.dumps(whole, indent=2)


def _plain(value: Any, *, typed: bool = False) -> Any:
    """Return a value as plain JSON values; what is not finite is null.

    typed: objects say what they are, as the blocks of a section do, which are of several types.
    """
    if isinstance(value, Number):
        return _number(value)
    if isinstance(value, Following):
        return _plain(value.at_first, typed=typed)
    result = value
    if is_dataclass(value) and not isinstance(value, type):
        result = {"type": type(value).__name__.lower()} if typed else {}
        for field in fields(value):
            result[field.name] = _plain(getattr(value, field.name), typed=typed)
    elif isinstance(value, Mapping):
        result = {str(name): _plain(inner, typed=typed) for name, inner in value.items()}
    elif isinstance(value, tuple | list):
        result = [_plain(inner, typed=typed) for inner in value]
    elif isinstance(value, Enum):
        result = value.value
    elif isinstance(value, float) and not math.isfinite(value):
        result = None
    return result


def _number(number: Number) -> dict[str, Any]:
    result: dict[str, Any] = {
        "value": _plain(float(number.value)),
        "low": _plain(float(number.low)) if number.bounded else None,
        "high": _plain(float(number.high)),
        "level": number.level,
        "unit": number.unit,
        "kind": number.kind.value,
    }
    if number.n is not None:
        result["repetitions"] = number.n
    return result
