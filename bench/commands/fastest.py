"""`python -m bench fastest`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hardware_profiles.command_line import DONE, add_json

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
    parser.add_argument("run", metavar="RUN", help="a run of the preset peers")


def run(options: argparse.Namespace) -> int:
    """Write the table of the fastest decoders; print where it is, and what changed in it."""
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
        print(orjson.dumps({"table": MEASURED.as_posix(), "changes": changes}).decode())
        return DONE
    for change in changes:
        print("{direction} {layout} {payload}: {was} -> {is}".format(**change), file=sys.stderr)
    print(MEASURED)
    return DONE
