"""What a layout, a codec and a decoder are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Generic, TypeVar

from formats.batch import misfit
from formats.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload
    from formats.pictures.coding import Coding, ReadPicture


class Damage(StrEnum):
    """What a layout gives away when its bytes were damaged after they were written.

    STRUCTURE: that values are too few, too many or out of range; a changed value is a value.
    COMPRESSED: what the compressed stream, and its checks, happen to notice as well.
    CHECKSUM: any changed bit of a value, by a checksum over all of them.
    """

    STRUCTURE = "structure"
    COMPRESSED = "compressed"
    CHECKSUM = "checksum"


def always(payload: Payload) -> bool:  # noqa: ARG001
    """Tell that a layout holds any payload."""
    return True


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A registry entry: how the bytes of a payload lie in a format."""

    format: str
    name: str
    summary: str
    """What it is in a line: how it differs from the canonical one, where it is another."""
    canonical: bool = False
    """Whether headlines compare it; one layout of each format is."""
    detects: Damage = Damage.STRUCTURE
    """What damage is noticed."""
    fits: Callable[[Payload], bool] = always
    """Tells for which payloads it makes sense."""
    pictures: Coding | None = None
    """How pictures are compressed; None: they are not."""

    @property
    def id(self) -> str:
        """Format and name, such as json/lines."""
        return f"{self.format}/{self.name}"

    @property
    def lossy(self) -> bool:
        """Whether what is decoded differs from what was encoded."""
        return self.pictures is not None and self.pictures.lossy

    def kept(self, payload: Payload, batch: Batch) -> Batch:
        """Return what every decoder gives back of a batch, bit for bit.

        The batch itself; of a lossy layout what the reference of its pictures reads.
        """
        return self.pictures.kept(payload, batch) if self.pictures and self.lossy else batch


_LONGEST = 300
"""Characters of a library's message: it may quote the bytes."""

AnyLayout = TypeVar("AnyLayout", bound=Layout)


class Codec(ABC, Generic[AnyLayout]):
    """A decoder and its matching encoder, set up for one payload; serves one thread.

    Construction does what a program does once (schemas, message classes, scratch memory); `encode`
    and `decode` are what it does for every batch.
    """

    name = ""
    """Name of the codec, such as json/lines/orjson."""

    pixels: ReadPicture | None = None
    """Reads a compressed picture; None: as the layout's reference does."""

    def __init__(self, payload: Payload, layout: AnyLayout) -> None:
        self.payload = payload
        self.layout = layout

    @abstractmethod
    def encode(self, batch: Batch) -> bytes:
        """Return a batch as the bytes of the layout."""

    @abstractmethod
    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Return the batch that the bytes hold, in `out` where it fits; raise what you will."""

    def read_picture(
        self, field: Field, cell: bytes | memoryview, target: NDArray[np.uint8], row: int
    ) -> None:
        """Fill a picture, shape (height, width, 3), from its bytes, those of a row.

        Raises:
            DecodeError: the layout has no pictures. For other bytes than a picture's, whatever
                the library raises.

        """
        coding = self.layout.pictures
        if coding is None:
            raise DecodeError(f"{self.layout.id} has no pictures")
        (self.pixels or coding.read)(field, cell, target, row)

    def decode(self, data: bytes, out: Batch | None = None) -> Batch:
        """Return the batch that the bytes hold, in arrays as `formats.batch` asks for.

        out: arrays of an earlier batch, which are filled again if they are as many samples; their
        pages have been touched, which fresh memory of some megabytes is slow to be.

        Takes memory of at most `formats.batch.memory_limit` of the number of encoded bytes.

        Raises:
            DecodeError: the bytes do not follow the layout, as far as the layout can tell. Nothing
                else, whatever the bytes are.

        """
        try:
            batch = self.read(data, out)
            wrong = misfit(self.payload, batch)
        except DecodeError as error:
            wrong, cause = _readable(str(error)), error.__cause__
        except Exception as error:  # noqa: BLE001  each library reports damage differently
            wrong, cause = _readable(str(error), type(error).__name__), error
        else:
            if wrong is None:
                return batch
            cause = None
        raise DecodeError(
            f"{self.name}: {wrong}. The bytes are damaged, or were not written as "
            f"{self.layout.id} of {self.payload.name}-{self.payload.size}: write them again, or "
            "name the codec and payload that they were written with"
        ) from cause


def _readable(text: str, kind: str = "") -> str:
    """Return the first line of an error, short and without control characters of the bytes."""
    first = next(iter(text.strip().splitlines()), "")[:_LONGEST].rstrip(".")
    printable = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in first)[:_LONGEST]
    return ": ".join(part for part in (kind, printable) if part)


@dataclass(frozen=True)
class Decoder:
    """A registry entry: a library path between the bytes of a layout and tensors."""

    layout: str
    name: str
    module: str
    """Holds its class `Codec`; imported only when it is used."""
    libraries: tuple[str, ...] = ()
    """The distributions whose code it runs, for the record."""
    needs: str | None = None
    """The library that must be installed beside the project's own, by its import name."""
    extra: str = "peers"
    """The extra of pyproject.toml that brings it."""
    beside: str = ""
    """The library that it must come from one place with, since it is built for one build of it."""
    pixels: str = ""
    """Its function `read` reads compressed pictures; empty: as the layout's reference does."""
    naive: bool = False
    """Whether it is the straightforward way to write it, without tuning."""
    writes: bool = True
    """Whether it encodes too."""
    verifies: bool = True
    """Whether it looks at the checksums of a layout that has them."""

    @property
    def codec(self) -> str:
        """Name of the codec: format/layout/decoder."""
        return f"{self.layout}/{self.name}"

    @property
    def format(self) -> str:
        """The format, such as json."""
        return self.layout.split("/")[0]

    @cached_property
    def problem(self) -> str:
        """Why it cannot be used here; "": it can."""
        if self.needs is None:
            return ""
        library = next(iter(self.libraries), self.needs)
        if find_spec(self.needs) is None:
            return (
                f"needs {library}, which is not installed; "
                f"`pip install -c constraints.txt -e '.[{self.extra}]'` installs the libraries "
                "compared with"
            )
        if self.beside and build(library) != build(self.beside):
            return (
                f"needs {library}, whose build is for another {self.beside} than is "
                "installed; docs/how-to/install-torch.md says how both come from one place"
            )
        return ""

    @property
    def installed(self) -> bool:
        """Whether its library is installed, and can be used."""
        return not self.problem


def build(distribution: str) -> str | None:
    """Return the build of a distribution, such as "cpu" of 2.13.0+cpu; None: there is none."""
    try:
        return version(distribution).partition("+")[2]
    except PackageNotFoundError:
        return None
