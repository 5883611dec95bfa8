"""What a place is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bench.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Place(Protocol):
    """Where one object lies. Picklable: it travels to worker processes.

    `starts` are the start methods of workers that may open it.
    """

    @property
    def name(self) -> str:
        """Return the name of this kind of place."""

    @property
    def starts(self) -> tuple[str, ...]:
        """Return how processes that open it may be started."""

    def put(self, chunks: Iterable[bytes]) -> None:
        """Store the object, whole or not at all.

        Raises:
            ConfigurationError: it cannot lie there; what to choose instead.
            PipelineError: the place broke meanwhile.

        """

    def open(self) -> Handle:
        """Open it, in the process that reads.

        Raises:
            PipelineError: it is not there, or the place does not answer.

        """

    def remove(self) -> None:
        """Remove all that was put; nothing where there is nothing.

        Raises:
            PipelineError: it could not be removed; it names what is left.

        """


class Handle(Protocol):
    """An object that one process reads."""

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly these bytes.

        Raises:
            PipelineError: they cannot be read.

        """

    def disk_bytes(self) -> int | None:
        """Return how many bytes this process has had read from a disk; None: not counted."""

    def close(self) -> None:
        """Close it."""


@dataclass(frozen=True)
class Wish:
    """What is asked of a place: the rest of its URL, a folder, a server's URL."""

    rest: str
    folder: Path | None
    endpoint: str | None

    def refuse(self, name: str, *, folder: bool = False, endpoint: bool = False) -> None:
        """Refuse what a place does not take.

        Raises:
            ConfigurationError: it was asked for.

        """
        if folder and self.folder is not None:
            raise ConfigurationError(f"folder: {name} takes none; choose the place disk or cold")
        if endpoint and self.endpoint is not None:
            raise ConfigurationError(f"endpoint_url: {name} takes none; choose a place s3://bucket")


def unique() -> str:
    """Return a name that nobody else has."""
    return f"data-factory-{secrets.token_hex(8)}"
