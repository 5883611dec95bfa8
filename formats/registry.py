"""All layouts and decoders. A format is a folder, and a line of `formats.names`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formats import names
from formats.errors import UnknownNameError

if TYPE_CHECKING:
    from formats.codec import Codec, Decoder, Layout
    from formats.payloads import Payload

FORMATS: tuple[str, ...] = tuple(names.FORMATS)
_PACKAGES: list[Any] = [import_module(f"formats.{name}") for name in FORMATS]

LAYOUTS: dict[str, Layout] = {
    layout.id: layout for package in _PACKAGES for layout in package.LAYOUTS
}

KNOWN: dict[str, Decoder] = {
    entry.codec: entry for package in _PACKAGES for entry in package.DECODERS
}
"""All decoders, whether their libraries are installed or not."""

DECODERS: dict[str, Decoder] = {codec: entry for codec, entry in KNOWN.items() if entry.installed}

MEASURED = Path(__file__).with_name("fastest.json")


def decoder(codec: str) -> Decoder:
    """Return a decoder by the name of its codec, such as json/lines/orjson.

    Raises:
        UnknownNameError: no codec has that name, or its library is not installed.

    """
    if codec in DECODERS:
        return DECODERS[codec]
    if codec in KNOWN:
        raise UnknownNameError(f"{codec} {KNOWN[codec].problem}")
    raise UnknownNameError(f"no codec is called {codec!r}; choose from {', '.join(DECODERS)}")


def bind(entry: Decoder, payload: Payload) -> Codec[Any]:
    """Return the codec of a decoder, ready for a payload."""
    codec: Codec[Any] = import_module(entry.module).Codec(payload, LAYOUTS[entry.layout])
    codec.name = entry.codec
    if entry.pixels:
        codec.pixels = import_module(entry.pixels).read
    return codec


def layout(name: str) -> Layout:
    """Return a layout by its name, such as json/lines.

    Raises:
        UnknownNameError: no layout has that name.

    """
    try:
        return LAYOUTS[name]
    except KeyError:
        known = ", ".join(LAYOUTS)
        raise UnknownNameError(f"no layout is called {name!r}; choose from {known}") from None


@cache
def _measured() -> dict[str, dict[str, dict[str, str]]]:
    """Return the fastest decoder's name by direction, layout and payload, as it was measured."""
    table: dict[str, dict[str, dict[str, str]]] = loads(MEASURED.read_text(encoding="utf-8"))
    return table


def fast(layout_name: str, payload: Payload, direction: str = "decode") -> Decoder:
    """Return the fastest decoder of a layout for a payload, or encoder, by measurement.

    `nox -s peers` measures, and writes the table that this reads; what it has not measured goes to
    the first decoder that is registered for the layout. Only decoders that need no extra library
    are in the table.
    """
    default = next(entry for entry in KNOWN.values() if entry.layout == layout(layout_name).id)
    name = _measured().get(direction, {}).get(layout_name, {}).get(payload.name, default.name)
    return DECODERS.get(f"{layout_name}/{name}", default)
