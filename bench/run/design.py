"""Which configurations a run measures: the same on every machine, so that a class compares.

The first answer a student's questions: does another worker help, how much does a slow disk or a
fast accelerator change, what does the naive way cost? The rest cover the space evenly: each payload
in each format meets every number of workers, every size of batch, every accelerator and storage
about as often, in an order that is random once and for all. Where there is time for many, some are
run again without each stage, and with one thing changed: what the bottleneck is, and what an
upgrade gains, is then measured.
"""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.pipeline.configuration import Configuration, configuration
from bench.stages import REMOVABLE, Stage
from formats.payloads import kind
from formats.registry import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bundle import Setup
    from bench.presets import Preset

_WORKERS = (0, 1, 2, 4, 0, 2, 1, 3)
_ACCELERATORS = ("none", "5ms", "20ms", "none", "2ms", "10ms", "40ms", "none")
_STORAGES = ("disk", "disk", "ebs_gp2", "disk", "disk", "hdd", "disk", "sata_ssd")
_PREFETCHES = (2, 2, 2, 1, 2, 4)
_BATCHES = (1.0, 0.25, 1.0, 0.5, 2.0)
"""Of the payload's usual batch."""
_CHANGED: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"payload": "image", "codec": "json", "workers": 2}, {"codec": "parquet"}),
    ({"payload": "image", "codec": "parquet", "workers": 1, "accelerator": "2ms"}, {"workers": 2}),
    (
        {"payload": "tokens", "codec": "json", "workers": 1, "storage": "hdd"},
        {"storage": "sata_ssd"},
    ),
    ({"payload": "tokens", "codec": "csv", "workers": 2, "accelerator": "10ms"}, {"workers": 1}),
    ({"payload": "audio", "codec": "csv", "workers": 2}, {"codec": "protobuf"}),
    ({"payload": "audio", "codec": "parquet", "storage": "ebs_gp2"}, {"workers": 1}),
    ({"payload": "tabular", "codec": "csv", "workers": 1, "accelerator": "5ms"}, {"workers": 2}),
    ({"payload": "tabular", "codec": "protobuf"}, {"codec": "parquet"}),
    (
        {"payload": "image", "codec": "csv", "storage": "hdd", "accelerator": "20ms"},
        {"codec": "protobuf"},
    ),
    (
        {"payload": "audio", "codec": "json", "workers": 2, "storage": "sata_ssd"},
        {"codec": "parquet"},
    ),
)
"""Configurations that are run without each stage too, and what is changed in each."""
_REGIMES: tuple[tuple[dict[str, Any], tuple[dict[str, Any], ...]], ...] = (
    (
        {"payload": "image", "codec": "protobuf", "workers": 2, "accelerator": "5ms"},
        (
            {"tail": 20},
            {"tail": 100},
            {"transform": "fused"},
            {"transform": "device"},
            {"epoch": 20},
            {"threads": 8},
        ),
    ),
    (
        {"payload": "image", "codec": "parquet", "workers": 2, "epoch": 10},
        ({"persistent": True}, {"workers": 1}),
    ),
    (
        {"payload": "tokens", "codec": "parquet", "workers": 2},
        ({"tail": 20}, {"transform": "fused"}),
    ),
    (
        {
            "payload": "image-natural",
            "codec": "protobuf/jpeg",
            "batch": 16,
            "workers": 2,
            "accelerator": "h100",
        },
        ({"workers": 1}, {"codec": "parquet/jpeg"}, {"storage": "ebs_gp2"}),
    ),
    (
        {"payload": "tokens", "codec": "protobuf", "workers": 1, "storage": "s3_standard"},
        ({"shards": 2}, {"shards": 8}),
    ),
    (
        {"payload": "tabular", "codec": "parquet", "workers": 2, "prefetch": 4},
        ({"heap": 512}, {"threads": 8}, {"shards": 8}),
    ),
)
"""Configurations, and what makes a loader of them slower, or faster, than usual stages say; each
differs from its base in one thing."""
_EACH = 13
"""Configurations of a payload in a format."""
_HELD_OUT = 4
"""One of so many is kept from calibration."""


class Designed(NamedTuple):
    """A configuration, and what it is for."""

    configuration: Configuration
    held_out: bool
    """Whether it is kept from calibration."""
    retest: bool
    """Whether it is measured once more at the end."""
    base: int | None
    """The place of the one that it is compared with, or its own; None: it is not compared."""


