"""CSV as the csv module, pandas, Polars and DuckDB write it."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from formats.csv.layout import header
from formats.registry import LAYOUTS
from tests.hostile.other_writers.foreign import (
    Written,
    columns_of_base64,
    columns_of_values,
    described,
    pick,
    samples_of,
    shuffled,
)

if TYPE_CHECKING:
    from random import Random

    from formats.payloads import Batch, Payload
    from tests.hostile.other_writers.foreign import Writer

_BOM = b"\xef\xbb\xbf"

# What a table may have that is no table of the layout: the reason that it is refused for.
_FAULTS = {
    "without its header": "is not the header",
    "with semicolons": "is not the header|line 1: ',' expected",
    "with a column more": "is not the header.*'more'",
    "with a column less": "is not the header.*lacks",
    "with a name twice": "is not the header.*(twice|lacks)",
    "with an empty cell": "line 2: (invalid literal|''|.* 0 bytes|.*is empty)|row 0: .* 0 bytes",
    "with a fraction": "line 2: .*1\\.5|row 0: |line 2: ",
    "without its last line feed": "does not end in a line feed",
}


def table(layout: str, payload: Payload, batch: Batch) -> dict[str, list[Any]]:
    """Return the columns of a layout, in its order."""
    if layout == "csv/base64":
        return dict(columns_of_base64(payload, batch))
    own = columns_of_values(payload, batch)
    shape: Any = LAYOUTS[layout]
    rows = range(samples_of(payload, batch))
    return {
        name: own.get(name, [row * 31 + place for row in rows])
        for place, name in enumerate(header(payload, shape))
    }


def _fault(rng: Random, columns: dict[str, list[Any]]) -> tuple[str, dict[str, list[Any]]]:
    """Return what is wrong with a table, if something is to be, and the table."""
    fault = rng.choice(list(_FAULTS)) if rng.random() < 0.15 else ""
    columns = {name: list(values) for name, values in columns.items()}
    samples = len(next(iter(columns.values())))
    last = rng.choice([name for name in columns if not name.startswith("other_")])
    if fault == "with a column more":
        columns["more"] = list(range(samples))
    elif fault == "with a column less":
        del columns[last]
        if not columns:
            columns["less"] = list(range(samples))
    elif fault in {"with an empty cell", "with a fraction"}:
        if not samples:
            return "", columns
        columns[last][0] = "" if fault == "with an empty cell" else "1.5"
    return fault, columns


def _stdlib(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    fault, columns = _fault(rng, table(layout, payload, batch))
    options = pick(
        rng,
        quoting=[csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC],
        lineterminator=["\n", "\r\n"],
    )
    if fault == "with semicolons":
        options["delimiter"] = ";"
    names = shuffled(rng, list(columns))
    spaces = layout != "csv/base64" and rng.random() < 0.15
    text = io.StringIO(newline="")
    writer = csv.writer(text, **options)
    if fault != "without its header":
        writer.writerow([*names[:-1], names[0]] if fault == "with a name twice" else names)
    for row in zip(*(columns[name] for name in names), strict=True):
        writer.writerow([f" {value} " for value in row] if spaces else row)
    data = text.getvalue().encode()
    if fault == "without its last line feed":
        data = data.rstrip(b"\r\n")
    if rng.random() < 0.2:
        options["bom"], data = True, _BOM + data
    return _written(data, options | {"order": names[0], "spaces": spaces}, fault, layout, columns)


def _written(
    data: bytes, options: dict[str, Any], fault: str, layout: str, columns: dict[str, list[Any]]
) -> Written:
    refusal = _FAULTS.get(fault, "")
    if fault == "with a name twice" and len(columns) == 1:
        fault = refusal = ""
    if fault == "with semicolons" and len(columns) == 1:
        fault = refusal = ""
    if fault == "without its last line feed" and layout == "csv/base64":
        refusal = ""  # the length of a cell tells whether it is whole
    return Written(data, described(options) + (f", {fault}" if fault else ""), refusal)


def _pandas(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    columns = table(layout, payload, batch)
    options = pick(
        rng,
        quoting=[csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC],
        lineterminator=["\n", "\r\n"],
        columns=[shuffled(rng, list(columns))],
        encoding=["utf-8", "utf-8", "utf-8-sig"],
        index=[False, False, False, True],
    )
    sink = io.BytesIO()
    pd.DataFrame(columns).to_csv(sink, **options)
    refusal = "is not the header.*''" if options["index"] else ""
    options["columns"] = options["columns"][0]
    return Written(sink.getvalue(), described(options), refusal)


def _polars(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    import polars as pl

    columns = table(layout, payload, batch)
    options = pick(
        rng,
        include_bom=[False, False, True],
        line_terminator=["\n", "\r\n"],
        quote_style=["necessary", "always", "non_numeric"],
        batch_size=[1, 1024],
    )
    names = shuffled(rng, list(columns))
    text = pl.DataFrame(columns).select(names).write_csv(**options)
    return Written(text.encode(), described(options | {"order": names[0]}))


def _duckdb(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    from tests.hostile.other_writers.duck import copy

    columns = table(layout, payload, batch)
    names = shuffled(rng, list(columns))
    quoted = rng.choice(["", ", FORCE_QUOTE *", f', FORCE_QUOTE ("{names[0]}")'])
    options = f"FORMAT csv, HEADER{quoted}"
    values = pa.table({name: pa.array(columns[name]) for name in names})
    with tempfile.TemporaryDirectory() as folder:
        return Written(copy(values, Path(folder) / "a.csv", options), options)


WRITERS: dict[str, tuple[Writer, str]] = {
    "csv": (_stdlib, "csv"),
    "pandas": (_pandas, "pandas"),
    "polars": (_polars, "polars"),
    "duckdb": (_duckdb, "duckdb"),
}
"""Each writer with the library that it needs."""
