"""Rows of small classes, as checking keeps them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from bench.course import Course

COURSE = Course.model_validate({
    "name": "Data Factory lab",
    "term": "2026 autumn",
    "nonce": "autumn-26",
    "due": "2026-10-14T22:00:00+00:00",
    "points": 4.0,
    "questions": [{"name": "gravity", "points": 2.0}, {"name": "drift", "points": 1.5}],
}, strict=False)  # fmt: skip
A, B, C = "a" * 12, "b" * 12, "c" * 12


def submission(
    pseudonym: str | None,
    written: str | None = "2026-10-14T21:40Z",
    status: str = "sound",
    *,
    file: str | None = None,
    key: str | None = None,
    reasons: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A row of SUBMISSIONS, as far as scores need it."""
    name = file or f"{pseudonym}-{(written or 'x').replace(':', '')}.json.gz"
    return {
        "submission": key or sha256(name.encode()).hexdigest()[:16],
        "file": name,
        "pseudonym": pseudonym,
        "status": status,
        "written": written,
        "reasons": list(reasons),
    }


def lock(key: str, question: str, choice: str | None = "drive", **changes: Any) -> dict[str, Any]:
    """A row of LOCKS: an interval in time, right, that holds the value."""
    usual = {
        "submission": key,
        "question": question,
        "choice": choice,
        "low": 2.0,
        "high": 8.0,
        "confidence": 0.9,
        "late": False,
        "answer": "drive",
        "value": 5.0,
        "right": True,
        "held": True,
        "interval_score": 6.0,
        "tries": 3,
        "rationale": "Bits have a rate.",
    }
    return usual | changes
