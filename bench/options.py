"""A configuration's options on a command line, declared once for all commands that take one.

Light: what checks a configuration is imported when one is read.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.errors import ConfigurationError
from bench.stages import REMOVABLE, TRANSFORM_VARIANTS
from hardware_profiles.command_line import path
from hardware_profiles.durations import duration_s
from hardware_profiles.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable


class Option(NamedTuple):
    """An option, named as the field of `bench.bundle.Setup` that it sets."""

    name: str
    help: str
    kind: type = str
    choices: tuple[str, ...] = ()
    emulated: bool = True
    """Whether predictions take it too; others only matter where it really runs."""


_STORAGE = "disk, this one as the system caches it; cold, the same past the cache; "
OPTIONS = (
    Option("payload", "what a sample is: image, tokens, tabular, audio (default: image)"),
    Option("codec", "format, format/layout or format/layout/decoder (default: parquet)"),
    Option(
        "storage",
        f"{_STORAGE}tmpfs, memory; s3://bucket/prefix; or a storage tier to emulate, such as "
        "ebs_gp2 (default: disk)",
    ),
    Option("workload", "the model (default: the payload's usual one)"),
    Option(
        "accelerator",
        "none; cpu, cuda or mps for a real training step; a time to wait, such as 10ms; or whose "
        "step time to wait, such as h100 (default: none)",
    ),
    Option("size", "size of a sample, in the payload's own unit", int),
    Option("batch", "samples in a batch", int),
    Option(
        "workers",
        "processes that read, decode and transform; 0: the consumer itself (default: 0)",
        int,
    ),
    Option("prefetch", "batches that a worker makes ahead (default: 2)", int),
    Option("accelerators", "how many share one feed (default: 1)", int),
    Option(
        "phase",
        "what the accelerator does (default: train, where known)",
        choices=("train", "serve"),
    ),
    Option(
        "method",
        "how the accelerator's rate was found; rates of different methods do not compare (default: "
        "tuned, where known)",
        choices=tuple(METHODS),
    ),
    Option(
        "transform",
        "how samples are transformed: in steps, fused to one pass, or as far as they stay small, "
        "the rest on the device (default: steps)",
        choices=TRANSFORM_VARIANTS,
    ),
    Option(
        "tail",
        "one record in 16 costs so many times as much to decode and transform (default: 1)",
        int,
    ),
    Option("shards", "files that the data set is in, each opened to be read (default: 1)", int),
    Option(
        "threads", "with which a worker decodes parts of a batch (default: 1)", int, emulated=False
    ),
    Option(
        "heap",
        "MiB of Python objects that the data set holds and looks up, which workers inherit when "
        "they are forked (default: 0)",
        int,
        emulated=False,
    ),
    Option("remove", "take a stage out", choices=tuple(REMOVABLE)),
    Option(
        "epoch",
        "batches in an epoch; where workers are not persistent, each begins by starting them "
        "(default: one without an end)",
        int,
    ),
    Option(
        "items",
        "what the data set hands over (default: batch)",
        choices=("batch", "sample"),
        emulated=False,
    ),
    Option("start", "how workers start", choices=("fork", "spawn", "forkserver"), emulated=False),
    Option(
        "sharing",
        "how tensors cross processes",
        choices=("file_descriptor", "file_system"),
        emulated=False,
    ),
    Option("control", "replay batches made beforehand", choices=("cached",), emulated=False),
    Option("pin", "copy batches to pinned memory, for cuda", bool, emulated=False),
    Option("persistent", "have workers outlive an epoch", bool),
    Option(
        "endpoint-url",
        "of a server that speaks S3 (default: as in the environment, or Amazon's)",
        emulated=False,
    ),
    Option("nonce", "of the generated data", emulated=False),
    Option(
        "seconds",
        "of the steady window, at least, such as 2 or 500ms (default: 1)",
        float,
        emulated=False,
    ),
)
"""All options of a configuration, and the only list of them."""


def add_configuration(parser: argparse.ArgumentParser, *, emulated: bool) -> None:
    """Add the options that say which configuration is meant.

    Args:
        parser: of a command.
        emulated: whether only those are wanted that a prediction takes too.

    """
    parser.add_argument(
        "--config",
        type=path,
        metavar="FILE",
        help="the configuration as JSON; - reads it from stdin",
    )
    for option in OPTIONS:
        if emulated and not option.emulated:
            continue
        if option.kind is bool:
            parser.add_argument(
                f"--{option.name}", action="store_true", default=None, help=option.help
            )
        elif option.choices:
            parser.add_argument(f"--{option.name}", choices=option.choices, help=option.help)
        else:
            read, metavar = _READERS[option.kind]
            parser.add_argument(f"--{option.name}", type=read, metavar=metavar, help=option.help)
    parser.add_argument(
        "--deadline", metavar="TIME", type=deadline, help="from batch to batch, such as 10ms"
    )


def fields(options: argparse.Namespace) -> dict[str, Any]:
    """Return a configuration's fields: those of --config, and over them those that were given.

    Raises:
        ConfigurationError: --config names no JSON object.
        TextError: it holds no text.
        OSError: it cannot be read.

    """
    values = read_fields(options.config) if options.config else {}
    for option in OPTIONS:
        name = option.name.replace("-", "_")
        value = getattr(options, name, None)
        if value is not None:
            values[name] = value
    return values


def read_fields(name: str) -> dict[str, Any]:
    """Return the fields of a configuration in a file of JSON; - is stdin.

    What an experiment or a prediction printed holds its configuration, and can be given back,
    whatever shell or editor has saved it.

    Raises:
        ConfigurationError: it holds no JSON object.
        TextError: it holds no text.
        OSError: it cannot be read.

    """
    from pathlib import Path

    import orjson

    from hardware_profiles.text import decoded

    if name == "-" and sys.stdin is None:
        raise ConfigurationError("-: there is no standard input; name a file")
    source = "stdin" if name == "-" else name
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        document = orjson.loads(decoded(data, source))
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{source}: this is not JSON ({error})") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f'{source}: a configuration is an object, such as {{"batch": 64}}')
    inner = document.get("configuration", document)
    if not isinstance(inner, dict):
        raise ConfigurationError(f"{source}: configuration: not an object with its fields")
    return dict(inner)


def deadline(text: str) -> float:
    """Read a deadline such as 10ms or 0.1s, in ms."""
    try:
        return 1e3 * duration_s(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"invalid deadline value: {error}") from None


def seconds(text: str) -> float:
    """Read how long to measure: 2s or 500ms, or 2, since the option's name says seconds."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return duration_s(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"invalid seconds value: {error}") from None


_READERS: dict[type, tuple[Callable[[str], Any], str]] = {
    str: (str, "NAME"),
    int: (int, "N"),
    float: (seconds, "S"),
}
"""What reads an option of a type, and how its value is called."""
