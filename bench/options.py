"""The options of `python -m bench experiment`. Light: nothing is imported that measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

EXAMPLES = """\
examples:
  python -m bench experiment --payload image --codec json --workers 2
  python -m bench experiment --size 224 --storage ebs_gp2 --accelerator h100 --accelerators 8
                                   eight H100 behind a cloud disk of 250 MB/s, on this machine
  python -m bench experiment --codec csv --accelerator h100 --remove decode
                                   what decoding costs: the same without it
  python -m bench experiment --codec csv --accelerator h100 --control cached
                                   blueprint or fuel: the same step, fed from memory
  python -m bench experiment --workers 3 --add-to runs/one
  python -m bench experiment --payload audio --deadline 10ms --json
  echo '{"payload": "tokens", "batch": 16}' | python -m bench experiment --config -
"""

_TEXTS = {
    "payload": "what a sample is: image, tokens, tabular, audio (default: image)",
    "codec": "format, format/layout or format/layout/decoder (default: parquet)",
    "storage": "disk, this one as the system caches it; cold, the same past the cache; tmpfs, "
    "memory; s3://bucket/prefix; or a storage tier to emulate, such as ebs_gp2 (default: disk)",
    "workload": "the model (default: the payload's usual one)",
    "accelerator": "none; cpu, cuda or mps for a real training step; a time to wait, such as 10ms; "
    "or whose step time to wait, such as h100 (default: none)",
    "endpoint-url": "of a server that speaks S3 (default: as in the environment, or Amazon's)",
    "nonce": "of the generated data",
}
_NUMBERS = {
    "size": "size of a sample, in the payload's own unit",
    "batch": "samples in a batch",
    "workers": "processes that read, decode and transform; 0: the consumer itself (default: 0)",
    "prefetch": "batches that a worker makes ahead (default: 2)",
    "epoch": "batches in an epoch; where workers are not persistent, each begins by starting them "
    "(default: one without an end)",
    "accelerators": "how many share one feed (default: 1)",
}
_CHOICES = {
    "items": ("what the data set hands over (default: batch)", ("batch", "sample")),
    "phase": ("what the accelerator does (default: train, where known)", ("train", "serve")),
    "start": ("how workers start", ("fork", "spawn", "forkserver")),
    "sharing": ("how tensors cross processes", ("file_descriptor", "file_system")),
    "remove": ("take a stage out", ("storage", "decode", "transform", "step")),
    "control": ("replay batches made beforehand", ("cached",)),
}
_SWITCHES = {
    "pin": "copy batches to pinned memory, for cuda",
    "persistent": "have workers outlive an epoch",
}
FIELDS = (*(name.replace("-", "_") for name in _TEXTS), *_NUMBERS, *_CHOICES, *_SWITCHES, "seconds")


def add(command: argparse.ArgumentParser) -> None:
    """Add the options to the command."""
    command.add_argument(
        "--config", metavar="FILE", help="the configuration as JSON; - reads it from stdin"
    )
    command.add_argument(
        "--add-to", metavar="RUN", help="add what it did to this run's bundle, for its report"
    )
    for name, text in _TEXTS.items():
        command.add_argument(f"--{name}", metavar="NAME", help=text)
    for name, text in _NUMBERS.items():
        command.add_argument(f"--{name}", type=int, metavar="N", help=text)
    for name, (text, choices) in _CHOICES.items():
        command.add_argument(f"--{name}", choices=choices, help=text)
    for name, text in _SWITCHES.items():
        command.add_argument(f"--{name}", action="store_true", default=None, help=text)
    command.add_argument(
        "--seconds", type=float, metavar="S", help="of the steady window, at least (default: 1)"
    )
    command.add_argument(
        "--deadline", metavar="TIME", type=deadline, help="from batch to batch, such as 10ms"
    )


def deadline(text: str) -> float:
    """Read a deadline such as 10ms or 0.1s, in ms; argparse names this function where it cannot."""
    number, factor = (text[:-2], 1.0) if text.endswith("ms") else (text.removesuffix("s"), 1000.0)
    value = float(number) * factor
    if not value > 0:
        raise ValueError(text)
    return value
