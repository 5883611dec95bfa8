"""Parquet: what a data lake holds. Columns of binary pages, with a footer that says where."""

from formats.codec import Decoder
from formats.parquet.layout import (
    COLUMNS,
    DICTIONARY,
    LISTS,
    PNG,
    ROWS,
    SNAPPY,
    SPLIT,
    WIDE,
    ZSTD,
)

LAYOUTS = (COLUMNS, ROWS, LISTS, WIDE, SNAPPY, ZSTD, SPLIT, DICTIONARY, PNG)


def _pyarrow(layout: str) -> Decoder:
    return Decoder(layout, "pyarrow", "formats.parquet.pyarrow", ("pyarrow",))


def _wire(layout: str) -> Decoder:
    libraries = ("numpy", "pyarrow", "zlib-ng")
    return Decoder(layout, "wire", "formats.parquet.wire", libraries)


def _pandas(layout: str) -> Decoder:
    libraries = ("pandas", "pyarrow")
    module = "formats.parquet.pandas"
    return Decoder(layout, "pandas", module, libraries, naive=True, verifies=False)


def _polars(layout: str) -> Decoder:
    module = "formats.parquet.polars"
    return Decoder(layout, "polars", module, ("polars",), "polars", writes=False, verifies=False)


# One module each; the first of a layout writes what the others are tested on.
DECODERS = (
    *(make(COLUMNS.id) for make in (_wire, _pyarrow, _pandas, _polars)),
    *(make(ROWS.id) for make in (_wire, _pyarrow, _pandas)),
    *(make(LISTS.id) for make in (_wire, _pyarrow, _pandas)),
    *(make(WIDE.id) for make in (_wire, _pyarrow, _pandas, _polars)),
    *(make(SNAPPY.id) for make in (_pyarrow, _pandas, _polars)),
    *(make(ZSTD.id) for make in (_pyarrow, _pandas, _polars)),
    *(make(SPLIT.id) for make in (_pyarrow, _pandas)),
    *(make(DICTIONARY.id) for make in (_pyarrow, _pandas, _polars)),
    *(make(PNG.id) for make in (_pyarrow, _pandas)),
)
