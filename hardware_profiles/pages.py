"""`python -m hardware_profiles.pages FOLDER`: the pages of docs/reference that show all profiles.

A page a category, a page of the disagreements, a JSON Schema a category.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hardware_profiles import command_line
from hardware_profiles.catalogue import catalogue
from hardware_profiles.categories import CATEGORIES
from hardware_profiles.citations import Citations
from hardware_profiles.errors import ProfileError
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware_profiles.catalogue import Catalogue, Profile
    from hardware_profiles.quantity import Quantity

_NOTICE = "<!-- Made by `python -m hardware_profiles.pages docs/reference`; edit the profiles. -->"
_INTRODUCTION = """\
Every number that this project predicts with, and where it comes from. In a terminal,
`python -m hardware_profiles list` and `show` tell the same. How numbers keep their range and their
origin through arithmetic is explained in [quantities](../explanation/quantities.md); how to add a
device, in [its how-to](../how-to/add-a-device.md)."""


def pages(profiles: Catalogue) -> dict[str, str]:
    """Return the text of each page by its path below docs/reference."""
    texts = {"profiles.md": _index(profiles), "disagreements.md": _disagreements(profiles)}
    for category, kind in CATEGORIES.items():
        texts[f"profiles/{category}.md"] = _category(category, profiles)
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        schema |= kind.model_json_schema()
        texts[f"profiles/{category}.schema.json"] = json.dumps(schema, indent=2) + "\n"
    return texts


def _index(profiles: Catalogue) -> str:
    kinds = Counter(quantity.kind for profile in profiles.values() for quantity in _all(profile))
    total = kinds.total()
    lines = [
        "# Hardware profiles",
        _NOTICE,
        _INTRODUCTION,
        f"There are {total} numbers, with all that [disagreeing sources](disagreements.md) say:",
        "\n".join(
            ["| kind | numbers | share |", "|---|---:|---:|"]
            + [f"| {k} | {kinds[k]} | {percent(kinds[k] / total)} |" for k in Kind if kinds[k]]
        ),
    ]
    for category in CATEGORIES:
        rows = [
            f"| [{p.name}](profiles/{category}.md#{p.name}) | {p.title} | {len(p)} |"
            for p in profiles.of(category)
        ]
        head = ["| name | what it is | numbers |", "|---|---|---:|"]
        schema = f"A file is checked against [its schema](profiles/{category}.schema.json)."
        lines += [f"## {category}", "\n".join(head + rows), schema]
    return "\n\n".join(lines) + "\n"


def _all(profile: Profile) -> list[Quantity]:
    """Return its numbers, and all that sources say where they disagree."""
    chosen = profile.disagreements
    plain = [quantity for path, quantity in profile.items() if path not in chosen]
    return plain + [q for disagreement in chosen.values() for q in disagreement.sources.values()]


def _category(category: str, profiles: Catalogue) -> str:
    description = (CATEGORIES[category].__doc__ or "").strip()
    lines = [f"# {category}", _NOTICE, description]
    for profile in profiles.of(category):
        lines += _profile(profile)
    return "\n\n".join(lines) + "\n"


def _profile(profile: Profile) -> list[str]:
    citations = Citations()
    rows = ["| number | value [range] | kind | source | note |", "|---|---|---|---|---|"]
    for path, quantity in profile.items():
        (fact,) = quantity.facts
        formula = f"= `{fact.formula}`" if fact.formula else ""
        note = " ".join(part for part in (formula, _prose(fact.note)) if part)
        if path in profile.disagreements:
            link = f"[sources disagree](../disagreements.md#{_anchor(profile.name, path)})"
            note = f"{link}. {note}" if note else link
        row = (f"`{path}`", quantity.text(), str(quantity.kind), citations.cite(fact), note)
        rows.append("| " + " | ".join(_cell(part) for part in row) + " |")
    texts = [f"- {path}: {_prose(text)}" for path, text in profile.texts.items()]
    remarks = [
        f"- {_prose(remark.text)} ({_prose(profile.sources[remark.source].title)})"
        for remark in profile.remarks
    ]
    sources = [f"{place}. {_prose(text)}" for place, text in citations.sources()]
    parts = [
        f'<a id="{profile.name}"></a>\n\n## {profile.title}',
        f"`{profile.name}`. {profile.summary}",
    ]
    parts += ["\n".join(part) for part in (texts, remarks, rows, sources) if part]
    return parts


def _disagreements(profiles: Catalogue) -> str:
    lines = [
        "# Where sources disagree",
        _NOTICE,
        "What each source says, which one is used, and why.",
    ]
    for profile in profiles.values():
        for path, disagreement in profile.disagreements.items():
            rows = ["| source | says | kind | note | |", "|---|---|---|---|---|"]
            for name, quantity in disagreement.sources.items():
                (fact,) = quantity.facts
                origin = (
                    f"= `{fact.formula}`"
                    if fact.formula
                    else f"{_prose(fact.source)} ({fact.year})"
                )
                used = "used" if name == disagreement.used else ""
                row = (
                    f"{name}: {origin}",
                    quantity.text(),
                    str(quantity.kind),
                    _prose(fact.note),
                    used,
                )
                rows.append("| " + " | ".join(_cell(part) for part in row) + " |")
            anchor = _anchor(profile.name, path)
            lines += [
                f'<a id="{anchor}"></a>\n\n## {profile.name}: {path}',
                f"{profile.title}. {disagreement.why}",
                "\n".join(rows),
            ]
    return "\n\n".join(lines) + "\n"


def _anchor(name: str, path: str) -> str:
    return f"{name}-{path}".replace(".", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _prose(text: str) -> str:
    """Keep what a source wrote from being read as Markdown."""
    return text.replace("*", "\\*").replace("<", "&lt;")


def write(folder: Path) -> None:
    """Write all pages below a folder."""
    for name, text in pages(catalogue()).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages as a command line says; return the exit status."""
    parser = argparse.ArgumentParser("python -m hardware_profiles.pages", description=__doc__)
    parser.add_argument("folder", type=command_line.path, help="docs/reference")
    parser.set_defaults(run_command=_run)
    return command_line.main(parser, (ProfileError,), arguments)


def _run(options: argparse.Namespace) -> int:
    write(Path(options.folder))
    return command_line.DONE


if __name__ == "__main__":
    sys.exit(main())
