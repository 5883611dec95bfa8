"""CSV: what a spreadsheet reads. Values are text, and rows vary in length."""

from formats.codec import Decoder
from formats.csv.layout import BASE64, ROWS, WIDE

LAYOUTS = (ROWS, BASE64, WIDE)

# One module and one line each; the first of a layout writes what the others are tested on.
DECODERS = (
    Decoder("csv/rows", "wire", "formats.csv.wire", ("numpy", "orjson")),
    Decoder("csv/rows", "stdlib", "formats.csv.stdlib", naive=True),
    Decoder("csv/rows", "pandas", "formats.csv.pandas", ("pandas",)),
    Decoder("csv/rows", "pyarrow", "formats.csv.pyarrow", ("pyarrow",)),
    Decoder("csv/rows", "polars", "formats.csv.polars", ("polars",), needs="polars"),
    Decoder("csv/rows", "numpy", "formats.csv.numpy", ("numpy",)),
    Decoder("csv/base64", "wire", "formats.csv.base64_wire", ("numpy",)),
    Decoder("csv/base64", "stdlib", "formats.csv.base64_stdlib", naive=True),
    Decoder("csv/wide", "wire", "formats.csv.wire", ("numpy", "orjson")),
    Decoder("csv/wide", "stdlib", "formats.csv.stdlib", naive=True),
    Decoder("csv/wide", "pandas", "formats.csv.pandas", ("pandas",)),
    Decoder("csv/wide", "pyarrow", "formats.csv.pyarrow", ("pyarrow",)),
    Decoder("csv/wide", "polars", "formats.csv.polars", ("polars",), needs="polars"),
)
