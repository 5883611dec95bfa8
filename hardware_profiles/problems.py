"""What pydantic finds wrong, in words that a user has seen: the field, and what it must be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

# By pydantic's type of error; {...} are fields of its context.
_SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a text",
    "string_pattern_mismatch": "must be a text {form}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "literal_error": "must be {expected}",
}
_FORMS = {
    r"^unavailable: [ -~]{1,100}$": "such as 'unavailable: reason'",
    r"^[ -~]{1,80}$": "of 1 to 80 printable ASCII characters",
    r"^[A-Za-z0-9._/+-]{1,80}$": "of 1 to 80 letters, digits and . _ / + -",
}
"""Forms of texts in words, by the pattern that they match."""
_MUST = "must be "
_INNER = re.compile(
    r"^(function-|constrained-|union|tagged-union|lax-or-strict|(str|int|float|bool)$|[A-Z])|[\[(]"
)
"""Steps of a location that name pydantic's own validators, not a key of the document."""


def sentence(detail: ErrorDetails) -> str:
    """Return what a value must be."""
    text = _SENTENCES.get(detail["type"])
    if text is None:
        message = detail["msg"].removeprefix("Value error, ")
        return message.replace("Input should be", "must be").replace("a valid", "a")
    context = detail.get("ctx", {})
    pattern = context.get("pattern", "")
    return text.format(**context, form=_FORMS.get(pattern, f"of the form {pattern}"))


def sentences(details: Sequence[ErrorDetails]) -> list[tuple[tuple[int | str, ...], str]]:
    """Return what is wrong in a document: places, with what must be there.

    Where a value may be one of several kinds, pydantic complains for each. Here it does only for
    the kind that the value is; if it is none of them, all are named in one sentence.
    """
    found = [(steps(d["loc"]), d["loc"], is_kind(d["type"]), sentence(d)) for d in details]
    result: dict[tuple[int | str, ...], list[str]] = {}
    for place, location, kind, text in found:
        others = [(p, k) for p, at, k, _ in found if at != location and p[: len(place)] == place]
        more_is_known = any(len(p) > len(place) or not k for p, k in others)
        if not (kind and more_is_known) and text not in result.setdefault(place, []):
            result[place].append(text)
    return [
        (place, text)
        for place, texts in result.items()
        for text in ([_either(texts)] if all(t.startswith(_MUST) for t in texts) else texts)
        if texts
    ]


def _either(texts: Sequence[str]) -> str:
    return _MUST + " or ".join(text.removeprefix(_MUST) for text in texts)


def is_kind(error: str) -> bool:
    """Tell whether an error says that a value is of another kind, such as a text for a number."""
    return error.endswith("_type")


def steps(location: Sequence[int | str]) -> tuple[int | str, ...]:
    """Return a location as the user's document has it."""
    return tuple(s for s in location if isinstance(s, int) or not _INNER.search(s))
