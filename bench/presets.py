"""How much is measured, in how much time. `PRESETS` is the only list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_PRESET = "quick"
DEFAULT_NONCE = "self-study"
"""What data is generated from where no course gives its own nonce."""

SAMPLE_S = 0.02
"""A sample lasts about this long at the least: a timer's grain and short hiccups do not count."""


class Layouts(StrEnum):
    """Which layouts of a format: the one that headlines compare, or the other ones."""

    CANONICAL = "canonical"
    OTHERS = "others"


class Decoders(StrEnum):
    """Which decoders of a layout: the fastest, beside it the naive one, or all."""

    FAST = "fast"
    HEADLINE = "headline"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Sweep:
    """Cases of a preset that belong together."""

    shape: str = "usual"
    """One of the payload's shapes: usual, small, large, sizes or batches."""
    kinds: tuple[str, ...] = ()
    """Of cases; none named: all."""
    payloads: tuple[str, ...] = ()
    """None named: all."""
    layouts: Layouts = Layouts.CANONICAL
    decoders: Decoders = Decoders.HEADLINE


@dataclass(frozen=True, slots=True)
class Preset:
    """A size of run."""

    name: str
    summary: str
    """What it is for."""
    budget_s: int
    """For everything from the command to the report."""
    processes: int
    """Fresh ones that measure each case: the number of values behind its interval."""
    windows: int
    """Of a case in a process, spread over its life, so that a slow spell cannot sit on them all."""
    samples: int
    """Timed rounds of a window."""
    warmup: int = 1
    """Rounds before them."""
    sweeps: tuple[Sweep, ...] = ()
    """What is measured, the most important first."""
    extra: str | None = None
    """The extra of pyproject.toml that it needs."""
    storage_s: float = 0.0
    """How long a way of reading the disk is measured at most; 0: none is."""
    configurations: int = 0
    """Of the pipeline."""
    repeats: int = 1
    """Windows of each configuration, in as many passes."""
    retested: int = 0
    """Configurations that are measured once more at the end."""
    changed: bool = False
    """Whether some configurations are run without each stage too, and with one thing changed."""
    regimes: bool = False
    """Whether the last of them are run in what makes a loader slower than its stages say."""
    window_s: float = 1.0
    """Length of a window of the pipeline."""
    probe_s: float = 0.0
    """How long each thing that is measured in isolation takes, in each pass."""
    pipeline_s: int = 0
    """What of the budget is for the pipeline and its stages in isolation."""
    learning_s: int = 90
    """For training classifiers once the run is done: not a part of the budget."""


_TAUGHT = ("tabular", "image")
"""Payloads that all layouts are shown on where time is short: numbers, and a blob."""

_OTHER_VALUES = tuple(
    f"{payload}-{values}"
    for payload in ("tabular", "tokens")
    for values in ("repetitive", "sorted", "wide")
)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "quick",
            "a first look",
            budget_s=120,
            processes=3,
            windows=2,
            samples=4,
            storage_s=0.1,
            configurations=16,
            retested=4,
            probe_s=0.1,
            pipeline_s=50,
            learning_s=30,
            sweeps=(
                Sweep(kinds=("decode", "memcpy")),
                Sweep(kinds=("encode",), decoders=Decoders.FAST),
                Sweep(
                    kinds=("decode",),
                    payloads=_TAUGHT[:1],
                    layouts=Layouts.OTHERS,
                    decoders=Decoders.FAST,
                ),
            ),
        ),
        Preset(
            "standard",
            "what a course asks for",
            budget_s=360,
            processes=5,
            windows=2,
            samples=4,
            storage_s=0.3,
            configurations=24,
            repeats=2,
            retested=8,
            probe_s=0.2,
            pipeline_s=130,
            sweeps=(
                Sweep(kinds=("decode", "memcpy")),
                Sweep(
                    kinds=("decode",),
                    payloads=_TAUGHT,
                    layouts=Layouts.OTHERS,
                    decoders=Decoders.FAST,
                ),
                Sweep(kinds=("encode", "read"), decoders=Decoders.FAST),
                Sweep(kinds=("decode",), decoders=Decoders.ALL),
                Sweep(
                    "small",
                    kinds=("decode", "memcpy"),
                    payloads=("tabular", "tokens"),
                    decoders=Decoders.FAST,
                ),
            ),
        ),
        Preset(
            "rigorous",
            "for validation",
            budget_s=1800,
            processes=10,
            windows=1,
            samples=4,
            storage_s=1.0,
            configurations=224,
            repeats=3,
            retested=50,
            changed=True,
            regimes=True,
            probe_s=0.2,
            pipeline_s=1080,
            learning_s=300,
            sweeps=(
                Sweep(),
                Sweep("small"),
                Sweep(kinds=("decode",), layouts=Layouts.OTHERS, decoders=Decoders.FAST),
                Sweep(kinds=("decode",), decoders=Decoders.ALL),
                Sweep("batches", kinds=("decode", "memcpy"), decoders=Decoders.FAST),
                Sweep("sizes", kinds=("decode", "memcpy"), decoders=Decoders.FAST),
                Sweep("large"),
                Sweep(kinds=("decode",), payloads=_OTHER_VALUES, decoders=Decoders.FAST),
                Sweep(
                    kinds=("decode",),
                    payloads=_OTHER_VALUES[:3],
                    layouts=Layouts.OTHERS,
                    decoders=Decoders.FAST,
                ),
            ),
        ),
        Preset(
            "peers",
            "every decoder there is, for docs/performance.md",
            budget_s=1200,
            processes=5,
            windows=2,
            samples=4,
            sweeps=(
                Sweep(kinds=("decode", "memcpy"), decoders=Decoders.ALL),
                Sweep("small", kinds=("decode", "memcpy"), decoders=Decoders.ALL),
                Sweep(kinds=("decode",), layouts=Layouts.OTHERS, decoders=Decoders.ALL),
                Sweep(kinds=("encode",), decoders=Decoders.ALL),
                Sweep(
                    "large",
                    kinds=("decode",),
                    payloads=("image-natural",),
                    layouts=Layouts.OTHERS,
                    decoders=Decoders.ALL,
                ),
            ),
            extra="peers",
        ),
    )
}

STARTUP_S = 4.0
"""Planned for the start of a measuring process, which imports torch."""
REPORT_RESERVE_S = 14
"""Part of the budget that is kept for start-up and report, on a busy machine too."""
