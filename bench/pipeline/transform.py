"""Pre-processing of a decoded batch, in a worker and on the device: a line a payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Tensors = dict[str, torch.Tensor]
"""The tensors of a batch by field; the first dimension of each is the sample."""

# Means and standard deviations of ImageNet's channels, as torchvision's models expect them.
_MEAN = torch.tensor([0.485, 0.456, 0.406]) * 255
_DEVIATION = torch.tensor([0.229, 0.224, 0.225]) * 255
_BUCKETS = 1 << 18
"""Buckets of the hashed ids, as many as an embedding table may have rows."""
_HASH_MULTIPLIER = 2_654_435_761
"""A prime close to 2**32 / golden ratio: multiplicative hashing (Knuth, vol. 3, section 6.4)."""
_FRAME, _HOP = 400, 160
"""Length and distance of audio windows in values: 25 ms and 10 ms at 16 kHz."""


@dataclass(frozen=True, slots=True)
class Transform:
    """A way to transform a batch: what a worker does, and what is left to the device."""

    worker: Callable[[Tensors], Tensors]
    device: Callable[[Tensors], Tensors] | None = None
    """On the tensors that the worker handed over, wherever they are; None: nothing is left."""


def image(batch: Tensors) -> Tensors:
    """Crop at random to 7/8 of the side, flip half of them, normalise, channels first.

    pixels: uint8 (N, H, W, 3) to float32 (N, 3, 7H/8, 7W/8).
    """
    cropped, flips = _cropped(batch)
    flipped = torch.where(flips[:, None, None, None], cropped.flip(2), cropped)
    normal = flipped.to(torch.float32).sub_(_MEAN).div_(_DEVIATION)
    return {"pixels": normal.permute(0, 3, 1, 2).contiguous()}


def _image_fused(batch: Tensors) -> Tensors:
    """Do as `image` does, picture after picture, so that each stays in the cache."""
    cropped, flips = _cropped(batch)
    samples, height, width, channels = cropped.shape
    result = torch.empty(samples, channels, height, width)
    mean, deviation = _MEAN[:, None, None], _DEVIATION[:, None, None]
    for picture, flip, out in zip(cropped, flips.tolist(), result, strict=True):
        out.copy_((picture.flip(1) if flip else picture).permute(2, 0, 1))
        out.sub_(mean).div_(deviation)
    return {"pixels": result}


def _image_bytes(batch: Tensors) -> Tensors:
    """Crop and flip as `image` does. pixels: uint8 (N, H, W, 3) to uint8 (N, 7H/8, 7W/8, 3)."""
    cropped, flips = _cropped(batch)
    result = torch.empty(cropped.shape, dtype=torch.uint8)
    for picture, flip, out in zip(cropped, flips.tolist(), result, strict=True):
        out.copy_(picture.flip(1) if flip else picture)
    return {"pixels": result}


def _normalised(batch: Tensors) -> Tensors:
    """Normalise, channels first. pixels: uint8 (N, H, W, 3) to float32 (N, 3, H, W)."""
    pixels = batch["pixels"]
    mean, deviation = (values.to(pixels.device)[:, None, None] for values in (_MEAN, _DEVIATION))
    first = pixels.permute(0, 3, 1, 2).contiguous()
    return {"pixels": first.to(torch.float32).sub_(mean).div_(deviation)}


def _cropped(batch: Tensors) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a view of each picture, all at the same random place, and which are to be flipped."""
    pixels = batch["pixels"]
    samples, side = pixels.shape[:2]
    crop = max(1, side * 7 // 8)
    top, left = (int(torch.randint(side - crop + 1, ())) for _ in range(2))
    return pixels[:, top : top + crop, left : left + crop], torch.rand(samples) < 0.5


def tabular(batch: Tensors) -> Tensors:
    """Take log(1 + x) of the integers, and hash the categorical ids to buckets."""
    return {
        "label": batch["label"].to(torch.float32),
        "dense": batch["dense"].clamp(min=0).to(torch.float32).log1p_(),
        "sparse": batch["sparse"].to(torch.int64).mul_(_HASH_MULTIPLIER).remainder_(_BUCKETS),
    }


def _tabular_fused(batch: Tensors) -> Tensors:
    """Do as `tabular` does in fewer passes: buckets are a power of two, so a mask is enough."""
    dense, sparse = batch["dense"], batch["sparse"]
    hashed = sparse.to(torch.int64).mul_(_HASH_MULTIPLIER).bitwise_and_(_BUCKETS - 1)
    return {
        "label": batch["label"].to(torch.float32),
        "dense": torch.log1p(dense.clamp(min=0)),
        "sparse": hashed,
    }


def tokens(batch: Tensors) -> Tensors:
    """Shift ids by one: inputs and targets of next-token prediction, (N, L - 1) each."""
    ids = batch["ids"].to(torch.int64)
    return {"input": ids[:, :-1].contiguous(), "target": ids[:, 1:].contiguous()}


def _tokens_fused(batch: Tensors) -> Tensors:
    """Do as `tokens` does, each from the stored ids in one pass."""
    ids = batch["ids"]
    samples, length = ids.shape
    result = {name: torch.empty(samples, length - 1, dtype=torch.int64) for name in _SHIFTED}
    for name, start in _SHIFTED.items():
        result[name].copy_(ids[:, start : start + length - 1])
    return result


_SHIFTED = {"input": 0, "target": 1}


def audio(batch: Tensors) -> Tensors:
    """Scale to [-1, 1), cut into windows of 25 ms every 10 ms, and apply a Hann window.

    pcm: int16 (N, T) to frames: float32 (N, windows, values).
    """
    wave = batch["pcm"].to(torch.float32).div_(1 << 15)
    frame = min(_FRAME, wave.shape[1])
    return {"frames": wave.unfold(1, frame, _HOP) * torch.hann_window(frame, device=wave.device)}


def _audio_fused(batch: Tensors) -> Tensors:
    """Do as `audio` does, the scale in the window: a power of two changes no digit."""
    pcm = batch["pcm"]
    frame = min(_FRAME, pcm.shape[1])
    return {"frames": pcm.unfold(1, frame, _HOP) * (torch.hann_window(frame) / (1 << 15))}


def _unchanged(batch: Tensors) -> Tensors:
    return batch


TRANSFORMS: Mapping[str, Mapping[str, Transform]] = {
    "image": {
        "steps": Transform(image),
        "fused": Transform(_image_fused),
        "device": Transform(_image_bytes, _normalised),
    },
    "tabular": {
        "steps": Transform(tabular),
        "fused": Transform(_tabular_fused),
        "device": Transform(_unchanged, tabular),
    },
    "tokens": {
        "steps": Transform(tokens),
        "fused": Transform(_tokens_fused),
        "device": Transform(_unchanged, tokens),
    },
    "audio": {
        "steps": Transform(audio),
        "fused": Transform(_audio_fused),
        "device": Transform(_unchanged, audio),
    },
}
"""By payload and `bench.bundle.Setup.transform`; all of a payload end in the same tensors."""


def size_in_bytes(batch: Tensors) -> int:
    """Return the bytes of all tensors of a batch together."""
    return sum(tensor.numel() * tensor.element_size() for tensor in batch.values())


def passed_bytes(payload: str, variant: str, sample: Tensors) -> int:
    """Return the bytes that a device reads and writes to transform a decoded sample; 0: none."""
    transform = TRANSFORMS[payload][variant]
    if transform.device is None:
        return 0
    handed = transform.worker(sample)
    return size_in_bytes(handed) + size_in_bytes(transform.device(handed))
