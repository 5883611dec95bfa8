"""`python -m bench preview`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json, path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from pydantic import BaseModel

NAME = "preview"
SUMMARY = "Show exactly what leaves this machine in a bundle."
EXAMPLES = """\
  python -m bench preview              what a bundle would say of this machine, and why
  python -m bench preview runs/one     exactly what that run's bundle holds
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument(
        "run", nargs="?", type=path, metavar="RUN", help="a run's folder or bundle.json"
    )


def run(options: argparse.Namespace) -> int:
    """Print what a bundle says of this machine, or all that a bundle says."""
    if options.run:
        _show_bundle(options.run)
    else:
        _show_machine(as_json=options.json)
    return DONE


def _show_bundle(run: str) -> None:
    from pathlib import Path

    import orjson

    from bench.bundle import find, parse, verified

    bundle = find(Path(run))
    data = verified(bundle.read_bytes(), str(bundle))
    parse(data, str(bundle))
    streams.print_json(orjson.dumps(orjson.loads(data), option=orjson.OPT_INDENT_2).decode())


def _show_machine(*, as_json: bool) -> None:
    import orjson
    from rich.markup import escape
    from rich.table import Table

    from bench.environment import environment
    from bench.machine import machine
    from hardware_profiles.console import Console

    facts: dict[str, BaseModel] = {"machine": machine(), "before": environment()}
    if as_json:
        fields = {name: model.model_dump(mode="json") for name, model in facts.items()}
        streams.print_json(orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("what is recorded", "value here", "why", "coarsened to", show_lines=True)
    for name, model in facts.items():
        for row in _explain(name, model):
            table.add_row(*map(escape, row))
    console = Console()
    console.print(table)
    console.print(
        "`before` is recorded again after the run. Beside this a bundle holds the options of the "
        "run, names and hashes of the cases, and times as integers; no name, host, address, path "
        "or file of yours. Show a finished run's bundle with `python -m bench preview RUN`.",
        highlight=False,
    )


def _explain(name: str, model: BaseModel) -> Iterable[tuple[str, str, str, str]]:
    for key, field in type(model).model_fields.items():
        extra = field.json_schema_extra
        coarsening = str(extra.get("coarsening", "")) if isinstance(extra, dict) else ""
        value: Any = getattr(model, key)
        text = "\n".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        yield f"{name}.{key}", str(text), field.description or "", coarsening
