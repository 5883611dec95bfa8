"""What the sections of a class's page share: strangers' text, groups too small, few machines."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from math import expm1
from typing import TYPE_CHECKING
from unicodedata import category

from analysis.characters import by_number
from analysis.course.results import SMALL
from analysis.document import Callout, Cell, Finding, Tone
from analysis.document.numbers import number
from analysis.statistics.number import PREDICTED_LEVEL, Number
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analysis.course.results import ClassResults, Quantiles
    from analysis.document import Table
    from hardware_profiles.provenance import Kind

NAME, REASON = 44, 180
"""Letters that are shown of a name, and of a reason."""
MOST_ROWS = 300
"""Of a table that has one for each submission; all of them are in the class's tables."""
ON_PAPER = 15
FEW = 20
"""With fewer machines, the 5th and the 95th percentile are hardly more than the outermost two."""
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of characters that nobody sees, or that turn what follows them."""
_MARKS = {"Mn", "Me"}
"""Those that lie on the letter before them."""
_MOST_MARKS = 2
"""On a letter of any language that has letters with marks; more would cover other lines."""
_MARKUP = "`"
_BLANKS = re.compile(r"[ \t\r\n]+")
_LOOKED_AT = 2_000


def clipped(text: str, most: int = NAME) -> str:
    """Return a stranger's text on one line, without its middle where it is long.

    What is not seen stands there by its number, and so does what is markup in a document.
    """
    cut = len(text) > 2 * _LOOKED_AT
    whole = f"{text[:_LOOKED_AT]}{text[-_LOOKED_AT:]}" if cut else text
    shown = list(_visible(_BLANKS.sub(" ", whole).strip(" ")))
    if sum(map(len, shown)) <= most and not cut:
        return "".join(shown)
    tail = "".join(reversed(list(_until(reversed(shown), most // 3))))
    return f"{''.join(_until(shown, most - most // 3 - 1))}…{tail}"


def _visible(text: str) -> Iterator[str]:
    """Yield each character as it is shown."""
    marks = 0
    for one in text:
        kind = category(one)
        marks = marks + 1 if kind in _MARKS else 0
        hidden = kind in _UNSEEN or one == _MARKUP or marks > _MOST_MARKS
        yield by_number(one) if hidden else one


def _until(parts: Iterable[str], most: int) -> Iterator[str]:
    """Yield parts as long as they are together no longer than that."""
    length = 0
    for part in parts:
        length += len(part)
        if length > most:
            return
        yield part


def name_cell(text: str, most: int = NAME) -> Cell:
    """Return a cell of a stranger's text: of a name, or of a file."""
    return Cell(clipped(text, most), code=True)


def pseudonym_cell(text: str) -> Cell:
    """Return a cell of a pseudonym, which no line breaks."""
    return Cell(clipped(text, 24))


def people(names: Sequence[str], total: int | None = None) -> str:
    """Return the first of some pseudonyms, and how many more there are.

    Args:
        names: those that are known.
        total: of all; None: as many as are known.

    """
    count = max(len(names), total or 0)
    shown = [clipped(name, 20) for name in islice(names, 10)]
    more = [f"{count - len(shown):,} more"] if count > len(shown) else []
    return ", ".join([*shown, *more])


def few_each(results: ClassResults) -> str:
    """Return what groups that are too small are called together."""
    return f"fewer than {results.group} each"


def is_shown(results: ClassResults, machine_class: str | None, machines: int | None = None) -> bool:
    """Tell whether a class of machines may appear by its name; None is all of them, which may."""
    if machine_class is None:
        return True
    if machine_class == SMALL:
        return False
    enough = results.machine_classes.get(machine_class, 0) >= results.group
    return enough and (machines is None or machines >= results.group)


def class_label(results: ClassResults, machine_class: str | None) -> str:
    """Return what a class of machines is called here; one that is too small has no name."""
    if machine_class is None:
        return "all"
    if is_shown(results, machine_class):
        return clipped(machine_class)
    return few_each(results)


def classes(results: ClassResults) -> dict[str, int]:
    """Return machines by classes that may be named, the largest first; small ones as one, last."""
    named = {
        class_label(results, name): count
        for name, count in sorted(results.machine_classes.items(), key=lambda item: -item[1])
        if is_shown(results, name)
    }
    rest = sum(results.machine_classes.values()) - sum(named.values())
    return named | ({few_each(results): rest} if rest > 0 else {})


def spread(values: Quantiles, unit: str, kind: Kind) -> Number:
    """Return the middle of machines, with the range of 90 % of them."""
    return Number(
        values.middle, values.low, values.high, PREDICTED_LEVEL, unit, kind, values.machines
    )


def spread_cell(values: Quantiles, unit: str, kind: Kind) -> Cell:
    """Return a cell of the middle of machines, with the range of 90 % of them."""
    text = f"{number(values.middle)} [{number(values.low)}, {number(values.high)}]"
    return Cell(text, spread(values, unit, kind))


def caution(machines: int, group: int, what: str) -> tuple[Callout, ...]:
    """Return what to keep in mind where machines are few; nothing where there are enough.

    Args:
        machines: how many there are.
        group: the smallest group that is shown.
        what: of what they are few, such as "a distribution".

    """
    if machines >= FEW:
        return ()
    title = f"few machines: {what} of {machines} says little"
    reason = (
        f"With {counted(machines, 'machine')} the 5th and the 95th percentile lie at the outermost "
        f"ones, and one more machine may move all numbers"
    )
    smaller = (
        f"Each of fewer than {group} is an example; nothing follows from it for others"
        if machines < group
        else "Differences between classes of machines may be chance"
    )
    return (Callout(Tone.CAUTION, title, (Finding(reason), Finding(smaller))),)


def shortened(table: Table, most: int = MOST_ROWS) -> Table:
    """Return a table with no more rows than a page should have, and a note on where all are."""
    if len(table.rows) <= most:
        return table
    note = (
        f"The first {most:,} of {len(table.rows):,} rows; all are in class.csv and class.parquet "
        "beside this page."
    )
    return replace(table, rows=table.rows[:most], notes=(note, *table.notes))


def interval_share(half_width: float) -> str:
    """Return half the width of an interval on the log scale as people read it: ±12 %."""
    return f"±{percent(expm1(half_width))}"
