"""What a decoder is: a library path between the bytes of a layout and tensors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from formats.batch import Batch
    from formats.payloads import Payload


class Codec(Protocol):
    """A decoder and its matching encoder, made ready for one payload.

    Construction does what a program does once (schemas, message classes); `encode` and `decode` are
    what it does for every batch.
    """

    def __init__(self, payload: Payload) -> None: ...

    def encode(self, batch: Batch) -> bytes:
        """Return a batch as the bytes of the layout."""

    def decode(self, data: bytes) -> Batch:
        """Return the batch that the bytes hold, in arrays as `formats.batch` asks for.

        Raises:
            DecodeError: the bytes do not follow the layout, as far as the decoder looks; what a
                library finds on its own it raises as its own error.

        """


class Role(StrEnum):
    """Why a decoder is here: what a newcomer writes, or the fastest path known."""

    NEWCOMER = "newcomer"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Decoder:
    """A registry entry. `codec` is format/layout/decoder; its module has the same name.

    libraries are the distributions whose code it runs, for the record.
    """

    codec: str
    role: Role
    libraries: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        """The format, such as json."""
        return self.codec.split("/")[0]

    @property
    def layout(self) -> str:
        """Format and layout, such as json/lines: a key of `formats.layouts.LAYOUTS`."""
        return self.codec.rpartition("/")[0]

    @property
    def module(self) -> str:
        """Name of the module that implements it, imported only when it is used."""
        return "formats.decoders." + self.codec.replace("/", "_")

    def bind(self, payload: Payload) -> Codec:
        """Return the codec, ready for a payload."""
        codec_class = cast("type[Codec]", import_module(self.module).Codec)
        return codec_class(payload)
