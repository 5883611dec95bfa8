"""Which run is the last follows from what bundles and folders say, not from when it was copied."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analysis.commands.shared import path_of
from bench.bundle import BundleError, Part, last, latest, write

if TYPE_CHECKING:
    from bench.bundle import Bundle
    from bench.run.pipeline_record import Document


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def add(document: Document, name: str, hour: str, state: str = "partial") -> Path:
    """Write a run that began in an hour."""
    document["machine"]["started"] = hour
    document["run"]["state"] = state
    path = Path("runs", name, "bundle.json")
    write(path, document)
    return path


def is_partial(bundle: Bundle) -> bool:
    return bundle.run.state == "partial"


TEN, ELEVEN = "2026-03-01T10Z", "2026-03-01T11Z"


@pytest.mark.parametrize("copied", list(itertools.permutations(range(3))))
def test_the_last_is_the_one_that_began_last_whenever_it_was_copied(
    copied: tuple[int, ...], document: Document
) -> None:
    paths = [
        add(document, "z", TEN),
        add(document, "20260301-120502-quick", ELEVEN),
        add(document, "20260301-120501-quick", ELEVEN),
    ]
    for path, age in zip(paths, copied, strict=True):
        os.utime(path, (1000 + age, 1000 + age))
    chosen = last(is_partial)
    assert chosen == (paths[1], (), ())
    assert latest() == paths[1]


def test_runs_of_one_hour_that_nothing_orders_are_named(
    document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    add(document, "a", ELEVEN)
    add(document, "20260301-120000-quick", ELEVEN)
    add(document, "b", ELEVEN)
    add(document, "c", TEN)
    assert path_of(None, []) == Path("runs/20260301-120000-quick/bundle.json")
    said = capsys.readouterr().err
    assert said == "the last run: runs/20260301-120000-quick; of the same hour: runs/b, runs/a\n"


def test_what_cannot_be_read_is_passed_over_and_named(
    document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    add(document, "one", TEN)
    add(document, "no text", ELEVEN).write_bytes(b"\xff")
    changed = add(document, "changed", ELEVEN)
    changed.write_bytes(changed.read_bytes().replace(b'"seed":1,', b'"seed":2,'))
    add(document, "no object", ELEVEN).write_bytes(b"[]")
    assert path_of(None, []) == Path("runs/one/bundle.json")
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("passed over, since they cannot be read: ")
    assert {name for name in ("no text", "changed", "no object") if f"runs/{name}" in first} == {
        "no text", "changed", "no object",
    }  # fmt: skip
    assert second == "the last run: runs/one"


def test_where_none_fits_those_that_cannot_be_read_are_named(document: Document) -> None:
    with pytest.raises(BundleError, match="no run is there"):
        latest()
    add(document, "done", TEN, state="complete")
    Path("runs/broken").mkdir()
    Path("runs/broken/bundle.json").write_bytes(b"{")
    with pytest.raises(BundleError, match="no partial run is there") as caught:
        latest(is_partial, "partial run")
    assert "runs/broken/bundle.json cannot be read".replace("/", os.sep) in str(caught.value)


def test_the_newest_says_what_it_lacks(document: Document) -> None:
    document["pipeline"] = None
    add(document, "a", TEN)
    add(document, "b", ELEVEN)
    with pytest.raises(BundleError, match="pipeline: it was not measured") as caught:
        path_of(None, [Part.CONFIGURATIONS])
    assert caught.value.source == str(Path("runs/b/bundle.json"))


def test_a_run_that_an_editor_has_saved_is_found(document: Document) -> None:
    path = add(document, "one", TEN)
    path.write_bytes(f"{path.read_text('utf-8')}\r\n".encode("utf-16"))
    assert last(is_partial).path == path
