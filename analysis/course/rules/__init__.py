"""The rules that a file is held against: a function and a line each; `RULES` is the only list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from analysis.course.rules import derived, physics, reading, term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analysis.course.concern import Concern
    from analysis.course.draft import Draft, Submitted

    Read: TypeAlias = Callable[[Draft], None]
    Judge: TypeAlias = Callable[[Submitted], Iterable[Concern]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it holds a file to."""

    name: str
    what: str
    """That a file keeps it, as a sentence."""
    read: Read | None = None
    """Takes the next step in understanding it. IntakeError: the file cannot be used."""
    judge: Judge | None = None
    """Says what is wrong with what was understood."""


_RULES = (
    Rule("file", "It is a regular file that can be read", read=reading.file),
    Rule("size", "It is no larger than a submission can be", read=reading.size),
    Rule("compression", "It unpacks to no more than a submission can be", read=reading.compression),
    Rule("json", "It is JSON with one meaning", read=reading.json),
    Rule("schema", "It is a submission, or a bundle", read=reading.schema),
    Rule("digest", "It is as it was written", read=reading.digest),
    Rule("bundle", "Its run has the parts and types of a bundle", read=reading.bundle),
    Rule("ledger", "Its ledger is a whole chain of entries", read=reading.ledger),
    Rule("nonce", "The data is that of the course and term", judge=term.nonce),
    Rule("preset", "As much was measured as the course asks for", judge=term.preset),
    Rule("selection", "All of the preset was measured", judge=term.selection),
    Rule("edition", "It was measured by the rules of the edition", judge=term.edition),
    Rule("division", "The code that was measured is that of the edition", judge=term.division),
    Rule("pins", "Libraries have the versions that the course asks for", judge=term.pins),
    Rule("dates", "It was measured in this term and is not late", judge=term.dates),
    Rule("parts", "Nothing that counts is missing", judge=term.parts),
    Rule("complete", "Its ledger has all of a complete hand-in", judge=term.complete),
    Rule("data", "Digests of data follow from the nonce", judge=derived.data),
    Rule("sizes", "Bytes of batches follow from their payloads", judge=derived.sizes),
    Rule("gates", "Gates of blocks follow from their samples", judge=derived.gates),
    Rule("left-out", "What was left out has no samples", judge=derived.left_out),
    Rule("scores", "Scores follow from locks and values", judge=derived.scores),
    Rule("answers", "What turned out is what this program says", judge=derived.answers),
    Rule("ceilings", "Nothing decodes faster than a copy", judge=physics.ceilings),
    Rule("processor", "One thread uses no more CPU time than passes", judge=physics.processor),
    Rule("samples", "Samples last as long as calls were chosen for", judge=physics.samples),
    Rule("steps", "Emulated steps are as long as they were to be", judge=physics.steps),
    Rule("floors", "No stage takes less than half a copy", judge=physics.floors),
    Rule("order", "What was measured fits into the time of the run", judge=physics.order),
    Rule("trust", "The run is not invalid: what it says may be used", judge=physics.trust),
)
RULES: dict[str, Rule] = {rule.name: rule for rule in _RULES}
"""All of them: those of reading first, each of which may end it; then those of judging, which all
have their say."""
