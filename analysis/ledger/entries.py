"""What an entry of the ledger may hold: these fields and no others, so nothing private gets in."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from analysis.characters import HIDDEN

VERSION: Final = 1
FIRST = "0" * 64
"""What the first entry has as its predecessor's hash."""
MOST_CHARACTERS = 4_000
"""Of a rationale, and of each text of a decision."""


_REFUSED = re.compile(rf"[{HIDDEN}\r\ud800-\udfff]")
_REFUSED_IN_A_LINE = re.compile(rf"[{HIDDEN}\t\n\r\u2028\u2029\ud800-\udfff]")


def refused(text: str, *, one_line: bool = False) -> tuple[str, int] | None:
    """Return the first character that a ledger does not keep, such as U+202E, and its place.

    Those are control characters, what turns the direction of its surroundings, and halves of a
    character; of all scripts and signs, what joins or parts them is kept.

    Args:
        text: as it was written; a browser's line ends are to be made newlines before.
        one_line: whether it has no lines and no tabs.

    Returns:
        The place counts characters from 1; None: all may be kept.

    """
    match = (_REFUSED_IN_A_LINE if one_line else _REFUSED).search(text)
    return None if match is None else (f"U+{ord(match[0]):04X}", match.start() + 1)


def _text(text: str) -> str:
    return _plain(text, one_line=False)


def _line(text: str) -> str:
    # Ledgers from before may hold a newline here: they are read as ever.
    _plain(text.replace("\n", " "), one_line=True)
    return text


def _plain(text: str, *, one_line: bool) -> str:
    if (first := refused(text, one_line=one_line)) is not None:
        raise ValueError(f"text with {first[0]} as character {first[1]:,}, which is not kept")
    return text


Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,60}$")]
Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_line)]
Real: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Text: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=MOST_CHARACTERS), AfterValidator(_text)
]
StateName: TypeAlias = Literal["met", "missed", "cannot-tell"]
"""How a number lies to a limit."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Lock(_Body):
    """A prediction, made before the answer is shown."""

    kind: Literal["lock"] = "lock"
    question: Name
    choice: Name
    low: Real
    high: Real
    unit: Line
    confidence: Annotated[float, Field(gt=0, lt=1)]
    """That the interval holds the number."""
    measured_before: bool | None = None
    """Whether a run that shows the answer was there already; None: no report shows it at once."""

    @model_validator(mode="after")
    def _in_order(self) -> Lock:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class Reveal(_Body):
    """The answer was opened without a lock."""

    kind: Literal["reveal"] = "reveal"
    question: Name


class Score(_Body):
    """How a lock came out."""

    kind: Literal["score"] = "score"
    question: Name
    choice: Name
    """The answer."""
    value: Real
    right: bool
    held: bool
    """Whether the interval held the value."""
    interval_score: Real


class Try(_Body):
    """Levers as they were set, and what came of it."""

    kind: Literal["try"] = "try"
    act: Name
    track: Name
    settings: dict[Name, Line]
    outcome: dict[Name, Real]
    verdicts: dict[Name, StateName] | None = None
    """By a verdict's key, such as `hunger`; None: of a time when they were not kept."""


class Rationale(_Body):
    """A student's reasons, in answer to a prompt."""

    kind: Literal["rationale"] = "rationale"
    question: Name
    text: Text
    track: Name | None = None
    """The mission that it is about; None: it was not asked for."""


class Rate(_Body):
    """A rate with its interval, in samples/s."""

    value: Real
    low: Real
    high: Real

    @model_validator(mode="after")
    def _in_order(self) -> Rate:
        if not self.low <= self.value <= self.high:
            raise ValueError("the interval does not hold the value")
        return self


class Measurement(_Body):
    """A setting of act II that was run on this machine, beside what was predicted of it."""

    kind: Literal["measurement"] = "measurement"
    track: Name
    settings: dict[Name, Line]
    """Of the feeding tax's levers."""
    predicted: Rate
    measured: Rate
    disturbed: bool
    """Whether the machine was too noisy to trust it."""


class Decision(_Body):
    """What the student decides in the end, against what, and until when."""

    kind: Literal["decision"] = "decision"
    track: Name
    decision: Text
    rejected: Text
    """The alternative that was not chosen."""
    rejected_value: Real
    """What it would have come to."""
    rejected_unit: Line
    trigger: Text
    """When to reconsider."""
    risk: Text
    """What is left of it."""


class Recovery(_Body):
    """A line that a killed process had begun was removed."""

    kind: Literal["recovery"] = "recovery"
    removed_bytes: Annotated[int, Field(gt=0)]


Body: TypeAlias = Annotated[
    Lock | Reveal | Score | Try | Rationale | Measurement | Decision | Recovery,
    Field(discriminator="kind"),
]


class Entry(BaseModel):
    """A line of the ledger."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    canonical: ClassVar[dict[str, Any]] = {
        "ensure_ascii": False,
        "sort_keys": True,
        "separators": (",", ":"),
    }

    version: Literal[1] = VERSION
    number: Annotated[int, Field(ge=0)]
    previous: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    body: Body

    def sealed(self) -> tuple[bytes, str]:
        """Return it as a line of the file, with its own hash, and that hash."""
        content = self._content()
        digest = sha256(json.dumps(content, **self.canonical).encode()).hexdigest()
        text = json.dumps(content | {"hash": digest}, **self.canonical)
        return text.encode() + b"\n", digest

    def line(self) -> bytes:
        """Return it as a line of the file, with its own hash."""
        return self.sealed()[0]

    def digest(self) -> str:
        """Return the SHA-256 of all else, its predecessor's hash included."""
        return self.sealed()[1]

    def _content(self) -> dict[str, Any]:
        # Without what is not set, so that fields may be added and old entries keep their hash.
        return self.model_dump(mode="json", exclude_none=True)
