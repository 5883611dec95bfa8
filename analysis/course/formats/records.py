"""JSON: files with all remarks, and the rules that were applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.course.formats.report import Report
    from analysis.course.remark import Checked

NAME = "json"
WHAT = "all remarks with their places and remedies"
SCHEMA = "data-factory/check"
SCHEMA_VERSION = 1


def write(report: Report) -> bytes:
    """Return a JSON document."""
    score = report.score
    document = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "files": [_file(each) for each in report.checked],
        "counts": report.shown.file if score.counted else None,
        "score": score.points,
        "parts": [
            {"name": part.name, "points": part.points, "of": part.most, "why": part.why}
            for part in report.parts
        ],
        "late": score.is_late,
        "rules": [{"name": rule.name, "what": rule.what} for rule in report.rules.values()],
    }
    return json.dumps(document, ensure_ascii=True, allow_nan=False, indent=1).encode() + b"\n"


def _file(checked: Checked) -> dict[str, Any]:
    return {
        "file": checked.file,
        "submission": checked.submission,
        "status": checked.status.value,
        "remarks": [remark.record() for remark in checked.remarks],
    }
