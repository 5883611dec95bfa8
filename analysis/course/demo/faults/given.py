"""What a fault is made from: an honest student's submission, opened."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from analysis.course.demo import ledgers
from analysis.course.submission import SCHEMA, SCHEMA_VERSION
from bench.bundle import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from analysis.course.submission import Contents
    from analysis.ledger.entries import Body

Document = dict[str, Any]

REJECTED, LOOK, SOUND = "rejected", "look", "sound"


@dataclass(frozen=True)
class Given:
    """A submission, and random numbers to spoil it with."""

    contents: Contents
    rng: np.random.Generator

    def document(self) -> Document:
        """Return the submission as a document of its own, with a full ledger, not sealed."""
        contents = self.contents
        document: Document = orjson.loads(
            orjson.dumps(
                {
                    "schema": SCHEMA,
                    "schema_version": SCHEMA_VERSION,
                    "pseudonym": contents.pseudonym,
                    "written": contents.written,
                    "bundle": contents.bundle,
                    "ledger": self.ledger(),
                }
            )
        )
        return document

    def bodies(self) -> list[Body]:
        """Return what a full ledger holds: every question locked, every rationale written."""
        habits = ledgers.Habits(locks=1.0, sharpness=1.0, knows=0.5, writes=1.0)
        return ledgers.bodies(self.rng, habits, self.contents.bundle["run"]["nonce"])

    def ledger(self) -> list[str]:
        """Return the lines of a full ledger."""
        return ledgers.lines(self.bodies())

    def text(self) -> bytes:
        """Return the submission as it is before it is packed."""
        return canonical.dumps(sealed(self.document()))


class Fault(NamedTuple):
    """A kind of bad file."""

    make: Callable[[Given], bytes]
    status: str
    """What checking it must come to: rejected, look, or sound where it only looks bad."""
    rule: str | None
    """The rule that must say so; None: none has to."""
    suffix: str = ".json.gz"
    """Of its name."""


def sealed(document: Document) -> Document:
    """Return a submission with its bundle's digest, and its own, made anew."""
    bundle = document.get("bundle")
    if isinstance(bundle, dict):
        bundle.pop(canonical.DIGEST_KEY, None)
        bundle[canonical.DIGEST_KEY] = canonical.digest(bundle)
    return document


def packed(text: bytes) -> bytes:
    """Return bytes as gzip packs them."""
    return gzip.compress(text, 6, mtime=0)


def edited(change: Callable[[Given, Document], None]) -> Callable[[Given], bytes]:
    """Return what makes a file of a changed document, with all digests redone."""

    def make(given: Given) -> bytes:
        document = given.document()
        change(given, document)
        return packed(canonical.dumps(sealed(document)))

    return make


def in_haste(change: Callable[[Given, Document], None]) -> Callable[[Given], bytes]:
    """Return what makes a file of a document that is changed and keeps its old digests."""

    def make(given: Given) -> bytes:
        document = orjson.loads(canonical.dumps(given.document()))
        change(given, document)
        return packed(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))

    return make


def replaced(old: bytes, new: bytes) -> Callable[[Given], bytes]:
    """Return what makes a file in whose text some bytes are replaced once."""

    def make(given: Given) -> bytes:
        text = given.text()
        if old not in text:
            raise ValueError(f"{old!r} is not there")
        return packed(text.replace(old, new, 1))

    return make
