"""What a form of the lab sent, read: text, numbers, a choice; each problem with its remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.ledger.entries import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,300})(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?"
    r"|[+-]?\.[0-9]+"
)
"""With a point, and with commas between thousands alone."""


class FormError(AnalysisError):
    """A form was not filled in as it has to be."""


def text_of(
    fields: Mapping[str, str], name: str, label: str, most: int, *, one_line: bool = False
) -> str:
    """Return a text that was written.

    Raises:
        FormError: there is none, it is too long, or it has what a ledger does not keep.

    """
    # A browser sends the line ends of forms as two characters.
    text = fields.get(name, "").replace("\r\n", "\n").strip()
    if not text:
        raise FormError(f"{label}: write something first; nothing is kept of an empty box")
    if len(text) > most:
        raise FormError(f"{label}: {len(text):,} characters; shorten it to {most:,}")
    if at := refused(text, one_line=one_line):
        name, place = at
        raise FormError(
            f"{label}: character {place:,} is {name}, which controls and is not text, and a ledger "
            "does not keep it; remove it"
        )
    return text


def number_of(fields: Mapping[str, str], name: str, label: str) -> float:
    """Return a number that was written.

    Raises:
        FormError: it is no finite number.

    """
    text = fields.get(name, "").strip()
    if not text:
        raise FormError(f"{label}: it is empty; write a number such as 2.5")
    if not _NUMBER.fullmatch(text):
        # A comma may be meant as a point: what is locked by mistake stays.
        raise FormError(f"{label}: {text!r} is no number; write 1.5 (not 1,5), 1500 or 1,500")
    return float(text.replace(",", ""))
