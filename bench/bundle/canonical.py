"""The one byte form of a document: RFC 8785's, for integers, strings, lists and objects.

Keys sorted, no spaces, UTF-8, no floats, no integer beyond 2**53. Equal content is equal bytes, so
a digest of the bytes is a digest of the content.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import orjson

from hardware_profiles.text import decoded

DIGEST_KEY = "digest"


def dumps(document: dict[str, Any]) -> bytes:
    """Return a document as canonical bytes, with the digest of everything else under `digest`."""
    content = {key: value for key, value in document.items() if key != DIGEST_KEY}
    return _bytes({**content, DIGEST_KEY: digest(content)})


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a document without its digest.

    It shows that a file was changed by accident or in haste. It is no proof of origin: whoever
    can write the file can compute it too.
    """
    return hashlib.sha256(_bytes(content)).hexdigest()


def _bytes(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS, default=_row)


def _row(value: object) -> tuple[object, ...]:
    """Write a named tuple as a row."""
    if isinstance(value, tuple):
        return tuple(value)
    raise TypeError(f"a document cannot hold {type(value).__name__}")


def restored(data: bytes) -> bytes:
    """Return the canonical bytes of a document that a shell or an editor has saved anew.

    Encoding, marks, white space and the order of keys say nothing, and the digest shows that the
    rest is what was written. What it does not show that of is returned as it is, in UTF-8.

    Raises:
        TextError: it is no text.

    """
    text = decoded(data).strip()
    plain = text.encode()
    try:
        document = orjson.loads(plain)
        if not isinstance(document, dict) or _repeats_a_key(text):
            return plain
    except (ValueError, RecursionError):
        return plain
    claimed = document.pop(DIGEST_KEY, None)
    return dumps(document) if claimed == digest(document) else plain


def _repeats_a_key(text: str) -> bool:
    """Whether readers may take an object of a document for different things."""
    repeated = False

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        repeated = repeated or len(dict(pairs)) != len(pairs)
        return dict(pairs)

    json.loads(text, object_pairs_hook=note)
    return repeated


def problems(data: bytes) -> list[str]:
    """Say why bytes are not a canonical document with a right digest; empty where they are."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return [f"not JSON: {error}; it may have been cut off or edited by hand"]
    if not isinstance(document, dict):
        return ["the top level is not an object"]
    if _bytes(document) != data:
        return [
            "not in canonical form (sorted keys, no spaces, no repeated keys, no huge integers)"
        ]
    claimed = document.pop(DIGEST_KEY, None)
    if claimed != digest(document):
        return [f"{DIGEST_KEY}: does not match the content, which was changed after it was written"]
    return []
