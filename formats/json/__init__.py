"""JSON: what every program reads. Values are text; keys are repeated a sample."""

from formats.codec import Decoder
from formats.json.layout import BASE64, FLAT, LINES

LAYOUTS = (LINES, BASE64, FLAT)


def _pysimdjson(layout: str, module: str) -> Decoder:
    return Decoder(layout, "pysimdjson", module, ("pysimdjson",), "simdjson", writes=False)


# One module and one line each; the first of a layout writes what the others are tested on.
DECODERS = (
    Decoder("json/lines", "wire", "formats.json.wire", ("numpy", "orjson")),
    Decoder("json/lines", "stdlib", "formats.json.stdlib", naive=True),
    Decoder("json/lines", "orjson", "formats.json.orjson", ("orjson",)),
    _pysimdjson("json/lines", "formats.json.simdjson"),
    Decoder("json/lines", "msgspec", "formats.json.msgspec", ("msgspec",), "msgspec"),
    Decoder("json/lines", "pyarrow", "formats.json.pyarrow", ("pyarrow",), writes=False),
    Decoder("json/base64", "wire", "formats.json.base64_wire", ("numpy",)),
    Decoder("json/base64", "stdlib", "formats.json.base64_stdlib", naive=True),
    Decoder("json/flat", "wire", "formats.json.flat_wire", ("numpy", "orjson")),
    Decoder("json/flat", "stdlib", "formats.json.flat_stdlib", naive=True),
    Decoder("json/flat", "orjson", "formats.json.flat_orjson", ("orjson",)),
    _pysimdjson("json/flat", "formats.json.flat_simdjson"),
)
