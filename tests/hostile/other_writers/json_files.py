"""JSON as the json module, orjson, pandas, Polars and DuckDB write it."""

from __future__ import annotations

import io
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd
import pyarrow as pa

from formats.json.layout import flat_object, to_objects
from tests.hostile.other_writers.foreign import (
    Written,
    columns_of_base64,
    described,
    pick,
    shuffled,
)

if TYPE_CHECKING:
    from random import Random

    from formats.payloads import Batch, Payload
    from tests.hostile.other_writers.foreign import Writer

_MORE: list[dict[str, Any]] = [
    {},
    {},
    {"source": "café \u2028 名", "at": 1.5},
    {"meta": {"label": 7, "ids": [1, None]}, "last": None},
]

# What a document may have that is none of the layout: the reason that it is refused for.
_FAULTS = {
    "in one array": "not an object|Expected `object`, got `array`",
    "without a key": "no key|lack|missing required field",
    "with a null": "null|whole number|lack|Expected `(int|array)`|INCORRECT_TYPE",
    "with a fraction": "whole number|Expected `int`|INCORRECT_TYPE|NUMBER_OUT_OF_RANGE|to int64",
}
_NO_TEXT = {"without a text": "not a string"}


def documents(layout: str, payload: Payload, batch: Batch) -> list[dict[str, Any]]:
    """Return a batch as the objects of a layout, one a line."""
    if layout == "json/flat":
        return [{name: v.tolist() for name, v in flat_object(payload, batch).items()}]
    if layout == "json/base64":
        columns = columns_of_base64(payload, batch)
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]
    return list(to_objects(payload, batch))


def _fault(rng: Random, layout: str, samples: list[dict[str, Any]]) -> tuple[str, Any]:
    fault = rng.choice(list(_FAULTS)) if samples and rng.random() < 0.15 else ""
    key = rng.choice(list(samples[0])) if samples else ""
    samples = [dict(sample) for sample in samples]
    if fault == "in one array":
        return fault, [samples]
    if fault == "without a key":
        del samples[0][key]
    elif fault:
        other = None if fault == "with a null" else 1.5
        value = samples[0][key]
        if isinstance(value, list) and not value:
            return "", samples
        samples[0][key] = [other, *value[1:]] if isinstance(value, list) else other
        if layout == "json/base64":
            return "without a text", samples
    return fault, samples


def _escaped(text: str) -> str:
    """Return JSON of which every key and every slash is escaped, as some writers do it."""
    text = re.sub(r'"(\w)(\w*)":', lambda k: f'"\\u{ord(k[1]):04x}{k[2]}":', text)
    return text.replace("/", "\\/")


def _lines(
    rng: Random, layout: str, texts: list[str], options: dict[str, Any], fault: str
) -> Written:
    options |= pick(rng, end=["\n", "\n", "\r\n"], last=[True, True, False], bom=[0, 0, 0, 1])
    end = options["end"]
    text = end.join(texts) + (end if options["last"] and texts else "")
    data = b"\xef\xbb\xbf" * bool(options["bom"] and texts) + text.encode()
    how = f"{described(options)}, {fault}" if fault else described(options)
    return Written(data, how, (_FAULTS | _NO_TEXT).get(fault, ""))


def _ordered(rng: Random, samples: Any, more: dict[str, Any]) -> Any:
    if samples and isinstance(samples[0], list):
        return samples
    keys = shuffled(rng, list(more | (samples[0] if samples else {})))
    return [{k: (more | s)[k] for k in keys if k in more | s} for s in samples]


def _stdlib(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    fault, samples = _fault(rng, layout, documents(layout, payload, batch))
    more = rng.choice(_MORE)
    options = pick(
        rng,
        separators=[None, (",", ":"), (" ,\t", " : ")],
        ensure_ascii=[True, False],
        sort_keys=[False, True],
        indent=[None, None, 2] if layout == "json/flat" else [None],
    )
    texts = [json.dumps(sample, **options) for sample in _ordered(rng, samples, more)]
    options["escaped"] = rng.random() < 0.2
    if options["escaped"]:
        texts = [_escaped(text) for text in texts]
    return _lines(rng, layout, texts, options | {"more": list(more)}, fault)


def _orjson(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    fault, samples = _fault(rng, layout, documents(layout, payload, batch))
    more = rng.choice(_MORE)
    flags = [0, orjson.OPT_SORT_KEYS, orjson.OPT_INDENT_2 if layout == "json/flat" else 0]
    option = rng.choice(flags)
    texts = [orjson.dumps(s, option=option).decode() for s in _ordered(rng, samples, more)]
    return _lines(rng, layout, texts, {"option": option, "more": list(more)}, fault)


def _pandas(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    samples = _ordered(rng, documents(layout, payload, batch), rng.choice(_MORE[:3]))
    # to_json escapes each slash.
    text = pd.DataFrame(samples).to_json(orient="records", lines=True)
    return Written(text.encode() if samples else b"", "lines=True")


def _polars(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    import polars as pl

    samples = _ordered(rng, documents(layout, payload, batch), rng.choice(_MORE[:3]))
    sink = io.BytesIO()
    array = bool(samples) and rng.random() < 0.1
    frame = pl.DataFrame(samples)
    if array:
        frame.write_json(sink)
    elif samples:
        frame.write_ndjson(sink)
    return Written(sink.getvalue(), f"array={array}", _FAULTS["in one array"] if array else "")


def _duckdb(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    from tests.hostile.other_writers.duck import copy

    samples = _ordered(rng, documents(layout, payload, batch), rng.choice(_MORE[:3]))
    if not samples:
        return Written(b"", "no rows")
    array = rng.random() < 0.1
    options = f"FORMAT json, ARRAY {str(array).lower()}"
    with tempfile.TemporaryDirectory() as folder:
        data = copy(pa.Table.from_pylist(samples), Path(folder) / "a.json", options)
    # An object a line, between brackets: the first line alone is no JSON.
    refusal = "not an object|line 1: |Input data was truncated" if array else ""
    return Written(data, options, refusal)


WRITERS: dict[str, tuple[Writer, str]] = {
    "json": (_stdlib, "json"),
    "orjson": (_orjson, "orjson"),
    "pandas": (_pandas, "pandas"),
    "polars": (_polars, "polars"),
    "duckdb": (_duckdb, "duckdb"),
}
"""Each writer with the library that it needs."""
