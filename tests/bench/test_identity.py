"""A case's identity changes with the code that decides its time, and not with its wording."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

import pytest

from bench.cases import select, source
from bench.identity import source as identity
from bench.identity import source_hash
from bench.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READER = '''"""Reads rows."""

from __future__ import annotations

import numpy as np

from planted.fields import first, second

LIMIT = 4


class Reader:
    """Reads."""

    size: int = 3

    def __init__(self, payload: bytes) -> None:
        self._payload = payload

    def decode(self, rows: list[int], start: int = 0) -> int:
        """Decode."""
        if start > LIMIT:
            raise ValueError(f"{start} is too much")
        total = 0
        for row in rows:
            total += first(row, 2) - second(row)
        return int(np.sum([total, *(value for value in self._payload)])) + start


def read(text: bytes) -> int:
    def inner(value: int) -> int:
        return value + len(text)

    return Reader(text).decode([1, 2], start=inner(1))
'''
FIELDS = '''"""Fields."""


def first(value, factor):
    return value * factor


def second(value):
    return value + 1
'''
_names = itertools.count()


@pytest.fixture
def hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Hashes a module `reader`, in a package of which some files differ from the usual ones."""

    def hashed(reader: str = READER, fields: str = FIELDS, **others: str) -> str:
        root = tmp_path / str(next(_names))
        folder = root / "planted"
        folder.mkdir(parents=True)
        files = {"__init__": "", "reader": reader, "fields": fields, **others}
        for name, text in files.items():
            (folder / f"{name}.py").write_bytes(text.encode())
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(root))
            patch.delitem(sys.modules, "planted", raising=False)
            patch.setattr(identity, "_OURS", ("planted",))
            patch.setattr(identity, "_MEASURED", ("planted",))
            _forget()
            try:
                return source_hash("planted.reader")
            finally:
                _forget()

    return hashed


def _forget() -> None:
    for cached in (identity._module, identity._origin, identity._digest):
        cached.cache_clear()


SAME: dict[str, dict[str, str]] = {
    "comments, blank lines and line ends": {
        "reader": READER.replace("\n", "  # why\r\n").replace('"""  # why', '"""'),
    },
    "docstrings": {"reader": READER.replace('"""Decode."""', '"""Return the sum."""')},
    "no docstrings": {"reader": READER.replace('    """Reads."""\n', "")},
    "annotations": {"reader": READER.replace("text: bytes", "text").replace("-> int", "-> float")},
    "messages of errors": {"reader": READER.replace("is too much", "exceeds the limit")},
    "names of locals": {"reader": READER.replace("row", "record").replace("total", "amount")},
    "names of parameters": {
        "reader": READER.replace("payload:", "data:").replace("= payload", "= data"),
        "fields": FIELDS.replace("value", "number").replace("factor", "times"),
    },
    "names of functions in functions": {"reader": READER.replace("inner", "plus")},
    "the name that a module is imported by": {"reader": READER.replace("np", "numpy_")},
    "names of definitions": {
        "reader": READER.replace("first", "scaled").replace("LIMIT", "MOST").replace("Reader", "R"),
        "fields": FIELDS.replace("first", "scaled"),
    },
    "the order of definitions": {
        "reader": READER.replace("\n\nLIMIT = 4\n", "\n") + "\n\nLIMIT = 4\n",
    },
    "the module of a definition": {
        "reader": READER.replace("planted.fields", "planted.columns"),
        "columns": FIELDS,
    },
    "another way to import": {
        "reader": READER.replace(
            "from planted.fields import first, second", "import planted.fields"
        )
        .replace("first(", "planted.fields.first(")
        .replace("second(", "planted.fields.second("),
    },
    "through a package that passes it on": {
        "reader": READER.replace("planted.fields", "planted"),
        "__init__": "from planted.fields import first, second\n",
    },
    "definitions that are not used": {"fields": FIELDS + "\n\ndef third():\n    return 3\n"},
    "types": {
        "reader": READER.replace("LIMIT = 4", 'LIMIT = 4\nT = TypeVar("T")').replace(
            "import numpy as np", "from typing import TypeVar\n\nimport numpy as np"
        )
    },
}

