"""Arrow IPC's layouts: files of version 5, a record batch each, no nulls, no compression.

Canonical: the columns of canonical Parquet: one a value of a table, one a field otherwise.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from formats.parquet.layout import ColumnLayout, Kind

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class ArrowLayout(ColumnLayout):
    """A layout of Arrow IPC."""

    format: str = "arrow"


COLUMNS = ArrowLayout(
    name="columns",
    summary="a column a value of a table, a column a field otherwise",
    canonical=True,
)
LISTS = ArrowLayout(
    name="lists", summary="a column a field, fixed-size lists of numbers", kind=Kind.FIXED_LIST
)


def write(table: pa.Table) -> bytes:
    """Write a table as one file, all its rows in one record batch."""
    import pyarrow as pa

    table = table.combine_chunks().replace_schema_metadata()
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
