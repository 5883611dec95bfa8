"""Files as students hand them in: good, bad and hostile ones."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from analysis.course.submission import Contents
from analysis.ledger.entries import FIRST, Entry, Lock, Score
from tests.conftest import ROOT

if TYPE_CHECKING:
    from analysis.ledger.entries import Body

GOLDEN = ROOT / "tests/golden/one-core.json"
PSEUDONYM = "a1b2c3d4e5f6"


def bundle() -> dict[str, Any]:
    """A small bundle that was really measured."""
    document: dict[str, Any] = json.loads(GOLDEN.read_bytes())
    return document


def ledger(*bodies: Body) -> list[str]:
    """The lines of a ledger with these entries."""
    lines, previous = [], FIRST
    for number, body in enumerate(bodies):
        entry = Entry(number=number, previous=previous, body=body)
        lines.append(entry.line().decode().rstrip("\n"))
        previous = entry.digest()
    return lines


def lock(question: str = "gravity", choice: str = "drive") -> Lock:
    """A prediction of gravity, in the unit that the lab asks for."""
    return Lock(question=question, choice=choice, low=1, high=9, unit="1", confidence=0.8)


def score(question: str = "gravity", choice: str = "drive") -> Score:
    """How it came out."""
    return Score(
        question=question, choice=choice, value=5.0, right=True, held=True, interval_score=8.0
    )


def good(*bodies: Body, written: str = "2026-10-14T21:40Z") -> bytes:
    """A hand-in with a ledger."""
    return Contents(PSEUDONYM, written, bundle(), ledger(*bodies)).packed()


def edited() -> bytes:
    """A hand-in of which a sample was changed and nothing else."""
    text = gzip.decompress(good())
    return gzip.compress(text.replace(b'"pseudonym":"a1', b'"pseudonym":"a2', 1))


def bomb() -> bytes:
    """A gigabyte of blanks, packed."""
    return gzip.compress(b" " * 2**20, 9) * 1024


HOSTILE_NAME = "<script>alert(1)</script>$(touch pwned);`touch pwned`.json"
HOSTILE = b'{"schema": "=cmd|calc", "__import__(\'os\').system(\'touch pwned\')": "\\u202e<b>"}'
