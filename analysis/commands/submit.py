"""`python -m analysis submit`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.commands.shared import (
    add_course,
    add_ledger,
    add_run,
    course_of,
    ledger_of,
    path_of,
)
from hardware_profiles import streams
from hardware_profiles.command_line import BAD_INPUT, DONE, add_json, path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from analysis.course.remark import Checked
    from analysis.course.submission import Contents
    from analysis.ledger.requirements import Requirement
    from bench.course import Course

NAME = "submit"
SUMMARY = "Pack a run and your ledger into the file to hand in; show what it holds."
EXAMPLES = """\
  python -m analysis submit                     the last run in runs/, and your ledger
  python -m analysis submit runs/one --out hand-in.json.gz
  python -m analysis submit --show              only show what it would hold
"""
MAINTAINERS = False

_PSEUDONYM = re.compile(r"[0-9a-f]{12}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    add_ledger(parser)
    add_course(parser)
    parser.add_argument(
        "--out",
        type=path,
        metavar="FILE",
        help="the file to write (default: hand-in-PSEUDONYM.json.gz here)",
    )
    parser.add_argument("--show", action="store_true", help="write nothing; show what it would")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Show what a hand-in holds and what checking it comes to; write it; print its path."""
    import json
    from dataclasses import asdict
    from pathlib import Path

    from analysis.course.checking import check_bytes
    from analysis.course.remark import Status
    from analysis.errors import AnalysisError
    from bench.bundle import Part, require_writable, write_atomically

    if options.out:
        require_writable(Path(options.out))
    chosen = course_of(options)
    source = path_of(options.run, [Part.CASES])
    file = ledger_of(options)
    if options.ledger and not file.exists():
        raise AnalysisError(f"{file}: there is no such ledger; leave --ledger out to take yours")
    contents = _contents(source, file, write=not options.show)
    data = contents.packed()
    out = Path(options.out or f"hand-in-{contents.pseudonym}.json.gz")
    if out.resolve() in {source.resolve(), file.resolve()}:
        raise AnalysisError(f"{out} is what is handed in itself; name another file with --out")
    checked = check_bytes(data, out.as_posix(), chosen)
    refused = checked.status is Status.REJECTED
    left = _lacking(checked, chosen)
    if options.json:
        answer = {
            "file": None if refused or options.show else out.as_posix(),
            "bytes": len(data),
            "contents": _described(contents),
            "status": checked.status.value,
            "remarks": [remark.record() for remark in checked.remarks],
            "complete": left == (),
            "lacking": left and [asdict(part) for part in left],
        }
        streams.print_json(json.dumps(answer, ensure_ascii=False))
    else:
        _show(contents, checked, len(data))
        _show_what_is_left(left)
    if refused:
        streams.say(f"error: {out} is not written: it would be rejected, for the reasons above")
        return BAD_INPUT
    if not options.show:
        write_atomically(out, data)
        if not options.json:
            print(out)
    return DONE


def _lacking(checked: Checked, course: Course | None) -> tuple[Requirement, ...] | None:
    """Return what it lacks of what a complete hand-in has; None: it cannot be understood."""
    from analysis.ledger.requirements import lacking
    from bench.course import lab_of
    from hardware_profiles.catalogue import catalogue

    if checked.submitted is None:
        return None
    return lacking(checked.submitted.bodies or (), catalogue(), lab_of(course))


def _contents(source: Path, ledger: Path, *, write: bool) -> Contents:
    from datetime import UTC, datetime

    import orjson

    from analysis.course.submission import Contents
    from analysis.ledger import chain
    from bench.bundle import verified

    entries = chain.read(ledger).entries
    bundle = orjson.loads(verified(source.read_bytes(), str(source)))
    return Contents(
        pseudonym=_pseudonym(ledger, write=write),
        written=datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        bundle=bundle,
        ledger=[entry.line().decode().removesuffix("\n") for entry in entries],
    )


def _pseudonym(ledger: Path, *, write: bool) -> str:
    """Return the pseudonym that lies beside the ledger; where there is none, draw one."""
    import secrets

    from analysis.errors import AnalysisError
    from bench.bundle import write_atomically
    from hardware_profiles.text import read_text

    file = ledger.with_name("pseudonym")
    if file.exists():
        text = read_text(file).strip()
        if not _PSEUDONYM.fullmatch(text):
            raise AnalysisError(
                f"{file}: no pseudonym of 12 hexadecimal digits; take the one of your last "
                "hand-in's name, or remove the file to have another"
            )
        return text
    drawn = secrets.token_hex(6)
    if write:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, f"{drawn}\n".encode())
    return drawn


def _described(contents: Contents) -> dict[str, Any]:
    """Return what a submission holds, for JSON."""
    import json

    bodies = [json.loads(line)["body"] for line in contents.ledger]
    kinds: dict[str, int] = {}
    for body in bodies:
        kinds[body["kind"]] = kinds.get(body["kind"], 0) + 1
    run, machine = contents.bundle["run"], contents.bundle["machine"]
    return {
        "pseudonym": contents.pseudonym,
        "written": contents.written,
        "run": {name: run[name] for name in ("preset", "nonce", "state")},
        "cases": len(contents.bundle["cases"]),
        "machine": machine,
        "environment": contents.bundle["before"],
        "ledger": kinds,
        "rationales": [body["text"] for body in bodies if body["kind"] == "rationale"],
        "decisions": [
            {name: value for name, value in body.items() if name != "kind"}
            for body in bodies
            if body["kind"] == "decision"
        ],
    }


def _show_what_is_left(left: Sequence[Requirement] | None) -> None:
    if left is None:
        return
    if not left:
        print("complete: your ledger has all that a complete hand-in has")
        return
    print("not complete; it can be handed in, and lacks")
    for part in left:
        print(f"  {part.text}: {part.detail}")


def _show(contents: Contents, checked: Checked, size: int) -> None:
    from analysis.characters import visible

    described = _described(contents)
    run = described["run"]
    lines = [
        f"a hand-in of {size / 1e3:.0f} kB, under the pseudonym {contents.pseudonym}, holds",
        (
            f"  the run: preset {run['preset']}, {run['state']}, {described['cases']} cases, on "
            f"data of {run['nonce']!r}"
        ),
        "  of the machine, and nothing else of it:",
    ]
    for name, value in described["machine"].items():
        text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        lines.append(f"    {name}: {text}")
    lines += [f"    {name}: {value}" for name, value in described["environment"].items()]
    kinds = ", ".join(f"{count} of {kind}" for kind, count in described["ledger"].items())
    lines.append(f"  the ledger: {kinds or 'no entries'}")
    lines += [
        f"    {text}" for rationale in described["rationales"] for text in rationale.split("\n")
    ]
    lines += [
        f"    {line}"
        for decision in described["decisions"]
        for name, value in decision.items()
        for line in f"{name}: {value}".split("\n")
    ]
    lines.append(f"checked: {checked.status.value}")
    lines += [f"  {remark.severity} {remark.rule}: {remark.line()}" for remark in checked.remarks]
    for line in lines:
        print(visible(line))
