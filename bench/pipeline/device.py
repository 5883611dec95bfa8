"""A real device: batches are copied to it, and a training step of ResNet-50 runs on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from bench.errors import ConfigurationError
from bench.pipeline.resnet import PARAMETERS, ResNet50

if TYPE_CHECKING:
    from bench.pipeline.transform import Tensors

_CLASSES = 1000
_MATMUL = {"cpu": 1024, "cuda": 8192, "mps": 4096}
_MATMUL_TRIES = 15


def available(name: str) -> str | None:
    """Return why a device cannot be used, None where it can."""
    if name == "cuda" and not torch.cuda.is_available():
        return "no CUDA device is here, or this torch was built without CUDA"
    if name == "mps" and not torch.backends.mps.is_available():
        return "no MPS device is here"
    return None


class TrainingStep:
    """ResNet-50 on a device, in its usual type: bfloat16 by autocast on CUDA, float32 elsewhere."""

    asked_s: float | None = None

    def __init__(self, name: str, samples: int) -> None:
        """Build the model, and measure the device's peak.

        Raises:
            ConfigurationError: the device is not there.

        """
        if reason := available(name):
            raise ConfigurationError(f"accelerator: {reason}; choose cpu, or one to emulate")
        self._device = torch.device(name)
        self._samples = samples
        torch.manual_seed(0)
        self._model = ResNet50().to(self._device)
        found = sum(parameter.numel() for parameter in self._model.parameters())
        assert found == PARAMETERS, found  # noqa: S101 - the model is the one it is said to be
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=0.01, momentum=0.9)
        self._labels = torch.randint(_CLASSES, (samples,), device=self._device)
        self.peak_flop_s = self._peak_flop_s()
        self.flop_per_sample = 0.0

    def copy(self, tensor: torch.Tensor) -> torch.Tensor:
        """Copy a tensor over; returns once it is there."""
        found = tensor.to(self._device, non_blocking=True)
        self._finish()
        return found

    def consume(self, tensors: Tensors) -> tuple[int, int]:
        """Copy a batch over and train on it; return what each took, in ns."""
        start = time.perf_counter_ns()
        pixels = self.copy(tensors["pixels"])
        copied = time.perf_counter_ns()
        if not self.flop_per_sample:
            with FlopCounterMode(display=False) as counter:
                self._train(pixels)
            self.flop_per_sample = counter.get_total_flops() / self._samples
        else:
            self._train(pixels)
        self._finish()
        return copied - start, time.perf_counter_ns() - copied

    def _train(self, pixels: torch.Tensor) -> None:
        with torch.autocast("cuda", torch.bfloat16, enabled=self._device.type == "cuda"):
            loss = functional.cross_entropy(self._model(pixels), self._labels[: len(pixels)])
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()

    def _finish(self) -> None:
        """Wait until the device has done what it was given."""
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        elif self._device.type == "mps":
            torch.mps.synchronize()

    def _peak_flop_s(self) -> float:
        """Return the rate of the best of some matrix products, in the type that the step has."""
        side = _MATMUL[self._device.type]
        kind = torch.bfloat16 if self._device.type == "cuda" else torch.float32
        left = torch.rand(side, side, device=self._device, dtype=kind)
        best = float("inf")
        for _ in range(_MATMUL_TRIES):
            start = time.perf_counter()
            left @ left
            self._finish()
            best = min(best, time.perf_counter() - start)
        return 2 * side**3 / best
