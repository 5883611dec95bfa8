"""`python -m hardware_profiles audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles.command_line import BAD_INPUT, DONE, add_json, path

if TYPE_CHECKING:
    import argparse

NAME = "audit"
SUMMARY = (
    "Look for numbers that contradict a source, mix units, settings or methods, or lack a range."
)
EXAMPLES = """\
  python -m hardware_profiles audit
  python -m hardware_profiles audit my_profiles             a folder with devices/, tiers/, ...
  python -m hardware_profiles audit --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument(
        "folder", nargs="?", type=path, metavar="FOLDER", help="of profiles (default: those here)"
    )


def run(options: argparse.Namespace) -> int:
    """Print what breaks a rule; the exit status is 1 where something does."""
    import json
    from pathlib import Path

    from hardware_profiles.audit import RULES, audit
    from hardware_profiles.catalogue import SHIPPED
    from hardware_profiles.numerals import counted

    findings = audit(Path(options.folder) if options.folder else SHIPPED)
    if options.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{finding.place}: {finding.path}: {finding.rule}: {finding.text}")
        print(f"{counted(len(findings), 'finding')} by {counted(len(RULES), 'rule')}")
    return BAD_INPUT if findings else DONE
