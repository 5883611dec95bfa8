"""What a storage backend is: a place where one object is written once and read in ranges."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bench.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class StorageBackend(Protocol):
    """Storage of one object. Picklable: it is sent to worker processes."""

    @property
    def name(self) -> str:
        """Return the name of this kind of backend."""

    @property
    def start_methods(self) -> tuple[str, ...]:
        """Return the start methods of processes that may open the object."""

    def put(self, chunks: Iterable[bytes]) -> None:
        """Store the object, whole or not at all.

        Raises:
            ConfigurationError: it cannot be stored; what to choose instead.
            PipelineError: the backend broke meanwhile.

        """

    def open(self) -> Handle:
        """Open the object, in the process that reads.

        Raises:
            PipelineError: there is no object, or the backend does not answer.

        """

    def remove(self) -> None:
        """Remove the object; do nothing where there is none.

        Raises:
            PipelineError: it could not be removed; it names what is left.

        """


class Handle(Protocol):
    """An open object, in one process."""

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly so many bytes from an offset.

        Raises:
            PipelineError: they cannot be read.

        """

    def disk_bytes(self) -> int | None:
        """Return the bytes that this process has read from a disk so far; None: not counted."""

    def close(self) -> None:
        """Close the object."""


@dataclass(frozen=True)
class BackendRequest:
    """The options of a backend, as the user gave them."""

    rest: str
    """What follows the :// of its URL."""
    folder: Path | None
    """Folder to write in."""
    endpoint: str | None
    """URL of a server."""

    def refuse(self, name: str, *, folder: bool = False, endpoint: bool = False) -> None:
        """Refuse options that a backend does not take.

        Args:
            name: name of the backend.
            folder: refuse a folder.
            endpoint: refuse a server.

        Raises:
            ConfigurationError: such an option is set.

        """
        if folder and self.folder is not None:
            raise ConfigurationError(f"folder: {name} takes none; choose the storage disk or cold")
        if endpoint and self.endpoint is not None:
            raise ConfigurationError(
                f"endpoint_url: {name} takes none; choose a storage s3://bucket"
            )


def unique_name() -> str:
    """Return a random name that no other object has."""
    return f"data-factory-{secrets.token_hex(8)}"
