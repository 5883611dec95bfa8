"""`python -m analysis glossary`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles.command_line import DONE, path

if TYPE_CHECKING:
    import argparse

NAME = "glossary"
SUMMARY = "Write the page that says what the words of reports mean."
EXAMPLES = """\
  python -m analysis glossary                     writes docs/reference/glossary.md
  python -m analysis glossary --out glossary.html
"""
MAINTAINERS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--out",
        type=path,
        metavar="FILE",
        default="docs/reference/glossary.md",
        help="default: docs/reference/glossary.md",
    )


def run(options: argparse.Namespace) -> int:
    """Write the page; print its path."""
    from pathlib import Path

    from analysis.render import write
    from analysis.report import glossary

    write(glossary.document(), Path(options.out), ".md")
    print(options.out)
    return DONE
