"""JSON from strangers: one meaning, whoever reads it.

The fast way: parse it, write it again in canonical form, and compare the bytes. Repeated keys, NaN,
huge integers, floats in other words, white space and any other order show there. Only where bytes
differ does the slow way look for what is the matter.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from analysis.course.intake import refusal
from bench.bundle import canonical
from hardware_profiles.errors import TextError
from hardware_profiles.text import decoded

_LARGEST = 2**53 - 1
_DEEPEST = 40
"""Lists and objects within each other. A bundle has 8."""
_REMEDY = "hand in what submit writes, as it is; an editor may have changed it"


class _AmbiguousError(ValueError):
    """Readers may take it for different things."""


def document(data: bytes) -> dict[str, Any]:
    """Return the object that bytes hold.

    Raises:
        IntakeError: they hold none, or one that readers may take for different things.

    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        saved_anew = _saved_anew(data)
        if saved_anew is not None:
            return saved_anew
        raise refusal("json", "a JSON document", _why_not(data, str(error)), _REMEDY) from error
    if not isinstance(value, dict):
        raise refusal("json", "an object", f"a {_kind(value)}", _REMEDY)
    return value if written(value) == data else _restored(data, value)


def written(value: dict[str, Any]) -> bytes:
    """Return an object as canonical bytes, its digests as they are."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _restored(data: bytes, value: Any) -> dict[str, Any]:
    """Return an object that was saved anew with its meaning intact.

    Raises:
        IntakeError: its meaning is not sure.

    """
    require_plain(data.decode())
    if _depth(value) > _DEEPEST:
        raise refusal("json", f"at most {_DEEPEST} levels", "more", _REMEDY)
    restored: dict[str, Any] = value
    return restored


def _saved_anew(data: bytes) -> dict[str, Any] | None:
    """Return what an editor saved in another encoding; None: it is not that."""
    try:
        text = decoded(data).strip()
        value = orjson.loads(text)
    except (TextError, ValueError, RecursionError):
        return None
    return _restored(text.encode(), value) if isinstance(value, dict) else None


def require_plain(text: str) -> None:
    """Refuse JSON that readers may take for different things.

    Raises:
        IntakeError: a key stands twice in an object, or a number is NaN, infinite or huge.

    """
    try:
        json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_small_integer
        )
    except _AmbiguousError as error:
        raise refusal("json", "JSON with one meaning", str(error), _REMEDY) from None
    except (ValueError, RecursionError) as error:
        raise refusal("json", "a JSON document", str(error), _REMEDY) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _AmbiguousError(f"the key {twice[:60]!r} twice in one object")
    return result


def _no_constant(name: str) -> None:
    raise _AmbiguousError(f"the number {name}")


def _small_integer(text: str) -> int:
    if len(text) > len(str(_LARGEST)) + 1 or abs(int(text)) > _LARGEST:
        raise _AmbiguousError(f"an integer beyond 2**53: {text[:24]}")
    return int(text)


def _depth(value: object) -> int:
    """Return how many lists and objects lie within each other."""
    depth, level = 0, [value]
    while level := [
        inner
        for each in level
        if isinstance(each, dict | list)
        for inner in (each.values() if isinstance(each, dict) else each)
    ]:
        depth += 1
    return depth


def _why_not(data: bytes, reason: str) -> str:
    """Say what bytes are that are no JSON: the commonest mistakes by name."""
    if not data:
        return "nothing: the file is empty"
    if data.startswith((b"PK", b"%PDF", b"<", b"\x89PNG")):
        return "a file of another kind (an archive, a PDF, a page or a picture)"
    try:
        require_plain(data.decode())
    except UnicodeDecodeError:
        return "bytes that are no text"
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the remark says it
        remark = getattr(error, "remark", None)
        return remark.actual if remark else reason
    return reason


def _kind(value: object) -> str:
    return {list: "list", str: "text", bool: "truth value", type(None): "null"}.get(
        type(value), "number"
    )


def claimed_digest_is_right(value: dict[str, Any]) -> bool:
    """Tell whether a document's digest is that of its content."""
    content = {key: each for key, each in value.items() if key != canonical.DIGEST_KEY}
    return bool(canonical.digest(content) == value.get(canonical.DIGEST_KEY))
