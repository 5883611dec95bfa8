"""Decode files of other writers: `python -m tests.hostile.other_writers --files 20000`.

Exit status 1 if any decoder misread a file, or refused it for what is not so.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.hostile.other_writers.survey import file, lacking, outcomes, writers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hostile.other_writers.survey import Outcome

_EXAMPLES = 3


class Tally:
    """What became of all files, by writer and codec."""

    def __init__(self) -> None:
        self.files: Counter[tuple[str, str]] = Counter()
        self.kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.examples: dict[tuple[str, str], list[str]] = defaultdict(list)

    def note(self, form: str, writer: str, seed: str, how: str, result: Outcome) -> None:
        """Count what a decoder made of a file."""
        key = (writer, result.codec)
        self.kinds[key][result.kind] += 1
        if result.kind == "wrong" and len(self.examples[key]) < _EXAMPLES:
            again = f"--writer '{form}/{writer}' --seed {seed}"
            self.examples[key].append(f"{result.reason}\n    {how}\n    {again}")

    @property
    def wrong(self) -> int:
        """Number of decodes that went wrong."""
        return sum(counts["wrong"] for counts in self.kinds.values())

    def show(self, console: Console, seconds: float) -> None:
        """Print what became of the files, and examples of what is wrong."""
        decodes = sum(counts.total() for counts in self.kinds.values())
        title = f"{self.files.total():,} files, {decodes:,} decodes, {seconds:.0f} s"
        table = Table(title=title)
        for name in ("codec", "writer"):
            table.add_column(name, no_wrap=True)
        for name in ("equal", "refused", "wrong"):
            table.add_column(name, justify="right")
        for writer, codec in sorted(self.kinds, key=lambda key: (key[1], key[0])):
            counts = self.kinds[writer, codec]
            numbers = (f"{counts[kind]:,}" for kind in ("equal", "refused", "wrong"))
            table.add_row(codec, writer, *numbers)
        console.print(table)
        for (writer, codec), examples in sorted(self.examples.items()):
            for example in examples:
                console.print(f"{codec} of {writer}: {example}", markup=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.hostile.other_writers", description=__doc__
    )
    parser.add_argument("--files", type=int, default=1_000, help="of all writers together")
    parser.add_argument("--writer", default="", help="only those that begin so: parquet/polars")
    parser.add_argument("--seed", default="1", help="NUMBER, or NUMBER.FILE for one file alone")
    options = parser.parse_args(arguments)
    chosen = [pair for pair in writers() if "/".join(pair).startswith(options.writer)]
    if not chosen:
        parser.error("no writer is called so")
    for library in lacking():
        sys.stderr.write(f"{library} is not installed: it writes no files\n")
    tally, started = Tally(), time.perf_counter()
    alone = "." in options.seed
    for number in range(len(chosen) if alone else options.files):
        form, writer = chosen[number % len(chosen)]
        seed = options.seed if alone else f"{options.seed}.{number // len(chosen)}"
        one = file(form, writer, seed)
        tally.files[form, writer] += 1
        for result in outcomes(one):
            tally.note(form, writer, seed, f"{one.layout} {one.written.how}", result)
    tally.show(Console(width=None if sys.stdout.isatty() else 120), time.perf_counter() - started)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
