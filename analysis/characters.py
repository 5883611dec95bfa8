"""What text may do to its surroundings, and what keeps it from that.

A stranger's text may turn the direction of what follows it, or hold what no reader sees. Pages and
paper show such a character by its number, so that a name cannot pose as another.
"""

from __future__ import annotations

import re

HIDDEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
"""Control characters without tab and line breaks, and what embeds, overrides or isolates text of
the other direction (Unicode Standard Annex 9): a class of a regular expression, without brackets.
"""
_HIDDEN = re.compile(f"[{HIDDEN}]")
_PERCENT = re.compile(r"(?<=\d) %")


def visible(text: str) -> str:
    """Return text in which what is hidden, or turns its surroundings, is shown by its number."""
    return _HIDDEN.sub(lambda match: by_number(match[0]), text)


def by_number(character: str) -> str:
    """Return a character as its number in Unicode, such as ⟨U+202E⟩."""
    return f"⟨U+{ord(character):04X}⟩"


def narrow(text: str) -> str:
    """Return text with percent signs at their numbers, after a space at which no line breaks."""
    return _PERCENT.sub("\u202f%", text)
