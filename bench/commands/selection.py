"""The options that say which cases of which preset are meant. Light."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bench.presets import PRESETS

if TYPE_CHECKING:
    from bench.cases import Filters

FILTERS = ("payload", "format", "codec", "size", "batch")
"""Options that narrow a preset, in the order of `bench.cases.Filters`."""

_LARGEST_BATCH = 1 << 30
"""Bytes of a decoded batch; text takes several times as much, and Python objects more."""


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the options of a preset and its filters."""
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        help="how much to measure, by default quick: "
        + ", ".join(f"{p.name} ({p.budget_s // 60} min)" for p in PRESETS.values()),
    )
    for name, example in (("payload", "image"), ("format", "json"), ("codec", "csv/rows/pandas")):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar=name.upper(),
            help=f"only this {name}, such as {example}; may be repeated",
        )
    for name, text in (
        ("size", "size of a sample, in the payload's own unit"),
        ("batch", "samples in a batch"),
    ):
        parser.add_argument(
            f"--{name}",
            action="append",
            type=count,
            default=[],
            metavar="N",
            help=f"{text}, in place of the preset's; may be repeated",
        )


def count(text: str) -> int:
    """Read a number of things; argparse names this function where it cannot."""
    value = int(text)
    if not 1 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError("a size or batch is a whole number from 1 to 1,000,000")
    return value


def filters_of(options: argparse.Namespace) -> Filters:
    """Return what is asked for.

    Raises:
        UnknownNameError: a name is not known; the known ones are named.
        SelectionError: a batch would not fit the memory of a laptop.

    """
    from bench.cases import Filters
    from bench.errors import SelectionError
    from formats.errors import UnknownNameError
    from formats.payloads import PAYLOADS, kind
    from formats.registry import FORMATS, decoder

    kinds = [kind(name) for name in options.payload] or list(PAYLOADS.values())
    for name in options.codec:
        decoder(name)
    for name in options.format:
        if name not in FORMATS:
            raise UnknownNameError(
                f"no format is called {name!r}; choose from {', '.join(FORMATS)}"
            )
    for payload in kinds:
        sample_bytes = payload(max(options.size, default=None)).sample_bytes
        size = sample_bytes * max(options.batch, default=payload.usual[1])
        if size > _LARGEST_BATCH:
            raise SelectionError(
                f"a batch of {payload.name} would have {size / 1e9:.3g} GB; name a smaller --size "
                f"or --batch (up to {_LARGEST_BATCH / 1e9:.2g} GB)"
            )
    return Filters(*(tuple(getattr(options, name)) for name in FILTERS))
