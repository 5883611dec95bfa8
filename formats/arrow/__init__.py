"""Arrow IPC: what programs hand each other. Columns as they lie in memory, in a file."""

from formats.arrow.layout import COLUMNS, LISTS
from formats.codec import Decoder

LAYOUTS = (COLUMNS, LISTS)

# One module each; the first of a layout writes what the others are tested on.
DECODERS = (
    Decoder(COLUMNS.id, "pyarrow", "formats.arrow.pyarrow", ("pyarrow",)),
    Decoder(COLUMNS.id, "pandas", "formats.arrow.pandas", ("pandas", "pyarrow"), naive=True),
    Decoder(COLUMNS.id, "polars", "formats.arrow.polars", ("polars",), "polars", writes=False),
    Decoder(LISTS.id, "pyarrow", "formats.arrow.pyarrow", ("pyarrow",)),
    Decoder(LISTS.id, "pandas", "formats.arrow.pandas", ("pandas", "pyarrow"), naive=True),
)
