"""One file of a profile: read, checked, and laid out as numbers and texts by their dotted paths."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pydantic import ValidationError

from hardware_profiles.rows import Choice, Formula, Same, Stated, Table

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from hardware_profiles.categories.thing import Thing

AnyRow: TypeAlias = Stated | Formula | Same | Choice
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HEAD = ("title", "summary", "sources", "remarks")
# What to do where pydantic's own words do not say it.
_REMEDIES = {
    "missing": "is missing",
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


def read(path: Path, category: str, kind: type[Thing]) -> tuple[Sheet | None, list[str]]:
    """Read a file; return its sheet, or None and every problem with its place and remedy."""
    place = path.relative_to(path.parents[2]).as_posix()
    if not _NAME.fullmatch(path.stem):
        return None, [f"{place}: name the file in small letters, digits and _, a letter first"]
    try:
        document = tomllib.loads(path.read_bytes().decode())
    except UnicodeDecodeError as error:
        return None, [f"{place}: byte {error.start} is no UTF-8; save the file as UTF-8"]
    except tomllib.TOMLDecodeError as error:
        return None, [f"{place}: this is no TOML: {error}"]
    except RecursionError:
        return None, [f"{place}: this is nested too deep to be a profile"]
    try:
        thing = kind.model_validate(document)
    except ValidationError as error:
        return None, [f"{place}: {_problem(detail)}" for detail in error.errors()]
    sheet = Sheet(path.stem, category, place, thing)
    for name in type(thing).model_fields:
        if name not in _HEAD:
            _lay_out(sheet, name, getattr(thing, name))
    return sheet, _sources(sheet)


def _problem(detail: ErrorDetails) -> str:
    steps = [str(step) for step in detail["loc"] if not str(step).startswith("<")]
    if steps[-1:] == ["[key]"]:
        steps.pop()
    text = _REMEDIES.get(detail["type"], detail["msg"].removeprefix("Value error, "))
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


def _sources(sheet: Sheet) -> list[str]:
    """Return what is wrong between numbers and the file's sources."""
    problems = []
    known = sheet.thing.sources
    remarks = [(f"remarks.{i}", remark.source) for i, remark in enumerate(sheet.thing.remarks)]
    stated = [(path, row) for path, row in sheet.rows.items() if isinstance(row, Stated)]
    for path, source in [*((path, row.source) for path, row in stated), *remarks]:
        if source not in known:
            problems.append(
                f"{sheet.place}: {path}.source: {source!r} is none of the file's sources "
                f"({', '.join(known)}); add it below [sources]"
            )
    for path, row in stated:
        if row.source not in known or row.kind == "assumed":
            continue
        if (row.checked or known[row.source].checked) == "unverified":
            problems.append(
                f"{sheet.place}: {path}.kind: {row.kind} needs a source that was read; without "
                "one the number is assumed, with a range"
            )
    unused = set(known) - {row.source for _, row in stated} - {source for _, source in remarks}
    problems += [
        f"{sheet.place}: sources.{key}: no number uses it; delete it" for key in sorted(unused)
    ]
    return problems
