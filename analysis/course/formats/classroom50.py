"""Classroom 50's result.json, as its runner reads it in a student's checkout.

Its scores are whole numbers: points are multiplied by what makes those of the course whole, the
same for all of its students. Who owns it is stamped by the runner; what the runner says in its
environment is repeated here. The time is that of the check where the runner says no other.

Source: schemas/result-v1.schema.json and the page Advanced Autograding of foundation50/classroom50.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from analysis.course.formats.report import one_line
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.course.formats.report import Kept, Report
    from analysis.course.scores import Part

NAME = "classroom50"
WHAT = "result.json of Classroom 50"
SCHEMA = "classroom50/result/v1"
NEEDED = {
    "classroom": ("CLASSROOM",),
    "assignment": ("ASSIGNMENT",),
    "submission": ("SUBMISSION_TAG",),
    "commit": ("COMMIT_URL",),
    "release": ("RELEASE_URL",),
    "review": ("REVIEW_URL", "COMMIT_URL"),
}
"""Fields, and the variables that have them, the first that is set."""
OPTIONAL = {"owner": ("OWNER", "USERNAME"), "assignment_type": ("ASSIGNMENT_TYPE",)}
_FINEST = 1_000
"""Parts of a point: courses are not written in finer ones."""


def write(report: Report) -> bytes:
    """Return result.json.

    Raises:
        AnalysisError: a variable of the runner is not set.

    """
    factor = _factor([part.most or 0.0 for part in report.parts])
    tests = [_of_part(part, factor) for part in report.parts]
    document = {
        "schema": SCHEMA,
        **_fields(report.environment),
        "datetime": report.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": [*tests, *map(_of_rule, report.kept)],
    }
    return json.dumps(document, ensure_ascii=True, allow_nan=False, indent=1).encode() + b"\n"


def _fields(environment: Mapping[str, str]) -> dict[str, str]:
    result, missing = {}, []
    for field, names in NEEDED.items():
        value = next((environment[name] for name in names if environment.get(name)), "")
        result[field] = value
        if not value:
            missing.append(names[0])
    if missing:
        raise AnalysisError(
            f"--format {NAME}: {', '.join(missing)} not set in the environment; it is for the "
            "runner of Classroom 50, which sets them (--format json needs nothing)"
        )
    for field, names in OPTIONAL.items():
        if value := next((environment[name] for name in names if environment.get(name)), ""):
            result[field] = value
    return result


def _factor(points: Sequence[float]) -> int:
    """Return the least number that makes all points whole.

    >>> _factor([1.0, 0.5, 0.25]), _factor([3.0])
    (4, 1)
    """
    fractions = [Fraction(value).limit_denominator(_FINEST) for value in points]
    return math.lcm(*(fraction.denominator for fraction in fractions))


def _of_part(part: Part, factor: int) -> dict[str, Any]:
    most = round((part.most or 0.0) * factor)
    score = min(round((part.points or 0.0) * factor), most)
    return {
        "test-name": f"points: {part.name}",
        "passed": score >= most,
        "score": score,
        "max-score": most,
        "output": f"{part.why}.",
    }


def _of_rule(kept: Kept) -> dict[str, Any]:
    return {
        "test-name": f"rule: {kept.rule.name}",
        "passed": kept.is_kept,
        "score": 0,
        "max-score": 0,
        "output": one_line(" ".join(kept.lines)),
    }
