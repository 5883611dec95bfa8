"""What a form of the lab sent, read: text, numbers, a choice; each problem with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields = dict[str, str]


class FormError(AnalysisError):
    """A form was not filled in as it has to be."""


def text_of(fields: Mapping[str, str], name: str, label: str, most: int) -> str:
    """Return a text that was written.

    Raises:
        FormError: there is none, or it is too long.

    """
    # A browser sends the line ends of forms as two characters.
    text = fields.get(name, "").replace("\r\n", "\n").strip()
    if not text:
        raise FormError(f"{label}: write something first; nothing is kept of an empty box")
    if len(text) > most:
        raise FormError(f"{label}: {len(text):,} characters; shorten it to {most:,}")
    return text


def number_of(fields: Mapping[str, str], name: str, label: str) -> float:
    """Return a number that was written.

    Raises:
        FormError: it is no finite number.

    """
    text = fields.get(name, "").strip()
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        shown = f"{text!r} is no number" if text else "it is empty"
        raise FormError(f"{label}: {shown}; write one such as 2.5")
    return value
