"""The secret that opens the lab, kept for a day among the user's own files.

So a page goes on after its server was ended and started again; nobody else can read it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from hardware_profiles import caches

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "lab-secret"
_LIFE_S = 86_400
_FORM = re.compile(rb"[A-Za-z0-9_-]{43}")
_FOR_NOBODY_ELSE = 0o600


def secret() -> str:
    """Return the secret of this user: the one that is kept, or else another, which is kept."""
    folder = caches.folder()
    place = folder and folder / _FILE
    kept = place and _kept(place)
    if kept:
        return kept
    drawn = secrets.token_urlsafe(32)
    if place:
        _keep(place, drawn)
    return drawn


def derived(secret: str, purpose: str) -> str:
    """Return a secret for one purpose, which says nothing of the one for another."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _kept(place: Path) -> str | None:
    """Return what is kept; None: nothing that is young, as it was drawn, and the user's alone."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(place, flags)
    except (OSError, ValueError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode) or not _is_private(facts):
            return None
        if not 0 <= time.time() - facts.st_mtime < _LIFE_S:
            return None
        data = file.read(100)
    return data.decode() if _FORM.fullmatch(data) else None


def _is_private(facts: os.stat_result) -> bool:
    """Tell whether a file is the user's, and nobody else's; on Windows its folder sees to that."""
    if os.name == "nt":
        return True
    return facts.st_uid == os.getuid() and not facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _keep(place: Path, text: str) -> None:
    """Write a secret, whole or not at all; where that cannot be, it lives as long as this process.

    Another process may do so at the same time: the last one's stays.
    """
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    with suppress(OSError, ValueError):
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FOR_NOBODY_ELSE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
