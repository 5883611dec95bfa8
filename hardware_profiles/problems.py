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
    "string_pattern_mismatch": "is not written as such a text must be",
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
_INNER = re.compile(r"^(function-|constrained-|union|tagged-union|lax-or-strict|str$|dict\[)|[\[(]")
"""Steps of a location that name pydantic's own validators, not a key of the document."""


def sentence(detail: ErrorDetails) -> str:
    """Return what a value must be."""
    text = _SENTENCES.get(detail["type"])
    if text is None:
        message = detail["msg"].removeprefix("Value error, ")
        return message.replace("Input should be", "must be").replace("a valid", "a")
    return text.format(**detail.get("ctx", {}))


def steps(location: Sequence[int | str]) -> tuple[int | str, ...]:
    """Return a location as the user's document has it."""
    return tuple(s for s in location if isinstance(s, int) or not _INNER.search(s))
