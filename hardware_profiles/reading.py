"""One file of a profile: read, checked, and laid out as numbers and texts by their dotted paths."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import ValidationError

from hardware_profiles.categories import CATEGORIES
from hardware_profiles.compiled import FILES
from hardware_profiles.errors import ProfileError
from hardware_profiles.problems import sentence
from hardware_profiles.rows import Choice, Formula, Same, Stated, Table
from hardware_profiles.text import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from hardware_profiles.categories.thing import Thing

AnyRow: TypeAlias = Stated | Formula | Same | Choice
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HEAD = ("title", "summary", "sources", "remarks")
# What to do where pydantic's message does not say it.
_REMEDIES = {
    "missing": "is missing",
    "string_pattern_mismatch": "is not written so; a text is one line without blanks around it, "
    "a key has small letters, digits and _, a reference is `profile:path`",
    "extra_forbidden": "is no key of this table; leave it out, or see docs/reference for what is",
}


@dataclass(frozen=True)
class Sheet:
    """A checked file: `rows` and `texts` by path; a choice's sources are rows, too."""

    name: str
    category: str
    place: str
    thing: Thing
    rows: dict[str, AnyRow] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def read_all(folder: Path) -> tuple[dict[str, Sheet], set[str], list[str]]:
    """Read all files of a folder, which has a folder for each category.

    Returns:
        the sheets by name, the names of broken files, and every problem.

    """
    sheets: dict[str, Sheet] = {}
    broken: set[str] = set()
    problems = [
        f"{path.relative_to(folder.parent).as_posix()}: there is no category {path.parent.name}; "
        f"there are {', '.join(CATEGORIES)}"
        for path in sorted(folder.glob(f"*/{FILES}"))
        if path.parent.name not in CATEGORIES
    ]
    for category, kind in CATEGORIES.items():
        for path in sorted((folder / category).glob(FILES)):
            sheet, file_problems = read(path, category, kind)
            problems += file_problems
            if not sheet or file_problems:
                broken.add(path.stem)
            elif sheet.name in sheets:
                other = sheets[sheet.name].place
                problems.append(f"{sheet.place}: {other} has that name already; choose another")
            else:
                sheets[sheet.name] = sheet
    return sheets, broken, problems


def read(path: Path, category: str, kind: type[Thing]) -> tuple[Sheet | None, list[str]]:
    """Read a file; return its sheet, or None and every problem with its place and remedy."""
    place = path.relative_to(path.parents[1].parent).as_posix()
    if not _NAME.fullmatch(path.stem):
        return None, [f"{place}: name the file in small letters, digits and _, a letter first"]
    try:
        document = _document(path)
    except ProfileError as error:
        return None, [f"{place}: {error}"]
    problems = [f"{place}: {problem}" for problem in _source_problems(document)]
    try:
        thing = kind.model_validate(document)
    except ValidationError as error:
        invalid = [f"{place}: {_problem(detail)}" for detail in error.errors()]
        return None, [*invalid, *problems]
    sheet = Sheet(path.stem, category, place, thing)
    for name in type(thing).model_fields:
        if name not in _HEAD:
            _lay_out(sheet, name, getattr(thing, name))
    return sheet, problems


def _document(path: Path) -> dict[str, Any]:
    """Return a file's content.

    Raises:
        ProfileError: it cannot be read, or is no TOML.

    """
    try:
        return tomllib.loads(decoded(path.read_bytes()))
    except OSError as error:
        raise ProfileError(f"this cannot be read: {error.strerror}") from error
    except ValueError as error:  # also of a number with thousands of digits
        raise ProfileError(f"this is no TOML: {error}") from error
    except RecursionError as error:
        raise ProfileError("this is nested too deep to be a profile") from error


def _problem(detail: ErrorDetails) -> str:
    steps = [str(step) for step in detail["loc"] if not str(step).startswith("<")]
    if steps[-1:] == ["[key]"]:
        steps.pop()
    text = _REMEDIES.get(detail["type"]) or sentence(detail)
    return f"{'.'.join(steps) or 'the file'}: {text}"


def _lay_out(sheet: Sheet, path: str, value: object) -> None:
    if isinstance(value, str):
        sheet.texts[path] = value
    elif isinstance(value, Choice):
        sheet.rows[path] = value
        for name, row in value.rows.items():
            sheet.rows[f"{path}.{name}"] = row
    elif isinstance(value, Stated | Formula | Same):
        sheet.rows[path] = value
    elif isinstance(value, Table):
        for name in type(value).model_fields:
            _lay_out(sheet, f"{path}.{name}", getattr(value, name))
    elif isinstance(value, dict):
        for name, part in value.items():
            _lay_out(sheet, f"{path}.{name}", part)


def _source_problems(document: dict[str, Any]) -> list[str]:
    """Return what is wrong between a file's numbers and its sources.

    It looks at the file as it is written, so that these come with all other problems.
    """
    sources = document.get("sources")
    numbers = {key: part for key, part in document.items() if key != "sources"}
    citing = [(path, row) for path, row in _tables(numbers) if isinstance(row.get("source"), str)]
    if not isinstance(sources, dict) or not all(isinstance(s, dict) for s in sources.values()):
        return []  # reported already
    problems = []
    for path, row in citing:
        source = sources.get(row["source"])
        if sources and source is None:
            problems.append(
                f"{path}.source: {row['source']!r} is none of the file's sources "
                f"({', '.join(sources)}); add it below [sources]"
            )
        elif (
            source
            and "value" in row
            and row.get("kind") != "assumed"
            and {"checked": None, **source, **row}["checked"] == "unverified"
        ):
            problems.append(
                f"{path}.kind: {row.get('kind')} needs a source that was read; without one the "
                "number is assumed, with a range"
            )
    unused = set(sources) - {row["source"] for _, row in citing}
    return problems + [f"sources.{key}: no number uses it; delete it" for key in sorted(unused)]


def _tables(value: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every table with its dotted path."""
    if isinstance(value, dict):
        yield path, value
        for key, part in value.items():
            yield from _tables(part, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _tables(part, f"{path}.{index}")
