"""Files and people of a class brought together: who handed in what, and what cannot be told.

Nothing is guessed. Two people who may both be meant are listed as such and none of them is taken;
files without a person and people without a file are listed, too. What comes of it stays on the
instructor's machine: in grade files, never in a class's page or tables.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from analysis.course.identity import SUFFIX, WHOLE, clue, folder_clue
from analysis.course.roster import plain, squeeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from analysis.course.identity import Clue
    from analysis.course.roster import Person


class Directory:
    """People, to be looked up by what systems call them."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self._ids: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._names: dict[str, set[int]] = defaultdict(set)
        for place, person in enumerate(people):
            for kind, values in person.ids.items():
                for value in values:
                    self._ids[kind][plain(value)].add(place)
            for name in person.squeezed - {""}:
                self._names[name].add(place)

    def knows(self, kind: str) -> bool:
        """Tell whether anybody's such name is known."""
        return bool(self._ids.get(kind))

    def called(self, kind: str, value: str) -> set[int]:
        """Return who is called so, by place in `people`."""
        return set(self._ids.get(kind, {}).get(plain(value), ())) if value.strip() else set()

    def named(self, name: str) -> set[int]:
        """Return whose name that is, however it is written together."""
        return set(self._names.get(squeeze(name), ()))

    def ending(self, text: str) -> set[int]:
        """Return who is called as the longest end of a text behind a hyphen."""
        low = plain(text)
        for place, character in enumerate(low):
            if character == "-" and (those := self.called(SUFFIX, low[place + 1 :])):
                return those
        return set()

    def meant(self, of: Clue) -> set[int]:
        """Return whom a clue may mean; several: it cannot be told which."""
        for kind, value in of.ids.items():
            if those := self.called(kind, value):
                return those
        if of.pattern:
            # Whoever has such a name in the roster has another one than the clue's.
            return {
                place
                for place in self.named(of.name)
                if not any(self.people[place].first(kind) for kind in of.ids)
            }
        whole = set().union(*(self.called(kind, of.text) for kind in WHOLE))
        return whole or self.ending(of.text) or self.named(of.text)


@dataclass(frozen=True)
class Joined:
    """Who handed in what."""

    people: Sequence[Person]
    owners: Mapping[str, int]
    """By file, whose it is, by place in `people`."""
    lines: tuple[str, ...]
    """What could not be told, a line each."""


def joined(
    submissions: Iterable[Mapping[str, Any]], people: Sequence[Person], identity_from: str
) -> Joined:
    """Return who handed in what.

    Args:
        submissions: rows of `analysis.course.tables.SUBMISSIONS`.
        people: of the roster.
        identity_from: a name of `SOURCES`.

    """
    directory, rows = Directory(people), list(submissions)
    meant = SOURCES[identity_from]
    owners: dict[str, int] = {}
    lines: list[str] = []
    by_pseudonym: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        file, pseudonym = str(row["file"]), str(row.get("pseudonym") or "")
        those = meant(directory, file, pseudonym)
        if len(those) == 1:
            (owners[file],) = those
            if pseudonym:
                by_pseudonym[pseudonym] |= those
        elif those:
            names = " or ".join(people[place].title for place in sorted(those))
            lines.append(f"{file}: may be of {names}; say which in the roster")
        else:
            lines.append(f"{file}: of nobody in the roster")
    lines += [
        f"pseudonym {pseudonym}: handed in by {', '.join(sorted(people[p].title for p in those))}"
        for pseudonym, those in by_pseudonym.items()
        if len(those) > 1
    ]
    with_files = set(owners.values())
    lines += [
        f"{person.title}: no submission"
        for place, person in enumerate(people)
        if place not in with_files
    ]
    return Joined(people, owners, tuple(lines))


def late_files(submissions: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the files that the system which collected them calls late, in a name on their path."""
    files = {str(row["file"]) for row in submissions}
    return frozenset(f for f in files if any(clue(part).is_late for part in _path(f).parts))


def _by_folder(directory: Directory, file: str, _pseudonym: str) -> set[int]:
    of = folder_clue(_path(file).parts[:-1])
    return directory.meant(of) if of else set()


def _by_filename(directory: Directory, file: str, _pseudonym: str) -> set[int]:
    return directory.meant(clue(_path(file).name))


def _by_roster(directory: Directory, _file: str, pseudonym: str) -> set[int]:
    return directory.called("pseudonym", pseudonym)


def _path(file: str) -> PurePosixPath:
    return PurePosixPath(file.replace("\\", "/"))


SOURCES: dict[str, Callable[[Directory, str, str], set[int]]] = {
    "folder": _by_folder,
    "filename": _by_filename,
    "roster": _by_roster,
}
"""Where it stands who handed in a file: what `--identity-from` takes."""
