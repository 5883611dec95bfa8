"""Locks against outcomes: who was right, and whether intervals held as often as was stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy.special import betaincinv

from analysis.document import (
    Callout,
    Cell,
    Column,
    Figure,
    Finding,
    Paragraph,
    Row,
    Section,
    Table,
    Tone,
)
from analysis.document.figures import Axis, Shape, Span, Strip, Strips
from analysis.document.live import constant
from analysis.report.class_text import clipped, name_cell
from analysis.statistics.number import PREDICTED_LEVEL, Number
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.course.results import Calibration, ClassResults, QuestionResult
    from analysis.document import Block

_TITLE = "Locks against outcomes"
_HELD, _STATED, _INTERVAL = "held", "stated confidence", "90 % interval of the share"
_FEW_LOCKS = 20
"""With fewer, the interval of a share is wider than most differences that one looks for."""


def locks(results: ClassResults) -> Section:
    """Return how predictions came out, and whether their intervals are calibrated."""
    scored = sum(question.scored for question in results.questions)
    if not scored:
        text = (
            "No prediction has an answer yet: there is no outcome to hold them against."
            if any(question.locked for question in results.questions)
            else "Nobody locked a prediction: there is nothing to hold outcomes against."
        )
        return Section(_TITLE, (Paragraph(text),))
    right = sum(question.right for question in results.questions)
    held = sum(question.held for question in results.questions)
    text = (
        f"Of {counted(scored, 'prediction')} with an answer {percent(right / scored)} chose right, "
        f"and {percent(held / scored)} of their intervals hold the number. "
        f"{_verdict(results.calibration)}"
    )
    blocks: list[Block] = [Paragraph(text)]
    if scored < _FEW_LOCKS:
        reason = f"With {counted(scored, 'prediction')} a share may be far off by chance alone"
        blocks.append(Callout(Tone.CAUTION, "few predictions have an answer", (Finding(reason),)))
    if results.calibration:
        blocks.append(Figure(_strips(results.calibration), "Intervals that held, by confidence"))
    blocks.append(_questions(results.questions))
    return Section(_TITLE, tuple(blocks))


def _verdict(calibration: Sequence[Calibration]) -> str:
    if not calibration:
        return "Too few were given with about the same confidence to hold it against outcomes."
    over = [c for c in calibration if c.high < c.confidence]
    under = [c for c in calibration if c.low > c.confidence]
    if not over and not under:
        return (
            "Intervals held about as often as was stated, so far as their number tells: the class "
            "is calibrated, or the numbers are too few to show that it is not."
        )
    parts = [_off(c, "too narrow") for c in over] + [_off(c, "wider than needed") for c in under]
    return f"The class is not calibrated: {'; '.join(parts)}."


def _off(band: Calibration, word: str) -> str:
    share = f"{percent(band.held / band.locks)} [{percent(band.low)}, {percent(band.high)}]"
    return f"intervals given with {percent(band.confidence)} held in {share}, they are {word}"


def _strips(calibration: Sequence[Calibration]) -> Strips:
    rows = tuple(
        Strip(
            f"stated about {percent(band.confidence)}: {counted(band.locks, 'lock')}",
            (
                Span(_INTERVAL, constant((band.low, band.high)), Shape.RANGE),
                Span(_STATED, constant((band.confidence, band.confidence)), Shape.DOT),
                Span(_HELD, constant((band.held / band.locks,) * 2), Shape.DOT),
            ),
        )
        for band in calibration
    )
    farthest = max(calibration, key=lambda c: abs(c.held / c.locks - c.confidence))
    finding = (
        f"Farthest off: stated {percent(farthest.confidence)}, held "
        f"{percent(farthest.held / farthest.locks)} of {counted(farthest.locks, 'lock')}."
    )
    return Strips(rows, (_STATED, _HELD), Axis("share of intervals", 0.0, 1.0), finding)


def _questions(questions: Sequence[QuestionResult]) -> Table:
    rows = tuple(
        Row(
            (
                name_cell(question.name, 40),
                Cell(f"{question.scored:,}", question.scored),
                _share(question.right, question.scored),
                _share(question.held, question.scored),
                Cell("" if question.confidence is None else percent(question.confidence)),
            )
        )
        for question in questions
    )
    columns = (
        Column("question", left=True),
        Column("answered"),
        Column("right"),
        Column("interval held"),
        Column("stated confidence, in the middle"),
    )
    notes = ("Shares have 90 % intervals (Clopper and Pearson's, which hold at least so often).",)
    named = tuple(f"`{clipped(q.name, 40)}`: {clipped(q.text, 400)}" for q in questions)
    return Table("How predictions came out, by question", columns, rows, (*notes, *named))


def _share(count: int, total: int) -> Cell:
    """Return a share with its interval: Clopper and Pearson, Biometrika 26, 1934."""
    if not total:
        return Cell("")
    tail = (1 - PREDICTED_LEVEL) / 2
    low = float(betaincinv(count, total - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, total - count, 1 - tail)) if count < total else 1.0
    known = Number(count / total, low, high, PREDICTED_LEVEL, "1", Kind.MEASURED, total)
    return Cell(f"{percent(count / total)} [{percent(low)}, {percent(high)}]", known)
