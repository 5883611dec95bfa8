"""How a command's result is shown: as JSON, or on the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from analysis.render import json, terminal

if TYPE_CHECKING:
    import argparse

    from analysis.document import Document

_PIPE_WIDTH = 160
"""Columns where the output is no terminal and COLUMNS is not set: no row of a table is broken."""


def show(options: argparse.Namespace, document: Document, *, last_first: bool = False) -> None:
    """Print a document as JSON where that is asked for, else as text."""
    if options.json:
        print(json.text(document))
        return
    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    console = Console(highlight=False, width=_PIPE_WIDTH if wide else None)
    terminal.show(console, document, last_first=last_first)
