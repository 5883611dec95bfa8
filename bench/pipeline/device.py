"""A real device, to which batches are copied and which runs training steps of ResNet-50."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from bench.errors import ConfigurationError
from bench.pipeline.resnet import CLASSES, PARAMETERS, ResNet50

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.pipeline.transform import Tensors

_MATRIX_SIDE = {"cpu": 1024, "cuda": 8192, "mps": 4096}
"""Rows and columns of the matrices whose product gives a device's peak: enough to fill it."""
_MATRIX_PRODUCTS = 15
"""So many products are timed; the fastest counts."""


def unavailable(name: str) -> str | None:
    """Return why a device cannot be used; None: it can."""
    if name == "cuda" and not torch.cuda.is_available():
        return "no CUDA device is here, or this torch was built without CUDA"
    if name == "mps" and not torch.backends.mps.is_available():
        return "no MPS device is here"
    return None


def synchronize(device: torch.device) -> None:
    """Wait until a device has finished its work."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


class TrainingStep:
    """Trains ResNet-50 on a device: in bfloat16 by autocast on CUDA, in float32 on others.

    flop_per_sample is counted by torch in the first step, and 0 before it; peak_flop_s is that of
    the fastest of some matrix products.
    """

    requested_step_s: float | None = None

    def __init__(
        self, name: str, samples: int, left: Callable[[Tensors], Tensors] | None = None
    ) -> None:
        """Build the model for batches of so many samples, and measure the device's peak.

        Args:
            name: of the device.
            samples: in a batch.
            left: of the transform, to be done on the device, as a part of the step; None: nothing.

        Raises:
            ConfigurationError: this machine has no such device.

        """
        if reason := unavailable(name):
            raise ConfigurationError(f"accelerator: {reason}; choose cpu, or one to emulate")
        self._device = torch.device(name)
        self._samples = samples
        self._left = left
        torch.manual_seed(0)
        self._model = ResNet50().to(self._device)
        parameters = sum(parameter.numel() for parameter in self._model.parameters())
        assert parameters == PARAMETERS, parameters  # noqa: S101 - it is ResNet-50
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=0.01, momentum=0.9)
        self._labels = torch.randint(CLASSES, (samples,), device=self._device)
        self.peak_flop_s = self._peak_flop_s()
        self.flop_per_sample = 0.0

    def copy(self, tensor: torch.Tensor) -> torch.Tensor:
        """Copy a tensor to the device; return once the copy is complete."""
        copied = tensor.to(self._device, non_blocking=True)
        synchronize(self._device)
        return copied

    def consume(self, tensors: Tensors) -> tuple[int, int]:
        """Copy a batch to the device and train on it; return what each took, in ns."""
        start = time.perf_counter_ns()
        pixels = self.copy(tensors["pixels"])
        copied = time.perf_counter_ns()
        if self._left:
            pixels = self._left({"pixels": pixels})["pixels"]
        if not self.flop_per_sample:
            with FlopCounterMode(display=False) as counter:
                self._train(pixels)
            self.flop_per_sample = counter.get_total_flops() / self._samples
        else:
            self._train(pixels)
        synchronize(self._device)
        return copied - start, time.perf_counter_ns() - copied

    def _train(self, pixels: torch.Tensor) -> None:
        with torch.autocast("cuda", torch.bfloat16, enabled=self._device.type == "cuda"):
            loss = functional.cross_entropy(self._model(pixels), self._labels[: len(pixels)])
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()

    def _peak_flop_s(self) -> float:
        """Return the rate of the fastest of some matrix products, in the step's data type."""
        side = _MATRIX_SIDE[self._device.type]
        dtype = torch.bfloat16 if self._device.type == "cuda" else torch.float32
        left = torch.rand(side, side, device=self._device, dtype=dtype)
        fastest_s = float("inf")
        for _ in range(_MATRIX_PRODUCTS):
            start = time.perf_counter()
            left @ left
            synchronize(self._device)
            fastest_s = min(fastest_s, time.perf_counter() - start)
        return 2 * side**3 / fastest_s
