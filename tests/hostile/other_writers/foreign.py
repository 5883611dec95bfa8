"""A file of another writer: its bytes, what they hold, and whether it may be refused."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.cells import to_cells
from formats.registry import LAYOUTS
from tests.formats.cases import layout_cases, small

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random
    from typing import TypeAlias

    from formats.payloads import Batch, Payload

    Writer: TypeAlias = Callable[[Random, str, Payload, Batch], "Written"]

SAMPLES = (0, 1, 2, 3, 5, 17)


@dataclass(frozen=True)
class Written:
    """What a writer made of a batch."""

    data: bytes
    how: str
    """The options that it was written with."""
    refusal: str = ""
    """A pattern of the reasons that it has to be refused for; none: it has to be read."""
    limit: str = ""
    """A pattern of what a library may say that it cannot read; none: it can read all."""


@dataclass(frozen=True)
class Foreign:
    """A file of another writer."""

    layout: str
    payload: Payload
    writer: str
    batch: Batch
    written: Written


def installed(library: str) -> bool:
    """Tell whether a library that writes is installed."""
    return find_spec(library) is not None


@cache
def _cases(format_name: str) -> tuple[tuple[str, str], ...]:
    return tuple(case for case in layout_cases() if case[0].startswith(format_name + "/"))


def foreign(
    rng: Random, format_name: str, name: str, writer: Writer, fits: Callable[[str, Payload], bool]
) -> Foreign:
    """Return a file of a writer: of a layout of a format, a payload and a batch drawn at random."""
    cases = [case for case in _cases(format_name) if fits(case[0], small(case[1]))]
    layout, payload_name = rng.choice(cases)
    payload = small(payload_name)
    assert LAYOUTS[layout].fits(payload)
    batch = payload.generate(f"{rng.getrandbits(32):x}", rng.choice(SAMPLES))
    if rng.random() < 0.5:
        batch = extremes(rng, payload, batch)
    return Foreign(layout, payload, name, batch, writer(rng, layout, payload, batch))


def extremes(rng: Random, payload: Payload, batch: Batch) -> Batch:
    """Return a batch of which some values are the smallest or largest that a field may hold."""
    changed: Batch = {}
    for field in payload.fields:
        values = batch[field.name].copy()
        flat = values.reshape(-1)
        for place in rng.sample(range(flat.size), min(flat.size, 3)):
            flat[place] = rng.choice(field.bounds)
        changed[field.name] = values
    return changed


def columns_of_values(payload: Payload, batch: Batch) -> dict[str, list[int]]:
    """Return a batch as a column a value, named as in CSV."""
    columns: dict[str, list[int]] = {}
    for field in payload.fields:
        rows = batch[field.name].reshape(-1, field.width)
        names = [f"{field.name}_{i}" for i in range(field.width)] if field.shape else [field.name]
        columns |= {name: rows[:, i].tolist() for i, name in enumerate(names)}
    return columns


def columns_of_base64(payload: Payload, batch: Batch) -> dict[str, list[str]]:
    """Return a batch as a column a field, of the base64 of its bytes."""
    rows = [[base64.b64encode(cell).decode() for cell in row] for row in to_cells(payload, batch)]
    return {name: [row[i] for row in rows] for i, name in enumerate(payload.field_names)}


def shuffled(rng: Random, names: Sequence[str]) -> list[str]:
    """Return names in their own order, reversed or in any."""
    order = list(names)
    if rng.random() < 0.5:
        rng.shuffle(order)
    return order


def pick(rng: Random, **options: Sequence[Any]) -> dict[str, Any]:
    """Return one value of each option."""
    return {name: rng.choice(values) for name, values in options.items()}


def described(options: dict[str, Any]) -> str:
    """Return options as a line of text."""
    return ", ".join(f"{name}={value!r}" for name, value in options.items())


def samples_of(payload: Payload, batch: Batch) -> int:
    """Return the number of samples of a batch."""
    return len(batch[payload.fields[0].name])


def integers(values: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return numbers as 64-bit ones."""
    return np.array(values, dtype=np.int64)
