"""The stages of the pipeline, in the order in which a batch meets them.

Imports nothing, so that command lines may use it; other packages have it from `bench.bundle`.
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A stage of the pipeline; its value is its name in bundles, options and reports."""

    STORAGE = "storage"
    """A worker reads a batch's bytes."""
    DECODE = "decode"
    """A worker turns bytes into arrays."""
    TRANSFORM = "transform"
    """A worker prepares samples for the model: normalise, crop, window."""
    IPC = "ipc"
    """A batch travels from a worker to the consumer, from when it was both made and asked for."""
    H2D = "h2d"
    """A batch is copied from the host's memory to a device."""
    STEP = "step"
    """The accelerator runs a training or serving step on a batch."""


WORKER_STAGES = (Stage.STORAGE, Stage.DECODE, Stage.TRANSFORM)
"""What a worker does with a batch. These are timed in isolation too."""
SUPPLY_STAGES = (*WORKER_STAGES, Stage.IPC)
"""Everything until the consumer has a batch: `bench.bundle.Window.stages` has a time for each."""
REMOVABLE = (*WORKER_STAGES, Stage.STEP)
"""What can be taken out of the pipeline."""
TRANSFORM_VARIANTS = ("steps", "fused", "device")
"""How samples can be transformed: one operation after another, in one pass, or with all that makes
samples larger left to the accelerator."""