OTHER: dict[str, dict[str, str]] = {
    "a constant": {"reader": READER.replace("LIMIT = 4", "LIMIT = 5")},
    "a constant's type": {"reader": READER.replace("LIMIT = 4", "LIMIT = 4.0")},
    "an operator": {"reader": READER.replace("total +=", "total -=")},
    "a default": {"reader": READER.replace("start: int = 0", "start: int = 1")},
    "a field of a class": {"reader": READER.replace("size: int = 3", "size = 3")},
    "a condition": {"reader": READER.replace("start > LIMIT", "start >= LIMIT")},
    "which local is used": {"reader": READER.replace("second(row)", "second(total)")},
    "which parameter is which": {
        "fields": FIELDS.replace("value, factor", "factor, value").replace(
            "value * factor", "value - factor"
        )
    },
    "the order of statements": {
        "reader": READER.replace("        total = 0\n", "").replace(
            "        if start", "        total = 0\n        if start"
        )
    },
    "a function that is called": {"fields": FIELDS.replace("value + 1", "value + 2")},
    "which function is called": {
        "reader": READER.replace("first(row, 2) - second(row)", "second(row) - first(row, 2)")
    },
    "which of other people's functions is called": {"reader": READER.replace("np.sum", "np.max")},
    "other people's module": {"reader": READER.replace("numpy as np", "torch as np")},
    "the name of a method": {"reader": READER.replace("decode", "read_rows")},
    "the name of an argument with a default": {"reader": READER.replace("start", "begin")},
    "a decorator": {"reader": READER.replace("    def decode", "    @cache\n    def decode")},
    "what is done on import": {"reader": READER + "\nread(b'')\n"},
}


@pytest.mark.parametrize("change", SAME)
def test_wording_and_places_do_not_count(hashed: Callable[..., str], change: str) -> None:
    assert SAME[change] != {"reader": READER}
    assert hashed(**SAME[change]) == hashed()


@pytest.mark.parametrize("change", OTHER)
def test_what_is_computed_counts(hashed: Callable[..., str], change: str) -> None:
    assert hashed(**OTHER[change]) != hashed()


def test_a_change_far_away_counts(hashed: Callable[..., str]) -> None:
    """Also farther than the references that tell definitions apart."""
    chain = "\n\n".join(f"def f{n}():\n    return f{n + 1}()" for n in range(9))
    hashes = {
        hashed(
            "from planted.chain import f0\n\nx = f0\n",
            chain=f"{chain}\n\ndef f9():\n    return {n}",
        )
        for n in (1, 2)
    }
    assert len(hashes) == 2


def test_definitions_may_refer_to_each_other(hashed: Callable[..., str]) -> None:
    text = (
        "def even(n):\n    return n == 0 or odd(n - 1)\n\n\n"
        "def odd(n):\n    return n and even(n - 1)\n"
    )
    assert hashed(text) == hashed(text.replace("even", "is_even").replace("odd", "is_odd"))
    assert hashed(text) != hashed(text.replace("n == 0", "n == 1"))


def test_a_module_without_source_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no source for formats\.nothing"):
        source_hash("formats.nothing")


def test_cases_of_one_codec_and_payload_share_their_source() -> None:
    result: dict[tuple[str, str | None, str], set[str]] = {}
    for case in select(PRESETS["rigorous"]):
        result.setdefault((case.kind, case.codec, case.payload), set()).add(source(case))
    assert all(len(sources) == 1 for sources in result.values())
    wire = result["decode", "csv/rows/wire", "tabular"]
    assert wire != result["decode", "json/lines/wire", "tabular"]
    assert wire != result["encode", "csv/rows/wire", "tabular"]
    assert wire != result["decode", "csv/rows/wire", "tokens"]
    assert all(len(name) == 32 for sources in result.values() for name in sources)
