"""Appends numbered entries to a ledger, and prints each number once it is acknowledged."""

from __future__ import annotations

import sys
from pathlib import Path

from analysis.ledger import chain
from analysis.ledger.entries import Try


def entry(writer: str, number: int) -> Try:
    """Return an entry that says who wrote it, and which it is."""
    return Try(
        act="gravity",
        track="cloud_titan",
        settings={"writer": writer, "text": "x" * 90},
        outcome={"number": float(number)},
    )


if __name__ == "__main__":
    name, path, first, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    for number in range(first, first + count):
        chain.append(path, [entry(name, number)])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
