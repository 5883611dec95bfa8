"""How much is measured, in how much time. `PRESETS` is the only list."""

from __future__ import annotations

from dataclasses import dataclass, field

SAMPLE_S = 0.02
"""A sample lasts about this long at the least: a timer's grain and short hiccups do not count."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A size of run.

    budget_s covers everything from the command to the report. processes is the K of the interval;
    windows are spread over the life of a process, so that a slow spell of the machine cannot sit
    on all samples of a case; samples and warmup are rounds of one window. shapes are those of the
    payloads (`formats.payloads.PayloadKind`), first the most important, each with the kinds of
    case that it is measured in; none named: all.
    """

    name: str
    summary: str
    budget_s: int
    processes: int
    windows: int
    samples: int
    warmup: int = 1
    shapes: dict[str, tuple[str, ...]] = field(default_factory=dict)


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
            shapes={"usual": ()},
        ),
        Preset(
            "standard",
            "what a course asks for",
            budget_s=360,
            processes=5,
            windows=2,
            samples=5,
            shapes={"usual": (), "small": ("decode", "memcpy")},
        ),
        Preset(
            "rigorous",
            "for validation",
            budget_s=1800,
            processes=10,
            windows=3,
            samples=5,
            shapes={"usual": (), "small": (), "large": ()},
        ),
    )
}

REPORT_RESERVE_S = 20
"""Part of the budget that is kept for start-up and report, on a busy machine too."""
