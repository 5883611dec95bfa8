"""The user's folder of caches: where it is on each system, and what is kept there of this project.

Light: the standard library only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def folder() -> Path | None:
    """Return this project's folder among the user's caches, which may be new; None: no home."""
    try:
        caches = {
            "win32": Path.home() / "AppData" / "Local",
            "darwin": Path.home() / "Library" / "Caches",
        }.get(sys.platform, Path.home() / ".cache")
    except RuntimeError:
        return None
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    if named and Path(named).is_absolute():
        caches = Path(named)
    return caches / "data-factory"
