"""The record of the disk that a run's folder lies on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bench.bundle.base import Count, Positive, Record, Several, Unavailable

COLD_SHARE = 0.9
"""A read came from the disk where at least this share of its bytes did."""


class StorageReads(Record):
    """What the disk of the run's folder, or memory, gave by a way of reading."""

    order: Literal["sequential", "random", "files"] = Field(
        description="of one file, each reader its own part; or small files, one after another"
    )
    request_bytes: Positive
    readers: Several
    state: Literal["warm", "cold", "direct", "tmpfs"] = Field(
        description="warm: from the page cache; cold: after it was told to drop the file; direct: "
        "around it, by O_DIRECT; tmpfs: from a memory file system"
    )
    requests: Positive
    us: Positive
    disk_bytes: Count | Unavailable = Field(
        description="what the system says came from the disk; a read is cold where it is 90 % of "
        "requests x request_bytes or more"
    )
    resident_percent: Annotated[int, Field(ge=0, le=100)] | Unavailable | None = Field(
        default=None,
        description="how much of what may be read was in the page cache before a cold read, "
        "rounded up: 0 is not a page, and cold where nothing counts disk_bytes; null: not asked",
    )

    @property
    def total_bytes(self) -> int:
        """What was read, in bytes."""
        return self.requests * self.request_bytes

    @property
    def from_disk(self) -> bool | None:
        """Whether it came from the disk and not from memory; None where nothing could tell."""
        if not isinstance(self.disk_bytes, str):
            return self.disk_bytes >= COLD_SHARE * self.total_bytes
        if isinstance(self.resident_percent, int):
            return self.resident_percent == 0
        return None


class Storage(Record):
    """The disk that the run's folder lies on, read alone.

    cold, direct, tmpfs: measured, or why that state is not.
    """

    reads: tuple[StorageReads, ...]
    cold: Literal["measured"] | Unavailable
    direct: Literal["measured"] | Unavailable | None = Field(
        default=None, description="null: the run is older than this"
    )
    tmpfs: Literal["measured"] | Unavailable | None = Field(
        default=None, description="null: the run is older than this"
    )
