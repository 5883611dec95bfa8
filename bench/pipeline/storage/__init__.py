"""Real places where a pipeline's data set can lie, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import ConfigurationError
from bench.pipeline.storage.backend import Handle, Place, Wish
from bench.pipeline.storage.files import Cold, Disk, Tmpfs
from bench.pipeline.storage.s3 import S3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLACES: dict[str, Callable[[Wish], Place]] = {
    "disk": Disk.at,
    "cold": Cold.at,
    "tmpfs": Tmpfs.at,
    "s3": S3.at,
}
"""Places by name; s3 is a URL, s3://bucket/prefix."""


def place(text: str, *, folder: Path | None = None, endpoint: str | None = None) -> Place:
    """Return a place where nothing lies yet, by its name or URL.

    folder: of disk and cold, the one to write in (default: runs/ in the current directory).
    endpoint: of s3, the server's URL (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or Amazon's).

    Raises:
        ConfigurationError: there is no such place, or not so; it names the choices.

    """
    name, scheme, rest = text.partition("://")
    if name not in PLACES or (scheme and name != "s3"):
        raise ConfigurationError(
            f"storage: there is none called {text!r}; choose from disk (the files of a folder), "
            "cold (the same, past the system's cache), tmpfs (memory), s3://bucket/prefix"
        )
    return PLACES[name](Wish(rest, folder, endpoint))


__all__ = ["PLACES", "Handle", "Place", "place"]
