"""The place that is kept beside a ledger: whatever its file holds, and however many pages write."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analysis.lab.place import Place, read_place, write_place

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Place("cloud_titan", "gravity")
KEPT: dict[str, Any] = {"track": "tiny_pioneer", "act": "drift", "seconds": {"drift": 3}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lab.json"


def test_a_place_is_kept_and_read(path: Path) -> None:
    place = Place("tiny_pioneer", "drift").later(3).later(4)
    write_place(path, place)
    assert read_place(path, FIRST) == place == Place("tiny_pioneer", "drift", {"drift": 7})


def test_what_is_not_known_of_it_is_that_of_the_ledger(path: Path) -> None:
    path.write_text(json.dumps(KEPT | {"act": "IV", "seconds": {"IV": 5, "drift": 1.5}}))
    assert read_place(path, FIRST) == Place("tiny_pioneer", "gravity", {"drift": 1.5})


NO_TIMES: list[Any] = [
    float("nan"),
    float("inf"),
    -1,
    -0.5,
    "5",
    "soon",
    None,
    [],
    {},
    True,
    10**400,
]
NO_TABLES: list[Any] = [None, 5, "drift", ["drift"], []]
NO_NAMES: list[Any] = [None, 5, [], {}, ["drift"]]


@pytest.mark.parametrize(
    "changed",
    [
        *({"seconds": {"drift": wrong}} for wrong in NO_TIMES),
        *({"seconds": wrong} for wrong in NO_TABLES),
        *({name: wrong} for name in ("act", "track") for wrong in NO_NAMES),
    ],
)
def test_one_that_nobody_has_written_is_taken_as_not_there(
    path: Path, changed: dict[str, Any]
) -> None:
    path.write_text(json.dumps(KEPT))
    assert read_place(path, FIRST) == Place("tiny_pioneer", "drift", {"drift": 3})
    path.write_text(json.dumps(KEPT | changed))
    assert read_place(path, FIRST) == FIRST
    write_place(path, FIRST.later(2))
    assert read_place(path, FIRST) == Place("cloud_titan", "gravity", {"gravity": 2})


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "[" * 100_000, "{}", chr(0xD800)])
def test_no_file_of_a_place_fails(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert read_place(path, FIRST) == FIRST


def test_two_pages_add_their_time(path: Path) -> None:
    write_place(path, FIRST.later(10))
    one, other = read_place(path, FIRST), read_place(path, FIRST)
    for _ in range(3):
        one, other = one.later(20), other.later(5)
        write_place(path, one)
        write_place(path, other)
    other = replace(other, act="drift").later(7)
    write_place(path, other)
    write_place(path, one)
    assert read_place(path, FIRST).seconds == {"gravity": 85, "drift": 7}
    # Of the other, a page knows what was there when it wrote last.
    assert one.seconds == {"gravity": 85, "drift": 7}


def test_time_that_could_not_be_kept_is_added_later(path: Path) -> None:
    path.mkdir()
    place = FIRST.later(5)
    write_place(path, place)
    path.rmdir()
    write_place(path, place.later(6))
    assert read_place(path, FIRST).seconds == {"gravity": 11}
