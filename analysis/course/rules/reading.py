"""Rules of reading, in order: what one refuses, the next ones never see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from analysis.course import strict
from analysis.course.intake import MOST_FILE_BYTES, IntakeError, read_file, refusal, too_large
from analysis.course.intake import unpacked as unpack
from analysis.course.remark import Remark, Severity
from analysis.course.submission import SCHEMA, SCHEMA_VERSION
from analysis.ledger import chain, known
from analysis.ledger.chain import LedgerError
from bench.bundle import SCHEMA as BUNDLE_SCHEMA
from bench.bundle import BundleError, validated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.course.draft import Draft

_REMEDY = "hand in what submit writes, as it is"
_KEYS = {"schema", "schema_version", "pseudonym", "written", "bundle", "ledger", "digest"}
_FORMS = {
    "pseudonym": (re.compile(r"[0-9a-f]{12}"), "12 hexadecimal digits"),
    "written": (
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z"),
        "a time such as 2026-10-14T21:40Z",
    ),
}
_MOST_ENTRIES = 10_000
_MOST_REMARKS = 20
"""Of one rule: whoever wrote the file finds the others by these."""


def file(draft: Draft) -> None:
    """Take the bytes of a regular file."""
    if draft.path is not None:
        draft.data = read_file(draft.path)


def size(draft: Draft) -> None:
    """Refuse what is larger than a submission can be."""
    if len(draft.data) > MOST_FILE_BYTES:
        raise too_large(len(draft.data))


def compression(draft: Draft) -> None:
    """Unpack it, no further than a submission can be large."""
    draft.text = unpack(draft.data)


def json(draft: Draft) -> None:
    """Take the document, if it has one meaning."""
    draft.document = strict.document(draft.text)


def schema(draft: Draft) -> None:
    """Tell a submission from a bundle alone; each has its keys and no others."""
    name = draft.document.get("schema")
    if name == BUNDLE_SCHEMA:
        draft.bundle_document = draft.document
        return
    if name != SCHEMA:
        raise refusal(
            "schema", f"{SCHEMA} or {BUNDLE_SCHEMA}", _shown(name), _REMEDY, path="schema"
        )
    version = draft.document.get("schema_version")
    if type(version) is not int or version < 1:
        raise refusal("schema", str(SCHEMA_VERSION), _shown(version), _REMEDY, "schema_version")
    if version > SCHEMA_VERSION:
        update = "update this program; a newer one wrote the file"
        raise refusal("schema", f"up to {SCHEMA_VERSION}", str(version), update, "schema_version")
    _require_keys(draft.document)
    draft.bundle_document = draft.document["bundle"]


def _require_keys(document: dict[str, Any]) -> None:
    keys = set(document)
    if keys != _KEYS:
        missing, more = sorted(_KEYS - keys), sorted(keys - _KEYS)
        what = [*(f"no {key}" for key in missing), *(f"also {_shown(key)}" for key in more)]
        raise refusal("schema", ", ".join(sorted(_KEYS)), ", ".join(what)[:200], _REMEDY)
    for key, (form, words) in _FORMS.items():
        value = document[key]
        if not (isinstance(value, str) and form.fullmatch(value)):
            raise refusal("schema", words, _shown(value), _REMEDY, path=key)
    if not isinstance(document["bundle"], dict):
        raise refusal("schema", "an object", _shown(document["bundle"]), _REMEDY, path="bundle")
    lines = document["ledger"]
    if not (isinstance(lines, list) and all(isinstance(line, str) for line in lines)):
        raise refusal("schema", "a list of lines", _shown(lines), _REMEDY, path="ledger")
    if len(lines) > _MOST_ENTRIES:
        raise refusal("schema", f"at most {_MOST_ENTRIES}", str(len(lines)), _REMEDY, path="ledger")


def digest(draft: Draft) -> None:
    """Refuse what was changed after it was written, by accident or in haste."""
    parts = {"bundle": draft.bundle_document}
    if draft.is_submission:
        parts[""] = draft.document
    for path, part in parts.items():
        place = f"{path}.digest" if path and draft.is_submission else "digest"
        if not strict.claimed_digest_is_right(part):
            raise refusal(
                "digest",
                "the SHA-256 of what it holds",
                "another: it was changed after it was written",
                _REMEDY,
                path=place,
            )


class ManyError(IntakeError):
    """A file that cannot be taken, for several reasons at once."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        super().__init__(remarks[0])
        self.remarks = tuple(remarks)


def bundle(draft: Draft) -> None:
    """Take the bundle: types, ranges, and what fits together; all problems at once."""
    prefix = "bundle." if draft.is_submission else ""
    try:
        draft.bundle = validated(draft.bundle_document, "the bundle")
    except BundleError as error:
        raise ManyError([_of_problem(problem, prefix) for problem in error.problems]) from error


def _of_problem(problem: str, prefix: str) -> Remark:
    place, colon, what = problem.partition(": ")
    if not colon:
        place, what = "", problem
    expected = "a bundle as its schema says"
    return Remark(
        "bundle", Severity.REJECT, prefix + place if place else "", expected, what, _REMEDY
    )


def ledger(draft: Draft) -> None:
    """Take the ledger: each entry bound to the one before, and none that nobody could have made."""
    if not draft.is_submission:
        return
    lines = [line.encode("utf-8", "surrogatepass") for line in draft.document["ledger"]]
    try:
        entries = chain.entries(lines, "ledger")
    except LedgerError as error:
        place, _, what = str(error).partition(": ")
        what, _, remedy = what.partition("; ")
        raise refusal(
            "ledger", "a chain of entries as they were written", what, remedy, _line(place)
        ) from error
    draft.entries = tuple(entry.body for entry in entries)
    wrong = [
        Remark(
            "ledger", Severity.REJECT, f"ledger[{number}]", "an entry of the lab", reason, _REMEDY
        )
        for number, body in enumerate(draft.entries)
        if (reason := known.why_not(body))
    ]
    if wrong:
        raise ManyError(wrong[:_MOST_REMARKS])


def _line(place: str) -> str:
    """Return `ledger[4]` for `ledger, line 5`."""
    number = place.rpartition(" ")[2]
    return f"ledger[{int(number) - 1}]" if number.isdecimal() else "ledger"


def _shown(value: object) -> str:
    try:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
    except TypeError:
        text = type(value).__name__
    if not text:
        return "an empty text"
    return text if len(text) <= 60 else f"{text[:60]}..."
