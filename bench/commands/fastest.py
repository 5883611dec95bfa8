"""`python -m bench fastest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json, path

if TYPE_CHECKING:
    import argparse

NAME = "fastest"
SUMMARY = "Write which decoder is the fastest, from a run of all."
EXAMPLES = """\
  python -m bench fastest runs/all     writes formats/fastest.json
"""
MAINTAINERS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("run", type=path, metavar="RUN", help="a run of the preset peers")


def run(options: argparse.Namespace) -> int:
    """Write the table of the fastest decoders; print where it is, and what changed in it."""
    import json
    from pathlib import Path

    import orjson

    from bench.bundle import read, write_atomically
    from bench.fastest import table
    from formats.registry import MEASURED

    written = table(read(Path(options.run)))
    before, after = orjson.loads(MEASURED.read_bytes()), orjson.loads(written)
    write_atomically(MEASURED, written)
    changes = [
        {"direction": direction, "layout": layout, "payload": payload, "was": was, "is": name}
        for direction, layouts in after.items()
        for layout, payloads in layouts.items()
        for payload, name in payloads.items()
        if (was := before.get(direction, {}).get(layout, {}).get(payload)) != name
    ]
    if options.json:
        answer = {"table": MEASURED.as_posix(), "changes": changes}
        streams.print_json(json.dumps(answer, ensure_ascii=False))
        return DONE
    for change in changes:
        streams.say("{direction} {layout} {payload}: {was} -> {is}".format(**change))
    print(MEASURED)
    return DONE
