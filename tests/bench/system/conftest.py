"""Real control groups, where this machine lets tests create them."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CPU = Path("/sys/fs/cgroup/cpu")
FREEZER = Path("/sys/fs/cgroup/freezer")
MEMORY = Path("/sys/fs/cgroup/memory")


def group(parent: Path) -> Iterator[Path]:
    """Create a group; skip where that is not possible."""
    folder = parent / f"data-factory-{secrets.token_hex(4)}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be created here: {error.strerror}")
    try:
        yield folder
    finally:
        with suppress(OSError):
            folder.rmdir()


@pytest.fixture
def cgroup_of_one_core() -> Iterator[Path]:
    for folder in group(CPU):
        (folder / "cpu.cfs_period_us").write_text("100000")
        (folder / "cpu.cfs_quota_us").write_text("100000")
        yield folder


@pytest.fixture
def freezer() -> Iterator[Path]:
    yield from group(FREEZER)


@pytest.fixture
def small_memory() -> Iterator[Path]:
    for folder in group(MEMORY):
        (folder / "memory.limit_in_bytes").write_text(str(700 << 20))
        yield folder
