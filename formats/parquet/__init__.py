"""Parquet: what a data lake holds. Columns of binary pages, with a footer that says where."""

from formats.codec import Decoder
from formats.parquet.layout import (
    COLUMNS,
    DICTIONARY,
    JPEG,
    LISTS,
    PNG,
    ROWS,
    SNAPPY,
    SPLIT,
    WIDE,
    ZSTD,
)

LAYOUTS = (COLUMNS, ROWS, LISTS, WIDE, SNAPPY, ZSTD, SPLIT, DICTIONARY, PNG, JPEG)


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


def _jpeg(
    name: str, needs: str | None, library: str, extra: str = "peers", beside: str = ""
) -> Decoder:
    module, pixels = "formats.parquet.pyarrow", f"formats.pictures.{name}"
    return Decoder(JPEG.id, name, module, (library, "pyarrow"), needs, extra, beside, pixels)


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
    Decoder(
        JPEG.id,
        "wire",
        "formats.parquet.wire",
        ("numpy", "pyarrow", "zlib-ng", "simplejpeg", "pillow"),
        pixels="formats.pictures.turbo",
    ),
    Decoder(JPEG.id, "pillow", "formats.parquet.pyarrow", ("pyarrow", "pillow"), naive=True),
    _jpeg("simplejpeg", "simplejpeg", "simplejpeg"),
    _jpeg("opencv", "cv2", "opencv-python-headless"),
    _jpeg("torchvision", "torchvision", "torchvision", "vision", "torch"),
)
