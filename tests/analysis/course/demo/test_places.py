"""What lies in a folder of submissions and is no file is what it says, and is refused."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from analysis.course.checking import check_file
from analysis.course.remark import Status
from tests.analysis.course.places import PLACES, changing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="made on Linux")

KINDS = {
    "a link": stat.S_ISLNK,
    "a loop of links": stat.S_ISLNK,
    "a dead link": stat.S_ISLNK,
    "a pipe": stat.S_ISFIFO,
    "a folder": stat.S_ISDIR,
    "a device": stat.S_ISLNK,
    "a socket": stat.S_ISSOCK,
    "a sparse file": stat.S_ISREG,
}


@pytest.mark.parametrize("name", PLACES)
def test_it_is_what_it_says_and_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    PLACES[name](path)
    assert KINDS[name](path.lstat().st_mode)
    checked = check_file(path)
    assert checked.status is Status.REJECTED
    assert checked.remarks[0].rule == ("size" if name == "a sparse file" else "file")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"{}")
    with changing(path):
        checked = check_file(path)
    assert path.stat().st_size > 2
    assert checked.status is Status.REJECTED
    assert "changed while it was read" in checked.remarks[0].actual
