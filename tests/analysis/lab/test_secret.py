"""The lab's secret: kept for this user alone, for a day."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from analysis.lab.secret import derived, secret

if TYPE_CHECKING:
    from pathlib import Path

POSIX = pytest.mark.skipif(os.name == "nt", reason="modes of files are of POSIX")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is kept."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux" if os.name == "posix" else "win32")
    return tmp_path / "data-factory" / "lab-secret"


def test_it_is_the_same_the_next_time(place: Path) -> None:
    first = secret()
    assert secret() == first
    assert place.read_text(encoding="utf-8") == first
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_each_is_drawn(place: Path) -> None:
    first = secret()
    place.unlink()
    assert secret() != first
    assert len(first) == 43


@POSIX
def test_nobody_else_can_read_it(place: Path) -> None:
    secret()
    assert place.stat().st_mode & 0o777 == 0o600


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_one_that_others_could_read_is_replaced(place: Path, mode: int) -> None:
    first = secret()
    place.chmod(mode)
    second = secret()
    assert second != first
    assert secret() == second
    assert place.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("age_s", [90_000, -3600])
def test_one_that_is_old_or_of_the_future_is_replaced(place: Path, age_s: float) -> None:
    first = secret()
    when = time.time() - age_s
    os.utime(place, (when, when))
    second = secret()
    assert second != first
    assert secret() == second


@pytest.mark.parametrize("content", [b"", b"a" * 42, b"a" * 44, b"a" * 42 + b"\n", b"\xff" * 43])
def test_what_was_not_drawn_is_replaced(place: Path, content: bytes) -> None:
    secret()
    place.write_bytes(content)
    second = secret()
    assert second.encode() != content
    assert secret() == second


@POSIX
def test_a_link_to_what_somebody_chose_is_replaced(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "chosen"
    other.write_text("a" * 43, encoding="utf-8")
    other.chmod(0o600)
    place.parent.mkdir()
    place.symlink_to(other)
    assert secret() != "a" * 43
    assert not place.is_symlink()
    assert other.read_text(encoding="utf-8") == "a" * 43


def test_where_nothing_can_be_kept_one_is_drawn_each_time(place: Path, tmp_path: Path) -> None:
    (tmp_path / "data-factory").write_text("a file where the folder would be")
    assert secret() != secret()


def test_purposes_have_secrets_of_their_own() -> None:
    assert derived("one", "token") == derived("one", "token")
    assert len({derived(s, p) for s in ("one", "two") for p in ("token", "cookie")}) == 4
