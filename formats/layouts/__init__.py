"""Layouts: how the bytes of a payload lie in a format. `LAYOUTS` is the only list of them.

docs/reference/formats.md publishes each byte by byte.
"""

from formats.layouts import csv_rows, json_lines, parquet_columns, protobuf_messages
from formats.layouts.model import Layout

__all__ = ["FORMATS", "LAYOUTS", "Layout"]

# One module and one line each.
LAYOUTS: dict[str, Layout] = {
    f"{layout.format}/{layout.name}": layout
    for layout in (
        csv_rows.LAYOUT,
        json_lines.LAYOUT,
        parquet_columns.LAYOUT,
        protobuf_messages.LAYOUT,
    )
}

FORMATS: tuple[str, ...] = tuple(dict.fromkeys(layout.format for layout in LAYOUTS.values()))
