"""A bucket, and what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

BUCKET = "students"


def sign_in(monkeypatch: pytest.MonkeyPatch, key: str, secret: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)


def objects(bucket: Any) -> list[str]:
    """Return the objects that are no empty entries for a prefix."""
    return [path for path in listed(bucket) if bucket.get_file_info(path).is_file]


def listed(bucket: Any) -> list[str]:
    from pyarrow.fs import FileSelector

    return sorted(entry.path for entry in bucket.get_file_info(FileSelector("", recursive=True)))
