"""What autograders get: valid by their own schemas, whatever was handed in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from analysis.course.checking import check_bytes
from analysis.course.formats import FORMATS
from analysis.course.formats.report import LONGEST_LINE, MOST_LINES, Report
from analysis.course.remark import Checked, Remark, Severity
from analysis.course.rules import RULES
from analysis.errors import AnalysisError
from bench.course import Course
from tests.analysis.course import hand_ins

COURSE = Course.model_validate({
    "name": "Lab", "term": "autumn", "nonce": hand_ins.bundle()["run"]["nonce"],
    "preset": hand_ins.bundle()["run"]["preset"], "division": "open", "points": 2.0,
    "questions": [{"name": "gravity", "points": 0.5}, {"name": "drift", "points": 0.25}],
}, strict=False)  # fmt: skip
MOMENT = datetime(2026, 10, 14, 22, 0, 5, tzinfo=UTC)
RUNNER = {
    "CLASSROOM": "cs-principles",
    "ASSIGNMENT": "data-factory",
    "SUBMISSION_TAG": "submit/2026-10-14T21-59-00Z-a1b2c3d",
    "COMMIT_URL": "https://example.org/o/r/commit/a1b2c3d",
    "RELEASE_URL": "https://example.org/o/r/releases/tag/x",
    "OWNER": "jdoe",
    "ASSIGNMENT_TYPE": "individual",
}
WRONG = Remark("pins", Severity.REJECT, "python", "3.11", "3.9\u202e<b>" + "x" * 5000, "install it")

# After the table of fields in Gradescope's Autograder Specifications; nothing else is taken.
_TEXT = {"type": "string"}
_VISIBILITY = {"enum": ["visible", "hidden", "after_due_date", "after_published"]}
_FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [
        {"required": ["score"]},
        {"properties": {"tests": {"contains": {"required": ["score"]}}}},
    ],
    "properties": {
        "score": {"type": "number", "minimum": 0},
        "output": _TEXT,
        "output_format": _FORMAT,
        "test_output_format": _FORMAT,
        "test_name_format": _FORMAT,
        "visibility": _VISIBILITY,
        "stdout_visibility": _VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": _TEXT,
                    "name_format": _FORMAT,
                    "number": _TEXT,
                    "output": _TEXT,
                    "output_format": _FORMAT,
                    "visibility": _VISIBILITY,
                },
            },
        },
    },
}
# After schemas/result-v1.schema.json of foundation50/classroom50.
_FILLED = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 0}
CLASSROOM50 = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("schema", "classroom", "assignment", "assignment_type", "owner", "submission"),
        *("commit", "release", "review", "datetime", "score", "max-score", "tests"),
    ],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "classroom": _FILLED,
        "assignment": _FILLED,
        "assignment_type": {"enum": ["individual", "group"]},
        "owner": _FILLED,
        "submission": {"type": "string", "pattern": "^submit/"},
        "commit": _FILLED,
        "release": _FILLED,
        "review": _FILLED,
        "datetime": {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$",
        },
        "score": _COUNT,
        "max-score": _COUNT,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": _FILLED,
                    "passed": {"type": "boolean"},
                    "score": _COUNT,
                    "max-score": _COUNT,
                },
            },
        },
    },
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "gradescope": GRADESCOPE,
    "classroom50": CLASSROOM50,
    "json": {"type": "object"},
}

HANDED_IN = {
    "good": [hand_ins.good(hand_ins.lock(), hand_ins.score())],
    "without a lock": [hand_ins.good()],
    "edited": [hand_ins.edited()],
    "empty": [b""],
    "hostile": [hand_ins.HOSTILE],
    "several": [hand_ins.good(), hand_ins.edited(), hand_ins.HOSTILE],
    "all bad": [b"", b"{", hand_ins.edited()],
}


def report(*files: bytes | Checked, course: Course | None = COURSE, **runner: str) -> Report:
    checked = [
        each if isinstance(each, Checked) else check_bytes(each, f"{place}.json.gz", course)
        for place, each in enumerate(files)
    ]
    return Report(checked, RULES, course, MOMENT, RUNNER | runner)


def written(name: str, of: Report) -> Any:
    return json.loads(FORMATS[name].write(of))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("files", HANDED_IN.values(), ids=HANDED_IN)
@pytest.mark.parametrize("course", [COURSE, None], ids=["course", "no course"])
def test_it_is_what_its_system_takes(name: str, files: list[bytes], course: Course | None) -> None:
    document = written(name, report(*files, course=course))
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(document)


def by_name(document: Any, key: str) -> dict[str, Any]:
    return {test[key]: test for test in document["tests"]}


def test_gradescope_has_a_test_for_each_rule_and_points_for_each_part() -> None:
    document = written("gradescope", report(hand_ins.good(hand_ins.lock(), hand_ins.score())))
    tests = by_name(document, "name")
    assert {f"Rule: {name}" for name in RULES} <= tests.keys()
    assert all("score" not in tests[f"Rule: {name}"] for name in RULES)
    points = {n: (t["score"], t["max_score"]) for n, t in tests.items() if n.startswith("Points")}
    assert points == {
        "Points: run": (2.0, 2.0), "Points: gravity": (0.5, 0.5), "Points: drift": (0.0, 0.25),
    }  # fmt: skip
    assert document["score"] == 2.5
    assert "no prediction was made before its answer" in tests["Points: drift"]["output"]
    assert "leaderboard" not in document
    assert "execution_time" not in document


def test_what_a_student_sees_is_what_an_instructor_sees_as_plain_text() -> None:
    document = written("gradescope", report(*HANDED_IN["several"]))
    assert document["visibility"] == "visible"
    assert {test["visibility"] for test in document["tests"]} == {"visible"}
    assert {test["output_format"] for test in document["tests"]} == {"text"}
    assert document["output_format"] == document["test_output_format"] == "text"
    assert document["stdout_visibility"] == "hidden"


def test_a_rejected_file_has_no_points_and_says_why_where_and_what_to_do() -> None:
    document = written("gradescope", report(hand_ins.edited()))
    tests = by_name(document, "name")
    assert document["score"] == 0
    assert [t["score"] for t in document["tests"] if "score" in t] == [0, 0, 0]
    assert tests["Rule: json"]["status"] == "passed"
    assert tests["Rule: digest"]["status"] == "failed"
    assert "digest: expected" in tests["Rule: digest"]["output"]
    assert "status" not in tests["Rule: physics" if "Rule: physics" in tests else "Rule: trust"]
    assert "not looked at" in tests["Rule: trust"]["output"]


def test_the_last_that_is_not_rejected_is_shown() -> None:
    document = written("gradescope", report(*HANDED_IN["several"]))
    assert document["score"] == 2
    assert "0.json.gz counts" in document["output"]
    assert document["output"].count("rejected, for the reasons below") == 2


def test_something_to_look_at_fails_nothing() -> None:
    good = check_bytes(hand_ins.good(), "x", COURSE)
    look = Remark("trust", Severity.LOOK, "cases[3]", "a calm machine", "a busy one", "run again")
    odd = Checked(good.file, good.submission, (look, *good.remarks), good.submitted)
    document = written("gradescope", report(odd))
    test = by_name(document, "name")["Rule: trust"]
    assert (document["score"], test["status"]) == (2, "passed")
    assert "To look at; it costs nothing by itself: cases[3]: expected a calm" in test["output"]


def test_what_a_stranger_wrote_is_bounded_and_shows_what_it_hides() -> None:
    good = check_bytes(hand_ins.good(), "x", COURSE)
    bad = Checked("na\u202eme\n" * 900, good.submission, (WRONG,) * 900, good.submitted)
    for name in ("gradescope", "classroom50"):
        text = json.dumps(written(name, report(bad)), ensure_ascii=False)
        assert "\u202e" not in text
        assert len(text) < (MOST_LINES + len(RULES)) * (LONGEST_LINE + 500)
    test = by_name(written("gradescope", report(bad)), "name")["Rule: pins"]
    assert "⟨U+202E⟩" in test["output"]
    assert f"... and {900 - MOST_LINES} more." in test["output"]


def test_classroom50_has_whole_points_the_same_for_all_of_a_course() -> None:
    best = written("classroom50", report(hand_ins.good(hand_ins.lock(), hand_ins.score())))
    worst = written("classroom50", report(b""))
    assert (best["score"], best["max-score"]) == (10, 11)
    assert (worst["score"], worst["max-score"]) == (0, 11)
    tests = by_name(best, "test-name")
    assert (tests["points: run"]["score"], tests["points: gravity"]["max-score"]) == (8, 2)
    assert not by_name(worst, "test-name")["rule: json"]["passed"]
    assert best["datetime"] == "2026-10-14T22:00:05Z"
    assert best["review"] == best["commit"] == RUNNER["COMMIT_URL"]
    other = written("classroom50", report(b"", REVIEW_URL="https://example.org/compare"))
    assert other["review"] == "https://example.org/compare"


def test_classroom50_says_which_variables_are_missing() -> None:
    with pytest.raises(AnalysisError, match="CLASSROOM, RELEASE_URL not set"):
        written("classroom50", report(b"", CLASSROOM="", RELEASE_URL=""))


def test_json_has_remarks_rules_and_points() -> None:
    document = written("json", report(*HANDED_IN["several"]))
    assert [file["status"] for file in document["files"]] == ["look", "rejected", "rejected"]
    assert document["files"][1]["remarks"][0]["rule"] == "digest"
    assert (document["counts"], document["score"]) == ("0.json.gz", 2)
    assert [rule["name"] for rule in document["rules"]] == list(RULES)
    assert written("json", report(b""))["score"] is None
