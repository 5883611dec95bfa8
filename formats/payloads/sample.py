"""What a sample is: named fields, and a way to generate batches of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from formats.payloads.stream import Stream

Batch: TypeAlias = dict[str, NDArray[Any]]
"""One array a field, shape (samples, *field.shape), dtype field.dtype, C-contiguous and owned."""


@dataclass(frozen=True, slots=True)
class Field:
    """One tensor of a sample.

    A blob (pixels, PCM) is a run of bytes to the program that wrote it, and travels as bytes in
    formats that have a bytes type; other fields are numbers.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] = ()
    """Of one sample; () for a scalar."""
    blob: bool = False
    low: int | None = None
    """The smallest value; None: that of the dtype. The largest is the dtype's."""

    @property
    def width(self) -> int:
        """Number of values in one sample."""
        return math.prod(self.shape)

    @property
    def sample_bytes(self) -> int:
        """Bytes of one decoded sample of this field."""
        return self.width * np.dtype(self.dtype).itemsize

    @property
    def bounds(self) -> tuple[int, int]:
        """Smallest and largest value that the field may hold."""
        info = np.iinfo(self.dtype)
        return (int(info.min) if self.low is None else self.low, int(info.max))


@dataclass(frozen=True, slots=True)
class Payload:
    """One kind of sample at one size: its fields, and the generator that fills them."""

    name: str
    size: int
    """In the kind's own unit: pixels a side, tokens, ..."""
    fields: tuple[Field, ...]
    fill: Callable[[Stream, int], Batch]
    """Makes a batch of so many samples."""
    change: Change | None = None
    """Makes other values of them; None: they stay."""

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(field.name for field in self.fields)

    @property
    def sample_bytes(self) -> int:
        """Bytes of one decoded sample."""
        return sum(field.sample_bytes for field in self.fields)

    def generate(self, nonce: str, samples: int) -> Batch:
        """Return a batch of generated samples, the same for the same nonce on every machine."""
        stream = Stream(nonce, f"{self.name}/{self.size}")
        batch = self.fill(stream, samples)
        return self.change(self, batch, stream) if self.change and samples else batch


Change: TypeAlias = Callable[[Payload, Batch, Stream], Batch]
"""Makes other values of a batch of a payload's own."""


@dataclass(frozen=True, slots=True)
class PayloadKind:
    """A registry entry: how to build a payload of any size, and the shapes it is measured in.

    A shape is (size, samples in a batch).
    """

    name: str
    size_unit: str
    """What the size counts."""
    usual: tuple[int, int]
    """The usual shape."""
    small: tuple[int, int]
    """One with a smaller batch of the same size."""
    build: Callable[[int], Payload]
    """Makes the payload of a size."""
    sizes: tuple[int, ...]
    """Over three decades, so that the costs of a sample and of a byte can be separated."""
    batches: tuple[int, ...]
    """Likewise, for the cost of a call."""
    large: tuple[int, int] | None = None
    """One of another size, where that is common too."""
    change: Change | None = None
    """Makes other values; None: the payload's own."""
    values: Mapping[str, Change] = attribute(default_factory=dict)
    """By name: what makes other values that only this kind may have."""

    def __call__(self, size: int | None = None) -> Payload:
        """Return the payload at a size, by default the usual one."""
        return replace(self.build(self.usual[0] if size is None else size), change=self.change)

    def variant(self, name: str, change: Change) -> PayloadKind:
        """Return the kind with other values, under a name that says so."""
        return replace(self, name=f"{self.name}-{name}", change=change)

    def shapes(self, which: str) -> tuple[tuple[int, int], ...]:
        """Return the shapes called `usual`, `small` or `large`, or a row: `sizes`, `batches`.

        The longest batches and the largest samples do not come together.
        """
        size = self.usual[0]
        if which == "batches":
            return tuple((size, some) for some in self.batches)
        if which == "sizes":
            return tuple((some, self.small[1]) for some in self.sizes)
        shape: tuple[int, int] | None = getattr(self, which)
        return (shape,) if shape else ()


def is_table(payload: Payload) -> bool:
    """Tell whether a sample is a record of several numbers, rather than one tensor."""
    return len(payload.fields) > 1 and not any(field.blob for field in payload.fields)
