"""Decoders: library paths from bytes to tensors. `DECODERS` is the only list of them."""

from formats.decoders.model import Codec, Decoder, Role
from formats.errors import UnknownNameError

__all__ = ["DECODERS", "Codec", "Decoder", "Role", "decoder", "fast"]

# One module and one line each.
DECODERS: dict[str, Decoder] = {
    entry.codec: entry
    for entry in (
        Decoder("csv/rows/stdlib", Role.NEWCOMER),
        Decoder("csv/rows/numpy", Role.FAST, ("numpy", "orjson")),
        Decoder("json/lines/stdlib", Role.NEWCOMER),
        Decoder("json/lines/orjson", Role.FAST, ("orjson",)),
        Decoder("parquet/columns/pandas", Role.NEWCOMER, ("pandas", "pyarrow")),
        Decoder("parquet/columns/pyarrow", Role.FAST, ("pyarrow",)),
        Decoder("protobuf/messages/upb", Role.NEWCOMER, ("protobuf",)),
        Decoder("protobuf/messages/wire", Role.FAST, ("numpy",)),
    )
}


def decoder(codec: str) -> Decoder:
    """Return a decoder by the name of its codec, such as json/lines/orjson.

    Raises:
        UnknownNameError: no codec has that name.

    """
    try:
        return DECODERS[codec]
    except KeyError:
        known = ", ".join(DECODERS)
        raise UnknownNameError(f"no codec is called {codec!r}; choose from {known}") from None


def fast(layout: str) -> Decoder:
    """Return the fast decoder of a layout, such as json/lines."""
    for entry in DECODERS.values():
        if entry.layout == layout and entry.role is Role.FAST:
            return entry
    raise UnknownNameError(f"no fast decoder is registered for the layout {layout!r}")
