"""How a rate of an accelerator was found: rates compare within one method only. Light."""

from __future__ import annotations

from typing import Literal, NamedTuple

Phase = Literal["train", "serve"]


class Method(NamedTuple):
    """A way to find how fast an accelerator takes samples, if it never waits."""

    phase: Phase
    table: str
    """The table of a workload's profile that has the rates, by device."""
    peaks: tuple[str, ...]
    """Peaks of the accelerator that the work counts in, the first that a device has."""
    description: str


METHODS: dict[str, Method] = {
    "tuned": Method(
        "train", "demand.tuned", ("bf16", "fp16", "fp32"), "training, tuned for MLPerf Training"
    ),
    "production": Method(
        "train", "demand.production", ("bf16", "fp16", "fp32"), "training, a long production run"
    ),
    "example": Method(
        "train", "demand.example", ("bf16", "fp16", "fp32"), "training, its maker's example"
    ),
    "emulated": Method(
        "train",
        "demand.emulated",
        ("bf16", "fp16", "fp32"),
        "training, the step time that MLPerf Storage emulates",
    ),
    "fp8": Method("serve", "serve.fp8", ("fp8",), "inference in fp8"),
    "int8": Method("serve", "serve.int8", ("int8",), "inference in int8"),
    "int8_dla": Method("serve", "serve.int8_dla", ("int8_dla",), "inference in int8, DLAs alone"),
}
"""By the name that `--method` takes. Of those that are known of a device, the first is the usual:
a run that was really made comes before a step time that stands for one."""
WORK = {"train": "model.train", "serve": "model.forward"}
"""The number of a workload that says how much work a sample is, by phase."""