def _taught() -> Iterator[dict[str, Any]]:
    """Yield what students ask about first."""
    for workers in (0, 1, 4, 2):
        yield {"payload": "image", "codec": "json", "workers": workers}
    for workers in (0, 2):
        yield {"payload": "tabular", "codec": "csv", "workers": workers}
        yield {"payload": "tabular", "codec": "parquet", "workers": workers}
    image = {"payload": "image", "codec": "parquet", "accelerator": "h100", "workers": 2}
    yield image
    yield image | {"control": "cached"}
    yield image | {"items": "sample"}
    yield image | {"storage": "ebs_gp2", "accelerators": 4}
    yield {"payload": "tokens", "codec": "protobuf", "workers": 1, "accelerator": "10ms"}
    yield {"payload": "tokens", "codec": "parquet", "workers": 0, "accelerator": "20ms"}
    yield {"payload": "audio", "codec": "protobuf", "workers": 2, "storage": "hdd"}
    yield {"payload": "audio", "codec": "json", "workers": 1, "accelerator": "5ms"}
    yield {"payload": "tabular", "codec": "csv", "workers": 1, "accelerator": "20ms"}
    yield {"payload": "tokens", "codec": "csv", "workers": 4}
    yield image | {"codec": "json"}


def _changed() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield configurations, each with what it is compared with.

    After each base come the base with one thing changed, and without every stage that it has.
    """
    for base, upgrade in _CHANGED:
        yield base, base
        yield base | upgrade, base
        for stage in REMOVABLE:
            if stage != Stage.STEP or "accelerator" in base:
                yield base | {"remove": str(stage)}, base


def _regimes() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield configurations with what each is compared with, as `_changed` does."""
    for base, ways in _REGIMES:
        yield base, base
        for way in ways:
            yield base | way, base


def _spread() -> Iterator[dict[str, Any]]:
    """Yield what covers the space evenly."""
    rng = random.Random("data-factory")  # noqa: S311 - an order, not a secret
    pairs = list(product(("tabular", "image", "tokens", "audio"), FORMATS))
    levels = {
        "workers": _WORKERS,
        "accelerator": _ACCELERATORS,
        "storage": _STORAGES,
        "prefetch": _PREFETCHES,
        "batch": _BATCHES,
    }
    columns = {
        name: _shuffled(rng, [level[i % len(level)] for i in range(_EACH * len(pairs))])
        for name, level in levels.items()
    }
    for number, (payload, codec) in enumerate(_shuffled(rng, pairs * _EACH)):
        cell = {name: column[number] for name, column in columns.items()}
        batch = max(1, int(kind(payload).usual[1] * cell["batch"]))
        prefetch = cell["prefetch"] if cell["workers"] else 2
        yield {**cell, "payload": payload, "codec": codec, "batch": batch, "prefetch": prefetch}


def _shuffled(rng: random.Random, values: list[Any]) -> list[Any]:
    return rng.sample(values, len(values))


def design(preset: Preset, nonce: str, start: str | None = None) -> tuple[Designed, ...]:
    """Return the configurations of a preset, the most important first; start: how workers do."""

    def from_fields(fields: dict[str, Any]) -> Configuration:
        return configuration({**fields, "nonce": nonce, "seconds": preset.window_s, "start": start})

    # By what is run, not by how it was written.
    result: dict[Setup, Configuration] = {}
    bases: dict[Setup, Setup] = {}
    changed = tuple(_changed()) if preset.changed else ()
    regimes = tuple(_regimes()) if preset.regimes else ()
    last = {entry.setup(): entry for entry in (from_fields(fields) for fields, _ in regimes)}
    for fields in (*_taught(), *(fields for fields, _ in changed), *_spread()):
        if len(result.keys() | last.keys()) == preset.configurations:
            break
        entry = from_fields(fields)
        result.setdefault(entry.setup(), entry)
    result |= last
    for fields, base in (*changed, *regimes):
        bases[from_fields(fields).setup()] = from_fields(base).setup()
    places = {setup: place for place, setup in enumerate(result)}
    often = preset.configurations // max(1, preset.retested)
    return tuple(
        Designed(
            entry,
            held_out=place % _HELD_OUT == _HELD_OUT - 1,
            retest=place % often == often // 2,
            base=places[bases[setup]] if setup in bases else None,
        )
        for place, (setup, entry) in enumerate(result.items())
    )
