"""Gradescope's results.json: a test a rule, and one a part of the score.

All texts are plain text, since they may quote a student's; all are visible to students, so that
they and their instructor see the same. There is no leaderboard, and no time of this container,
which says nothing. A rule gives no points, so it has none, which is not 0.

Source: gradescope-autograders.readthedocs.io, Autograder Specifications.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.course.formats.report import Kept, Report
    from analysis.course.scores import Part

NAME = "gradescope"
WHAT = "results.json of a Gradescope autograder"
_TEXT, _VISIBLE = "text", "visible"
_PLACES = 2


def write(report: Report) -> bytes:
    """Return results.json."""
    lines = report.summary
    if report.score.is_late:
        lines.append("It was handed in late; what that means is for your instructor to say.")
    document = {
        "score": round(report.points, _PLACES),
        "output": "\n".join(lines),
        "output_format": _TEXT,
        "test_output_format": _TEXT,
        "test_name_format": _TEXT,
        "visibility": _VISIBLE,
        "stdout_visibility": "hidden",
        "tests": [*map(_of_part, report.parts), *map(_of_rule, report.kept)],
        "extra_data": {
            "status": report.score.status.value,
            "submission": report.shown.submission,
            "late": report.score.is_late,
        },
    }
    return json.dumps(document, ensure_ascii=True, allow_nan=False, indent=1).encode() + b"\n"


def _test(name: str, output: str) -> dict[str, Any]:
    return {
        "name": name,
        "name_format": _TEXT,
        "output": output,
        "output_format": _TEXT,
        "visibility": _VISIBLE,
    }


def _of_part(part: Part) -> dict[str, Any]:
    points, of = round(part.points or 0.0, _PLACES), round(part.most or 0.0, _PLACES)
    status = "passed" if points >= of else "failed"
    return _test(f"Points: {part.name}", f"{part.why}.") | {
        "score": points,
        "max_score": of,
        "status": status,
    }


def _of_rule(kept: Kept) -> dict[str, Any]:
    test = _test(f"Rule: {kept.rule.name}", "\n".join(kept.lines))
    if not kept.is_reached:
        return test
    return test | {"status": "passed" if kept.is_kept else "failed"}
