"""`python -m bench edition`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json

if TYPE_CHECKING:
    import argparse

NAME = "edition"
SUMMARY = "Count the code of now to the edition of the rules, where a change alters no number."
EXAMPLES = """\
  python -m bench edition     adds to bench/bundle/editions.json
"""
MAINTAINERS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Write the table of editions; print where it is, and what is new in it."""
    import json

    from bench.bundle import EDITION, EDITIONS, editions, write_atomically
    from bench.edition import table, written

    before = {name: len(hashes) for name, hashes in editions().get(EDITION, {}).items()}
    new = [name for name, hashes in table()[EDITION].items() if len(hashes) > before.get(name, 0)]
    write_atomically(EDITIONS, written())
    if options.json:
        answer = {"table": EDITIONS.as_posix(), "edition": EDITION, "new": new}
        streams.print_json(json.dumps(answer, ensure_ascii=False))
        return DONE
    for name in new:
        streams.say(f"edition {EDITION}: {name}")
    print(EDITIONS)
    return DONE
