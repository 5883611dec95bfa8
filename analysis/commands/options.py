"""The options that say which configuration is meant. Light: nothing is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_TEXTS = {
    "payload": "what a sample is: image, tokens, tabular, audio (default: image)",
    "codec": "format, format/layout or format/layout/decoder (default: parquet)",
    "storage": "disk, as the system caches it; cold, past the cache; or a storage tier to emulate, "
    "such as ebs_gp2 (default: disk)",
    "workload": "the model (default: the payload's usual one)",
    "accelerator": "none; cpu, cuda or mps for a real training step; a time to wait, such as 10ms; "
    "or whose step time, such as h100 (default: none)",
}
_NUMBERS = {
    "size": "size of a sample, in the payload's own unit",
    "batch": "samples in a batch",
    "workers": "processes that read, decode and transform (default: 0)",
    "prefetch": "batches that a worker makes ahead (default: 2)",
    "accelerators": "how many share one feed (default: 1)",
}
_CHOICES = {
    "phase": ("what the accelerator does (default: train, where known)", ("train", "serve")),
    "remove": ("take a stage out", ("storage", "decode", "transform", "step")),
}


def add(command: argparse.ArgumentParser) -> None:
    """Add the options, named as those of `python -m bench experiment`."""
    command.add_argument(
        "--config", metavar="FILE", help="the configuration as JSON; - reads it from stdin"
    )
    for name, text in _TEXTS.items():
        command.add_argument(f"--{name}", metavar="NAME", help=text)
    for name, text in _NUMBERS.items():
        command.add_argument(f"--{name}", type=int, metavar="N", help=text)
    for name, (text, choices) in _CHOICES.items():
        command.add_argument(f"--{name}", choices=choices, help=text)


def given(options: argparse.Namespace) -> dict[str, object]:
    """Return what was given, by field of `bench.bundle.Setup`."""
    names = (*_TEXTS, *_NUMBERS, *_CHOICES)
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def points(text: str) -> float:
    """Read a score; argparse names this function where it cannot."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def deadline(text: str) -> float:
    """Read a deadline such as 10ms or 0.1s, in ms; argparse names this function where it cannot."""
    number, factor = (text[:-2], 1.0) if text.endswith("ms") else (text.removesuffix("s"), 1000.0)
    value = float(number) * factor
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value
