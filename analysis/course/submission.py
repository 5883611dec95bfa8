"""The file that a student hands in: a bundle and the ledger, under a pseudonym; nothing else."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.bundle import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "data-factory/submission"
SCHEMA_VERSION = 1
SUFFIX = ".json.gz"
"""Of the file's name."""
_LEVEL = 6
"""Of compression: what more gains a hundredth."""


@dataclass(frozen=True)
class Contents:
    """What a submission holds."""

    pseudonym: str
    """12 hexadecimal digits, drawn once: they tell one student's submissions from another's."""
    written: str
    """When it was packed, UTC, to the minute: 2026-10-14T21:40Z."""
    bundle: dict[str, Any]
    """The run's document, with its own digest."""
    ledger: Sequence[str]
    """Its lines, as they stand in the file: each has the hash of the one before."""

    def packed(self) -> bytes:
        """Return it as bytes: canonical JSON with a digest, compressed; the same for the same."""
        document = {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "pseudonym": self.pseudonym,
            "written": self.written,
            "bundle": self.bundle,
            "ledger": list(self.ledger),
        }
        return gzip.compress(canonical.dumps(document), _LEVEL, mtime=0)
