"""Pre-processing of a decoded batch on the CPU: a function and a line a payload."""

from __future__ import annotations

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


def image(batch: Tensors) -> Tensors:
    """Crop at random to 7/8 of the side, flip half of them, normalise, channels first.

    pixels: uint8 (N, H, W, 3) to float32 (N, 3, 7H/8, 7W/8).
    """
    pixels = batch["pixels"]
    samples, side = pixels.shape[:2]
    crop = max(1, side * 7 // 8)
    top, left = (int(torch.randint(side - crop + 1, ())) for _ in range(2))
    cropped = pixels[:, top : top + crop, left : left + crop]
    flipped = torch.where(
        (torch.rand(samples) < 0.5)[:, None, None, None], cropped.flip(2), cropped
    )
    normal = flipped.to(torch.float32).sub_(_MEAN).div_(_DEVIATION)
    return {"pixels": normal.permute(0, 3, 1, 2).contiguous()}


def tabular(batch: Tensors) -> Tensors:
    """Take log(1 + x) of the integers, and hash the categorical ids to buckets."""
    return {
        "label": batch["label"].to(torch.float32),
        "dense": batch["dense"].clamp(min=0).to(torch.float32).log1p_(),
        "sparse": batch["sparse"].to(torch.int64).mul_(_HASH_MULTIPLIER).remainder_(_BUCKETS),
    }


def tokens(batch: Tensors) -> Tensors:
    """Shift ids by one: inputs and targets of next-token prediction, (N, L - 1) each."""
    ids = batch["ids"].to(torch.int64)
    return {"input": ids[:, :-1].contiguous(), "target": ids[:, 1:].contiguous()}


def audio(batch: Tensors) -> Tensors:
    """Scale to [-1, 1), cut into windows of 25 ms every 10 ms, and apply a Hann window.

    pcm: int16 (N, T) to frames: float32 (N, windows, values).
    """
    wave = batch["pcm"].to(torch.float32).div_(1 << 15)
    frame = min(_FRAME, wave.shape[1])
    return {"frames": wave.unfold(1, frame, _HOP) * torch.hann_window(frame)}


TRANSFORMS: Mapping[str, Callable[[Tensors], Tensors]] = {
    "image": image,
    "tabular": tabular,
    "tokens": tokens,
    "audio": audio,
}
