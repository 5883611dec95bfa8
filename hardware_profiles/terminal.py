"""Profiles as tables in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from hardware_profiles.citations import Citations
from hardware_profiles.provenance import tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from hardware_profiles.catalogue import Profile
    from hardware_profiles.quantity import Quantity


_TABLE_WIDTH = 80


def show_list(console: Console, profiles: Sequence[Profile]) -> None:
    """Print a line for each profile, with how its numbers are known."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("category", "name", "what it is"):
        table.add_column(heading, overflow="fold")
    table.add_column("numbers", justify="right")
    table.add_column("assumed", justify="right")
    before = None
    for profile in profiles:
        assumed = sum(quantity.kind == "assumed" for quantity in profile.values())
        category = profile.category if profile.category != before else ""
        before = profile.category
        numbers = str(len(profile)), str(assumed or "")
        table.add_row(category, f"[bold]{profile.name}[/]", escape(profile.title), *numbers)
    console.print(table)
    console.print("`python -m hardware_profiles show NAME` shows the numbers and their sources.")


def show_profile(console: Console, profile: Profile) -> None:
    """Print all numbers of a profile, what sources disagree on, remarks and sources."""
    console.print(f"[bold]{escape(profile.title)}[/] ({profile.name}; {profile.category})")
    console.print(escape(profile.summary), end="\n\n")
    for path, text in profile.texts.items():
        console.print(f"{path}: {escape(text)}")
    show_numbers(console, profile, profile.numbers)


def show_numbers(console: Console, profile: Profile, numbers: Mapping[str, Quantity]) -> None:
    """Print some numbers of a profile, with the sources of these."""
    cited = Citations()
    rows = [_row(path, quantity, cited) for path, quantity in numbers.items()]
    if console.width < _TABLE_WIDTH:
        console.print()
        for path, value, kind, origin in rows:
            console.print(f"{path}: {value} ({kind}) {origin}", highlight=False)
    else:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("number", no_wrap=True)
        table.add_column("value [range]", overflow="fold")
        table.add_column("kind")
        table.add_column("source", justify="right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    _disagreements(console, profile, numbers, cited)
    if profile.remarks and numbers is profile.numbers:
        _heading(console, "Remarks")
        for remark in profile.remarks:
            source = profile.sources[remark.source]
            _item(console, f"{remark.text} ({source.title}, {source.year})")
    derived = frozenset(f for q in numbers.values() for f in q.facts if f.inputs)
    if derived:
        _heading(console, "Worked out from")
        roots = derived.difference(*(fact.under for fact in derived))
        console.print(escape("\n".join(tree(roots))), soft_wrap=True)
    _sources(console, cited)


def _row(path: str, quantity: Quantity, cited: Citations) -> tuple[str, str, str, str]:
    """Return a number's path, value, kind and origin, fit to be printed."""
    (fact,) = quantity.facts
    origin = f"= {fact.formula}" if fact.formula else cited.cite(fact)
    return path, escape(quantity.text()), str(quantity.kind), escape(origin)


def show_number(console: Console, profile: Profile, path: str) -> None:
    """Print a number with its record, its tree, and what other sources say."""
    quantity = profile[path]
    (fact,) = quantity.facts
    first, *below = tree([fact])
    rest = escape("\n".join([first.removeprefix(fact.name), *below]))
    console.print(f"[bold]{escape(fact.name)}[/]{rest}", soft_wrap=True)
    if not fact.inputs:
        console.print(f"  {escape(fact.locator)} ({fact.year}; {fact.checked})", soft_wrap=True)
    if fact.note:
        console.print(f"  note: {escape(fact.note)}", soft_wrap=True)
    cited = Citations()
    _disagreements(console, profile, {path: quantity}, cited)
    _sources(console, cited)


def _disagreements(
    console: Console, profile: Profile, numbers: Mapping[str, Quantity], cited: Citations
) -> None:
    for path, disagreement in profile.disagreements.items():
        if path not in numbers:
            continue
        _heading(console, f"Sources disagree on {path}")
        console.print(escape(disagreement.why), highlight=False)
        for name, quantity in disagreement.sources.items():
            used = " <- used" if name == disagreement.used else ""
            (fact,) = quantity.facts
            text = f"{name}: {quantity.text()} ({quantity.kind}) {cited.cite(fact)}{used}"
            _item(console, f"{text}; {fact.note}" if fact.note else text)


def _sources(console: Console, cited: Citations) -> None:
    if cited.sources():
        _heading(console, "Sources")
    for place, text in cited.sources():
        console.print(escape(f"  [{place}] {text}"), highlight=False, soft_wrap=True)


def _heading(console: Console, text: str) -> None:
    console.print(f"\n[bold]{escape(text)}[/]", highlight=False)


def _item(console: Console, text: str) -> None:
    console.print(Padding(escape(f"- {text}"), (0, 0, 0, 2)), highlight=False)
