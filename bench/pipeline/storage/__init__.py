"""Real storage that a data set of the pipeline can lie in. `BACKENDS` is the only list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import ConfigurationError
from bench.pipeline.storage.backend import BackendRequest, Handle, StorageBackend
from bench.pipeline.storage.files import Cold, Disk, Tmpfs
from bench.pipeline.storage.s3 import S3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BACKENDS: dict[str, Callable[[BackendRequest], StorageBackend]] = {
    "disk": Disk.from_request,
    "cold": Cold.from_request,
    "tmpfs": Tmpfs.from_request,
    "s3": S3.from_request,
}
"""Storage backends by name; s3 is a URL, s3://bucket/prefix."""


def is_real_storage(name: str) -> bool:
    """Whether a storage is a real backend, and not a tier to emulate."""
    return name.partition("://")[0] in BACKENDS


def storage_backend(
    text: str, *, folder: Path | None = None, endpoint: str | None = None
) -> StorageBackend:
    """Return an empty storage backend by its name or URL.

    Args:
        text: name or URL.
        folder: of disk and cold: the one to write in (default: runs/ in the current directory).
        endpoint: of s3: the server's URL (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or
            Amazon's).

    Raises:
        ConfigurationError: there is none of that name, or not with these options; it names the
            choices.

    """
    name, scheme, rest = text.partition("://")
    if name not in BACKENDS or (scheme and name != "s3"):
        raise ConfigurationError(
            f"storage: there is none called {text!r}; choose from disk (the files of a folder), "
            "cold (the same, without the system's cache), tmpfs (memory), s3://bucket/prefix"
        )
    return BACKENDS[name](BackendRequest(rest, folder, endpoint))


__all__ = ["BACKENDS", "Handle", "StorageBackend", "is_real_storage", "storage_backend"]
