"""What a benchmark case is, and what a kind of case must provide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from formats.decoders import DECODERS, Decoder, Role, fast
from formats.payloads import PAYLOADS, Payload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from formats.batch import Batch


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case made ready: the call to time, and a check of what it returns.

    check gets the result of a call and returns what is wrong with it, or None. close frees what
    the case holds.
    """

    call: Callable[[], object]
    check: Callable[[object], str | None]
    encoded_bytes: int | None = None
    close: Callable[[], None] = lambda: None


class Kind(Protocol):
    """A kind of case: which cases there are of it, and how one is made ready."""

    @property
    def name(self) -> str:
        """Return the name that cases of this kind begin with."""

    @property
    def ranks(self) -> Mapping[Role | None, int]:
        """Return decoders of which role it has a case of, None for a case without a codec.

        With each its rank: the higher, the sooner it is left out when time is short.
        """

    def prepare(self, case: CaseSpec, data: Data) -> Prepared:
        """Make a case ready in the measuring process."""


class Data:
    """The generated batches of a run and their encoded bytes, each made once a process."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self.batch = cache(self._batch)
        self.encoded = cache(self._encoded)

    @staticmethod
    def payload(case: CaseSpec) -> Payload:
        """Return the payload of a case."""
        return PAYLOADS[case.payload](case.size)

    def _batch(self, name: str, size: int, samples: int) -> Batch:
        return PAYLOADS[name](size).generate(self._nonce, samples)

    def _encoded(self, layout: str, name: str, size: int, samples: int) -> bytes:
        codec = fast(layout).bind(PAYLOADS[name](size))
        return codec.encode(self.batch(name, size, samples))

    def of(self, case: CaseSpec) -> Batch:
        """Return the batch that a case works on."""
        return self.batch(case.payload, case.size, case.batch)

    def bytes_of(self, case: CaseSpec) -> bytes:
        """Return the encoded batch that a case works on."""
        return self.encoded(case.decoder.layout, case.payload, case.size, case.batch)
