"""Decode damaged bytes by the ten thousand: `python -m tests.hostile.fuzz --decodes 50000`.

Exit status 1 if any decode broke the contract of `Codec.decode`; each is listed with the command
that repeats it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from formats.registry import DECODERS, LAYOUTS
from tests.hostile import bombs, children, corpus
from tests.hostile.children import Blast, Job, Result, Round

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = 25
GRAND = 10
"""Scale of a second set of bombs, for the canonical layouts with one payload."""

_GRAND_PAYLOAD = "tokens"


def rounds(
    pairs: Sequence[tuple[str, str]], seed: int, decodes: int, steps: int = STEPS
) -> list[Round]:
    """Spread at least so many decodes over codecs and payloads, every one as often."""
    each = ceil(decodes / steps / max(1, len(pairs)))
    return [
        Round(codec, name, seed, number, steps) for number in range(each) for codec, name in pairs
    ]


@dataclass
class Tally:
    """What became of all decodes, by codec."""

    total: int
    started: float = field(default_factory=time.perf_counter)
    decodes: int = 0
    by_codec: dict[str, list[Result]] = field(default_factory=lambda: defaultdict(list))
    reported_s: float = 0.0

    def note(self, result: Result) -> None:
        """Count a result, and report now and then."""
        self.by_codec[result.job.codec].append(result)
        self.decodes += result.decodes
        for step, problem in result.problems:
            sys.stderr.write(f"{result.job.again}, step {step}: {problem}\n")
        elapsed = time.perf_counter() - self.started
        if elapsed > self.reported_s + 5:
            self.reported_s = elapsed
            sys.stderr.write(
                f"{elapsed:5.0f} s: {self.decodes:,} of {self.total:,} decodes, "
                f"{self.violations} violations\n"
            )
            sys.stderr.flush()

    @property
    def violations(self) -> int:
        """Number of decodes that broke the contract."""
        return sum(len(result.problems) for rows in self.by_codec.values() for result in rows)

    def show(self, console: Console, how: str) -> None:
        """Print what became of the decodes, by codec, and each violation."""
        table = Table(title=f"{self.decodes:,} decodes of damaged bytes")
        table.add_column("codec", no_wrap=True, min_width=max(map(len, self.by_codec), default=0))
        for name in ("decodes", "refused", "returned", "violations", "slowest job"):
            table.add_column(name, justify="right")
        for codec in sorted(self.by_codec):
            _add(table, codec, self.by_codec[codec])
        table.add_section()
        _add(table, "all", [result for rows in self.by_codec.values() for result in rows])
        console.print(table)
        console.print(f"Memory of a decode is bounded by {how}.")
        for rows in self.by_codec.values():
            for result in rows:
                for step, problem in result.problems:
                    again = f"python -m tests.hostile.fuzz {result.job.again}"
                    console.print(f"\n{problem}\n  step {step} of: {again}", markup=False)


def _add(table: Table, name: str, results: list[Result]) -> None:
    counts = (
        sum(result.decodes for result in results),
        sum(result.refused for result in results),
        sum(result.returned for result in results),
        sum(len(result.problems) for result in results),
    )
    slowest = max((result.seconds for result in results), default=0.0)
    table.add_row(name, *(f"{count:,}" for count in counts), f"{slowest:.1f} s")


def jobs_of(options: argparse.Namespace) -> list[Job]:
    """Return what is asked for."""
    pairs = [
        (codec, name)
        for codec, name in corpus.pairs()
        if codec.startswith(options.codec) and name.startswith(options.payload)
        if codec == options.codec or options.codec not in DECODERS
    ]
    value: list[Job] = []
    if options.round is None and not options.no_bombs:
        for bomb, codec, name in bombs.names():
            if (codec, name) in pairs and options.bomb in {None, bomb}:
                value.append(Blast(codec, name, bomb, options.scale or 1))
                canonical = LAYOUTS[DECODERS[codec].layout].canonical
                if options.scale is None and canonical and name == _GRAND_PAYLOAD:
                    value.append(Blast(codec, name, bomb, GRAND))
    if options.bomb is None:
        planned = rounds(pairs, options.seed, options.decodes, options.steps)
        if options.round is not None:
            planned = [Round(*pair, options.seed, options.round, options.steps) for pair in pairs]
        value += planned
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz", description=__doc__)
    parser.add_argument("--decodes", type=int, default=50_000, help="of mutated bytes, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--codec", default="", help="only those that begin so")
    parser.add_argument("--payload", default="", help="only those that begin so")
    parser.add_argument("--round", type=int, help="only this round of each codec and payload")
    parser.add_argument("--steps", type=int, default=STEPS, help="decodes of a round")
    parser.add_argument("--bomb", help="only this bomb")
    parser.add_argument("--scale", type=int, help="size of the bombs; by default 1, and some of 10")
    parser.add_argument("--no-bombs", action="store_true", help="mutated bytes alone")
    parser.add_argument("--keep", type=Path, help="folder for bytes that broke the contract")
    options = parser.parse_args(arguments)
    jobs = jobs_of(options)
    if not jobs:
        parser.error("no codec, payload or bomb is called so")
    tally = Tally(sum(job.steps if isinstance(job, Round) else 1 for job in jobs))
    how = children.run(jobs, tally.note)
    tally.show(Console(), how)
    if options.keep:
        keep(options.keep, [r for rows in tally.by_codec.values() for r in rows if r.problems])
    return 1 if tally.violations else 0


def keep(folder: Path, results: Sequence[Result]) -> None:
    """Write the bytes of decodes that broke the contract."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, result in enumerate(results):
        steps = {step for step, _ in result.problems}
        for step, data in enumerate(result.job.inputs()):
            if step in steps:
                name = f"{number}-{result.job.codec.replace('/', '-')}-{step}.bin"
                (folder / name).write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
