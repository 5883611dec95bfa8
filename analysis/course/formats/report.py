"""What an autograder's form is made of: the files of one student, held against all rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from analysis.characters import visible
from analysis.course import rows
from analysis.course.remark import Severity, Status
from analysis.course.scores import RUN, Part, most, scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from analysis.course.remark import Checked, Remark
    from analysis.course.rules import Rule
    from analysis.course.scores import Score
    from bench.course import Course

LONGEST_LINE = 1_000
"""Characters of a line of output: what it quotes may be a stranger's."""
MOST_LINES = 20
"""Of a rule: a file may have a thousand samples wrong."""


@dataclass(frozen=True)
class Kept:
    """Whether a file keeps a rule."""

    rule: Rule
    is_kept: bool
    is_reached: bool
    """False: an earlier rule ended the reading, so nobody knows."""
    remarks: tuple[Remark, ...]

    @property
    def lines(self) -> list[str]:
        """What to say of it, a line each."""
        if not self.is_reached:
            return [f"{self.rule.what}: not looked at, since the file could not be read so far."]
        if not self.remarks:
            return [f"{self.rule.what}: yes."]
        result = [f"{self.rule.what}: {'yes.' if self.is_kept else 'no.'}"]
        result += [_line(remark) for remark in self.remarks[:MOST_LINES]]
        if len(self.remarks) > MOST_LINES:
            result.append(f"... and {len(self.remarks) - MOST_LINES} more.")
        return result


@dataclass(frozen=True)
class Report:
    """What was checked, and for whom."""

    checked: Sequence[Checked]
    """The files of one student; at least one."""
    rules: Mapping[str, Rule]
    """All that were applied, in their order."""
    course: Course | None
    moment: datetime
    """When it was checked, UTC."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Of the process: what an autograder says of the submission."""

    @cached_property
    def score(self) -> Score:
        """What the files come to together, as one student's."""
        kept = [rows.tables(each) for each in self.checked]
        handed = [
            row | {"file": str(place)}
            for place, tables in enumerate(kept)
            for row in tables["submissions"].to_pylist()
        ]
        locks = [row for t in kept if "locks" in t for row in t["locks"].to_pylist()]
        owners = {str(place): "student" for place in range(len(kept))}
        return scores(handed, locks, self.course, owners)[0]

    @property
    def shown(self) -> Checked:
        """The file whose remarks are shown: the one that counts, else the last."""
        attempt = self.score.counted or self.score.tries[-1]
        return self.checked[int(attempt.file)]

    @property
    def points(self) -> float:
        """What is given; 0 for what is rejected: an autograder has to say a number."""
        return self.score.points or 0.0

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the points are the sum of; all of nothing where the file is rejected."""
        if self.score.counted:
            return self.score.parts
        wanted = [(RUN, self.course.points if self.course else most(None))]
        wanted += [(q.name, q.points) for q in (self.course.questions if self.course else ())]
        return tuple(Part(name, 0.0, of, "the file is rejected") for name, of in wanted)

    @property
    def kept(self) -> list[Kept]:
        """Each rule, and whether the shown file keeps it."""
        remarks = self.shown.remarks
        names = list(self.rules)
        ended = [
            names.index(remark.rule)
            for remark in remarks
            if remark.rule in names and getattr(self.rules[remark.rule], "read", None)
        ]
        last = min(ended, default=len(names))
        result = []
        for place, (name, rule) in enumerate(self.rules.items()):
            those = tuple(remark for remark in remarks if remark.rule == name)
            is_kept = all(remark.severity is not Severity.REJECT for remark in those)
            is_reached = bool(those) or place <= last
            result.append(Kept(rule, is_kept and is_reached, is_reached, those))
        return result

    @property
    def summary(self) -> list[str]:
        """What the files come to, a line each."""
        result = [f"{one_line(each.file)}: {WORDS[each.status]}." for each in self.checked]
        if len(self.checked) > 1:
            which = one_line(self.shown.file) if self.score.counted else "None"
            result.append(f"{which} counts: the last that is not rejected.")
        return result


WORDS = {
    Status.SOUND: "sound",
    Status.LOOK: "sound; somebody will look at what is listed, which costs nothing by itself",
    Status.REJECTED: "rejected, for the reasons below; mend them and hand in again",
}
"""What a status means to whoever handed it in."""


class Form(Protocol):
    """A module of this package."""

    NAME: str
    WHAT: str
    """What it writes, as a phrase."""

    def write(self, report: Report) -> bytes:
        """Return the file's content.

        Raises:
            AnalysisError: the environment lacks what the form must say.

        """


def one_line(text: str) -> str:
    """Return a stranger's text as one line of bounded length, with nothing hidden in it."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..."


def _line(remark: Remark) -> str:
    lead = {
        Severity.REJECT: "Wrong",
        Severity.LOOK: "To look at; it costs nothing by itself",
        Severity.NOTE: "For comparison only",
    }[remark.severity]
    return f"{lead}: {one_line(remark.line())}"
