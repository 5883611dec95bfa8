"""What a benchmark case is, and what a kind of case must provide."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from formats.payloads import Payload, payload
from formats.registry import DECODERS, LAYOUTS, bind, fast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from formats.codec import Decoder
    from formats.payloads import Batch


@dataclass(frozen=True, slots=True)
class CaseSpec:
    """One thing to time: a kind of work, on a batch of a payload, through a codec if it has one."""

    kind: str
    codec: str | None
    payload: str
    size: int
    batch: int

    @property
    def id(self) -> str:
        """The case's name: what, of what, how many."""
        parts = [self.kind, self.codec, f"{self.payload}-{self.size}", f"b{self.batch}"]
        return "/".join(part for part in parts if part)

    @property
    def decoder(self) -> Decoder:
        """The decoder of the case's codec."""
        assert self.codec is not None  # noqa: S101  only kinds with a codec ask
        return DECODERS[self.codec]

    @property
    def data(self) -> Payload:
        """The payload of the case, at its size."""
        return payload(self.payload, self.size)


class Filters(NamedTuple):
    """Which of a preset's cases are measured; where nothing is named, all."""

    payloads: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    codecs: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    """In place of the preset's own; with batches alone, the payload's usual size."""
    batches: tuple[int, ...] = ()
    """In place of the preset's own; with sizes alone, the payload's usual batch."""


class Role(StrEnum):
    """Why a codec is measured.

    The fastest there is, the naive one, any other, or one whose library comes only with the extra
    `peers`.
    """

    FAST = "fast"
    NAIVE = "naive"
    OTHER = "other"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case made ready."""

    call: Callable[[], object]
    """What is timed."""
    check: Callable[[object], str | None]
    """Returns what is wrong with the result of a call, or None."""
    encoded_bytes: int | None = None
    """Of the batch; None without a codec."""
    close: Callable[[], None] = lambda: None
    """Frees what the case holds."""


class Kind(Protocol):
    """A kind of case: which cases there are of it, and how one is made ready."""

    @property
    def name(self) -> str:
        """Return the name that cases of this kind begin with."""

    @property
    def ranks(self) -> Mapping[Role | None, int]:
        """Return codecs of which role it has a case of, None for a case without a codec.

        With each its rank: the higher, the sooner it is left out when time is short.
        """

    @property
    def direction(self) -> str:
        """Return by which of the two its fastest codec is named: decode or encode."""

    def prepare(self, case: CaseSpec, data: Data) -> Prepared:
        """Make a case ready in the measuring process."""


class Data:
    """The generated batches of a run and their encoded bytes, each made once a process."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self.batch = cache(self._batch)
        self.encoded = cache(self._encoded)
        self.kept = cache(self._kept)

    def _batch(self, name: str, size: int, samples: int) -> Batch:
        return payload(name, size).generate(self._nonce, samples)

    def _encoded(self, layout: str, name: str, size: int, samples: int) -> bytes:
        result = payload(name, size)
        codec = bind(fast(layout, result, "encode"), result)
        return codec.encode(self.batch(name, size, samples))

    def _kept(self, layout: str, name: str, size: int, samples: int) -> Batch:
        return LAYOUTS[layout].kept(payload(name, size), self.batch(name, size, samples))

    def of(self, case: CaseSpec) -> Batch:
        """Return the batch that a case works on."""
        return self.batch(case.payload, case.size, case.batch)

    def kept_of(self, case: CaseSpec) -> Batch:
        """Return what decoding that batch must give: the same, unless the layout is lossy."""
        return self.kept(case.decoder.layout, case.payload, case.size, case.batch)

    def bytes_of(self, case: CaseSpec) -> bytes:
        """Return the encoded batch that a case works on."""
        return self.encoded(case.decoder.layout, case.payload, case.size, case.batch)
