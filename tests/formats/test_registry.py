"""The registries: what is in them, and what a name that is not gets to hear."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from formats import names, registry
from formats.codec import Decoder
from formats.errors import UnknownNameError
from formats.payloads import PAYLOADS, payload
from formats.registry import DECODERS, FORMATS, KNOWN, LAYOUTS, MEASURED, decoder, fast, layout
from tests.formats.cases import first_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
Table = dict[str, dict[str, dict[str, str]]]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[Table], None]]:
    """Put another table of the fastest decoders in place of the measured one."""

    def put(table: Table) -> None:
        path = tmp_path / "fastest.json"
        path.write_text(json.dumps(table), encoding="utf-8")
        monkeypatch.setattr(registry, "MEASURED", path)
        registry._measured.cache_clear()

    yield put
    registry._measured.cache_clear()


def test_each_format_has_one_canonical_layout() -> None:
    assert FORMATS == ("csv", "json", "parquet", "protobuf", "arrow")
    canonical = {entry.format: entry.name for entry in LAYOUTS.values() if entry.canonical}
    assert canonical == {name: known.canonical for name, known in names.FORMATS.items()}
    assert sum(entry.canonical for entry in LAYOUTS.values()) == len(FORMATS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_has_what_others_rely_on(name: str) -> None:
    """A naive decoder, a first decoder that writes and needs nothing more, and a payload."""
    entries = [entry for entry in KNOWN.values() if entry.layout == name]
    assert any(entry.naive for entry in entries)
    assert first_of(name).writes
    assert first_of(name).needs is None
    assert any(LAYOUTS[name].fits(payload(each)) for each in PAYLOADS)
    assert LAYOUTS[name].summary
    assert not LAYOUTS[name].summary.endswith(".")


def test_each_module_with_a_codec_is_registered() -> None:
    modules = {
        f"formats.{path.parent.name}.{path.stem}"
        for path in (ROOT / "formats").glob("*/*.py")
        if "\nclass Codec(" in path.read_text(encoding="utf-8")
    }
    assert modules == {entry.module for entry in KNOWN.values()}
    assert {module.split(".")[1] for module in modules} == set(FORMATS)


def test_each_decoder_belongs_to_a_layout_under_its_own_name() -> None:
    for codec, entry in KNOWN.items():
        assert codec == f"{entry.layout}/{entry.name}"
        assert entry.layout in LAYOUTS
        assert entry.needs is None or entry.libraries


def test_what_a_decoder_needs_is_what_is_looked_for() -> None:
    missing = Decoder("json/lines", "other", "formats.json.other", needs="no_such_library")
    assert not missing.installed
    assert Decoder("json/lines", "other", "formats.json.other", needs="json").installed
    assert set(DECODERS) == {codec for codec, entry in KNOWN.items() if entry.installed}


@pytest.mark.parametrize(
    ("versions", "remedy"),
    [
        ({"numpy": "1.0+cpu", "torch": "2.0+cpu"}, None),
        ({"numpy": "1.0", "torch": "2.0"}, None),
        ({"numpy": "1.0", "torch": "2.0+cpu"}, "from one place"),
        ({"numpy": "1.0"}, "from one place"),
    ],
)
def test_a_library_of_another_build_is_none(
    versions: dict[str, str], remedy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr("formats.codec.version", version)
    entry = Decoder("json/lines", "other", "", ("numpy",), needs="numpy", beside="torch")
    assert entry.installed == (remedy is None)
    assert (remedy or "") in entry.problem


def test_unknown_names_hear_the_choices() -> None:
    with pytest.raises(UnknownNameError, match=r"'xml'.*json/lines/orjson"):
        decoder("xml")
    with pytest.raises(UnknownNameError, match=r"'xml/tree'.*json/lines"):
        layout("xml/tree")
    with pytest.raises(UnknownNameError, match="xml/tree"):
        fast("xml/tree", payload("tokens"))


def test_a_missing_library_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(KNOWN["json/lines/pysimdjson"], needs="no_such_library")
    monkeypatch.setitem(KNOWN, "json/lines/pysimdjson", entry)
    monkeypatch.delitem(DECODERS, "json/lines/pysimdjson", raising=False)
    with pytest.raises(UnknownNameError) as raised:
        decoder("json/lines/pysimdjson")
    assert str(raised.value) == (
        "json/lines/pysimdjson needs pysimdjson, which is not installed; "
        "`pip install -c constraints.txt -e '.[peers]'` installs the libraries compared with"
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_was_not_measured_goes_to_the_first_decoder(
    name: str, measured: Callable[[Table], None]
) -> None:
    measured({"decode": {name: {"other": "none"}}})
    for direction in ("decode", "encode"):
        assert fast(name, payload("tokens"), direction) is first_of(name)


def test_fast_reads_the_measured_table(measured: Callable[[Table], None]) -> None:
    measured(
        {
            "decode": {"json/lines": {"tokens": "orjson", "audio": "no such decoder"}},
            "encode": {"json/lines": {"tokens": "stdlib"}},
        }
    )
    assert fast("json/lines", payload("tokens")).codec == "json/lines/orjson"
    assert fast("json/lines", payload("tokens", 8), "encode").codec == "json/lines/stdlib"
    for name in ("image", "audio"):
        assert fast("json/lines", payload(name)) is first_of("json/lines")


def wrong_entries(table: Table) -> list[str]:
    """Return the entries of a table that a program without extra libraries could not use."""
    return [
        f"{direction} {layout_name} {name}: {decoder_name}"
        for direction, layouts in table.items()
        for layout_name, names in layouts.items()
        for name, decoder_name in names.items()
        if (entry := KNOWN.get(f"{layout_name}/{decoder_name}")) is None
        or entry.needs is not None
        or name not in PAYLOADS
        or not LAYOUTS[layout_name].fits(payload(name))
        or direction not in {"decode", "encode"}
        or (direction == "encode" and not entry.writes)
    ]


def test_the_measured_table_names_only_what_is_always_there() -> None:
    assert wrong_entries(json.loads(MEASURED.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("direction", "layout_name", "name", "decoder_name"),
    [
        ("decode", "json/lines", "tokens", "no such decoder"),
        ("decode", "json/lines", "tokens", "pysimdjson"),
        ("decode", "json/lines", "video", "orjson"),
        ("decode", "csv/wide", "image", "wire"),
        ("read", "json/lines", "tokens", "orjson"),
        ("encode", "json/lines", "tokens", "pyarrow"),
    ],
)
def test_a_wrong_table_would_be_seen(
    direction: str, layout_name: str, name: str, decoder_name: str
) -> None:
    assert wrong_entries({direction: {layout_name: {name: decoder_name}}})
