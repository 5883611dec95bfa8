"""The ledger's file: nothing acknowledged is lost, nothing is there twice, no change passes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from analysis.ledger import chain
from analysis.ledger.chain import LedgerError
from analysis.ledger.entries import Lock, Reveal, Try
from bench.errors import StoreError
from tests.analysis.ledger.writer import entry
from tests.conftest import ROOT
from tests.surroundings.cases import ENCODINGS

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 200
LOCK = Lock(question="gravity", choice="fibre", low=1.0, high=2.0, unit="1", confidence=0.8)


def write(name: str, path: Path, first: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.analysis.ledger.writer", name, path, str(first), str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def numbers(path: Path, writer: str) -> list[int]:
    bodies = chain.read(path).bodies
    return [
        int(b.outcome["number"])
        for b in bodies
        if isinstance(b, Try) and b.settings["writer"] == writer
    ]


def test_what_was_appended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "ledger.jsonl"
    assert chain.read(path).entries == ()
    chain.append(path, [LOCK, Reveal(question="gravity")])
    both = chain.append(path, [entry("me", 7)])
    assert chain.read(path) == both
    assert both.bodies == (LOCK, Reveal(question="gravity"), entry("me", 7))
    assert [e.number for e in both.entries] == [0, 1, 2]
    assert [e.previous for e in both.entries[1:]] == [e.digest() for e in both.entries[:-1]]
    assert sorted(p.name for p in path.parent.iterdir()) == ["ledger.jsonl"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_line_is_removed_and_said(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "ledger.jsonl"
    chain.append(path, [LOCK])
    whole = path.read_bytes()
    chain.append(path, [entry("me", 1)])
    torn = path.read_bytes()[: len(whole) + cut]
    path.write_bytes(torn)
    assert chain.read(path).torn == cut
    after = chain.append(path, [entry("me", 2)])
    assert [body.kind for body in after.bodies] == ["lock", "recovery", "try"]
    assert chain.read(path) == after


@pytest.mark.parametrize("what", ["changed", "removed", "moved", "hash", "spaces", "foreign"])
def test_a_change_is_found_and_the_line_named(tmp_path: Path, what: str) -> None:
    path = tmp_path / "ledger.jsonl"
    chain.append(path, [LOCK, entry("me", 1), entry("me", 2)])
    first, second, third = path.read_bytes().splitlines(keepends=True)
    record = json.loads(first)
    lines, line = {
        "changed": ([first.replace(b'"high":2.0', b'"high":3.0'), second, third], 1),
        "removed": ([second, third], 1),
        "moved": ([first, third, second], 2),
        "hash": ([json.dumps(record | {"hash": "0" * 64}).encode() + b"\n", second, third], 1),
        "spaces": ([json.dumps(record).encode() + b"\n", second, third], 1),
        "foreign": ([first, b"[]\n", third], 2),
    }[what]
    path.write_bytes(b"".join(lines))
    with pytest.raises(LedgerError, match=f"ledger.jsonl, line {line}: .*"):
        chain.read(path)
    with pytest.raises(LedgerError):
        chain.append(path, [LOCK])
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_an_editor_saved_anew_is_read_and_gone_on_with(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "ledger.jsonl"
    kept = chain.append(path, [LOCK, entry("me", 1)])
    path.write_bytes(ENCODINGS[encoding](path.read_text(encoding="utf-8")))
    assert chain.read(path).entries == kept.entries
    after = chain.append(path, [entry("me", 2)])
    assert after.bodies == (*kept.bodies, entry("me", 2))
    assert path.read_bytes() == b"".join(e.line() for e in after.entries)


WRITTEN_BEFORE = (
    b'{"body":{"choice":"drive","confidence":0.8,"high":4.0,"kind":"lock","low":1.5,'
    b'"question":"gravity","unit":"1"},'
    b'"hash":"eb5fe0a57972dc8aceebe5ac9a76116f3fce48b56a4dbd223f193ca6faa7fa35","number":0,'
    b'"previous":"0000000000000000000000000000000000000000000000000000000000000000","version":1}\n'
)
"""Of a lock, before there was `measured_before`."""


def test_a_ledger_from_before_a_field_was_added_is_read_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(WRITTEN_BEFORE)
    later = LOCK.model_copy(update={"question": "formats", "measured_before": False})
    chain.append(path, [later])
    assert path.read_bytes().startswith(WRITTEN_BEFORE)
    first, second = chain.read(path).bodies
    assert isinstance(first, Lock)
    assert first.measured_before is None
    assert second == later
    assert b'"measured_before":false' in path.read_bytes().splitlines()[1]


def test_what_is_not_set_is_not_written(tmp_path: Path) -> None:
    """Else one entry would have two forms."""
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(WRITTEN_BEFORE.replace(b'"question"', b'"measured_before":null,"question"'))
    with pytest.raises(LedgerError, match="line 1: it was changed"):
        chain.read(path)


def test_an_entry_whose_hash_was_computed_anew_breaks_the_next(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    kept = chain.append(path, [LOCK, entry("me", 1)])
    forged = kept.entries[0].model_copy(update={"body": LOCK.model_copy(update={"high": 9.0})})
    path.write_bytes(forged.line() + kept.entries[1].line())
    with pytest.raises(LedgerError, match="line 2: an entry before it was changed"):
        chain.read(path)


@pytest.mark.parametrize("data", [b"\n", b"{}\n", b"\xff\xfe\n", b"[" * 5000 + b"\n", b"null\n"])
def test_what_is_no_ledger_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(data)
    with pytest.raises(LedgerError, match="line 1"):
        chain.read(path)


def test_a_newer_version_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"version": 2}\n', encoding="utf-8")
    with pytest.raises(LedgerError, match="line 1: version 2 is not known here"):
        chain.read(path)


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises((LedgerError, StoreError)):
        chain.append(tmp_path / "ledger.jsonl", [LOCK])


@pytest.mark.process
def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """200 times kill -9, after as long as a few entries take."""
    path, rng, known = tmp_path / "ledger.jsonl", random.Random(4), 0
    for _ in range(KILLS):
        with write("one", path, known, 1000) as writer:
            assert writer.stdout
            first = writer.stdout.readline()
            time.sleep(rng.uniform(0, 0.004))
            writer.kill()
            acknowledged = [int(text) for text in (first, *writer.stdout.read().split())]
        there = numbers(path, "one")
        assert there == list(range(len(there)))
        assert known < acknowledged[-1] + 1 <= len(there)
        known = len(there)


@pytest.mark.process
def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    writers = [write(name, path, 0, 60) for name in ("one", "two")]
    for writer in writers:
        out, _ = writer.communicate(timeout=120)
        assert writer.returncode == 0
        assert out.split() == [str(number) for number in range(60)]
    assert numbers(path, "one") == numbers(path, "two") == list(range(60))


def test_a_last_line_without_its_end_is_an_entry_all_the_same(tmp_path: Path) -> None:
    """As an editor saves it; a part of a line is none."""
    path = tmp_path / "ledger.jsonl"
    chain.append(path, [Reveal(question="gravity"), Reveal(question="feeding-tax")])
    whole = path.read_bytes()
    path.write_bytes(whole.removesuffix(b"\n"))
    assert len(chain.read(path).bodies) == 2
    assert len(chain.append(path, [Reveal(question="formats")]).bodies) == 3
    assert path.read_bytes().startswith(whole)
    path.write_bytes(whole[:-3])
    assert len(chain.read(path).bodies) == 1
