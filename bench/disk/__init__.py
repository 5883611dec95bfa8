"""The disk of the run's folder, and the system's page cache."""

from __future__ import annotations

from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only files and folders of unique names go there
"""Where Linux has a file system in memory that every user can write to."""
