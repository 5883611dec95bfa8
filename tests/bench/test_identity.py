"""A case's identity changes with the code that decides its time, and with nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench import identity
from bench.cases import select, source
from bench.identity import source_hash
from bench.presets import PRESETS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the measured packages that imports another."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("planted_a", "planted_b"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(identity, "_OURS", ("planted_",))
    (tmp_path / "planted_a.py").write_text("from planted_b import x\n\n\ndef f():\n    return x\n")
    (tmp_path / "planted_b.py").write_text("x = 1\n")
    return tmp_path / "planted_a.py"


def hashed() -> str:
    identity._read.cache_clear()
    return source_hash("planted_a")


def test_comments_blank_lines_and_line_ends_do_not_count(module: Path) -> None:
    before = hashed()
    text = module.read_text().replace("\n", "  \r\n").replace("def", "# why\r\n\r\ndef")
    module.write_bytes(text.encode())
    assert hashed() == before


def test_code_counts_and_so_does_that_of_what_is_imported(module: Path) -> None:
    before = hashed()
    module.write_text(module.read_text().replace("return x", "return x + 1"))
    changed = hashed()
    (module.parent / "planted_b.py").write_text("x = 2\n")
    assert len({before, changed, hashed()}) == 3


def test_cases_of_one_codec_and_payload_share_their_source() -> None:
    result: dict[tuple[str, str | None, str], set[str]] = {}
    for case in select(PRESETS["rigorous"]):
        result.setdefault((case.kind, case.codec, case.payload), set()).add(source(case))
    assert all(len(sources) == 1 for sources in result.values())
    assert (
        result["decode", "csv/rows/wire", "tabular"]
        != result["decode", "json/lines/wire", "tabular"]
    )
    assert (
        result["decode", "csv/rows/wire", "tabular"] != result["encode", "csv/rows/wire", "tabular"]
    )
    assert (
        result["decode", "csv/rows/wire", "tabular"] != result["decode", "csv/rows/wire", "tokens"]
    )
    assert all(len(name) == 32 for sources in result.values() for name in sources)
