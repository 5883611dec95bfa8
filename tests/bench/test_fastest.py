"""The table of the fastest decoders says what a run of all of them has measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from bench.bundle import parse
from bench.bundle.canonical import dumps
from bench.errors import SelectionError
from bench.fastest import table
from bench.presets import PRESETS
from bench.run.document import new_document
from formats.registry import DECODERS, KNOWN
from tests.conftest import block

if TYPE_CHECKING:
    from bench.bundle import Bundle
    from bench.run.pipeline_record import Document


@pytest.fixture(scope="module")
def peers() -> Document:
    return new_document(PRESETS["peers"], seed=1, nonce="fastest")


def measured(document: Document, **times_ms: float) -> Bundle:
    """Return a run in which every case takes 2 ms, but for some."""
    for order, case in enumerate(document["cases"]):
        ms = times_ms.get(case["id"], 2.0)
        case |= {"loops": 1, "encoded_bytes": 1000, "blocks": [block(ms, ms, ms, order=order)]}
    document["run"] |= {"state": "complete", "elapsed_ns": 10**9}
    document["after"] = document["before"]
    return parse(dumps(document), "made for a test")


def test_the_fastest_takes_the_place_of_the_first_by_a_margin(peers: Document) -> None:
    shape = "tabular-26/b4096"
    result: dict[str, Any] = orjson.loads(
        table(
            measured(
                peers,
                **{
                    f"decode/csv/rows/pandas/{shape}": 1.0,
                    f"decode/json/lines/orjson/{shape}": 1.97,
                    f"encode/json/lines/orjson/{shape}": 1.0,
                },
            )
        )
    )
    assert result["decode"]["csv/rows"]["tabular"] == "pandas"
    assert result["decode"]["csv/rows"]["tokens"] == "wire"
    assert result["decode"]["json/lines"]["tabular"] == "wire"
    assert result["encode"]["json/lines"]["tabular"] == "orjson"
    assert "csv/base64" not in result["encode"]
    assert "image" not in result["decode"]["csv/wide"]


def test_a_library_of_the_extra_is_never_the_fastest(peers: Document) -> None:
    extra = {
        case["id"]: 0.5
        for case in peers["cases"]
        if case["codec"] and DECODERS[case["codec"]].needs
    }
    result = orjson.loads(table(measured(peers, **extra)))
    for layouts in result.values():
        for layout, payloads in layouts.items():
            assert all(KNOWN[f"{layout}/{name}"].needs is None for name in payloads.values())


def test_a_run_that_lacks_a_codec_is_refused(peers: Document) -> None:
    bundle = measured(peers)
    cases = tuple(c for c in bundle.cases if not c.id.startswith("decode/csv/rows/numpy/tokens"))
    with pytest.raises(SelectionError, match="lacks decode csv/rows/numpy tokens"):
        table(bundle.model_copy(update={"cases": cases}))
