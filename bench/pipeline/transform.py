"""What a training job does to a decoded batch, on the CPU: a function and a line a payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Tensors = dict[str, torch.Tensor]

# Means and deviations of ImageNet's channels, as torchvision's models expect them.
_MEAN = torch.tensor([0.485, 0.456, 0.406]) * 255
_DEVIATION = torch.tensor([0.229, 0.224, 0.225]) * 255
_BUCKETS = 1 << 18
_FRAME = 400
_HOP = 160


def image(batch: Tensors) -> Tensors:
    """Crop at random to seven eighths, flip half of them, normalise to float, channels first."""
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
    """Take the logarithm of counts, hash ids to buckets."""
    return {
        "label": batch["label"].to(torch.float32),
        "dense": batch["dense"].clamp(min=0).to(torch.float32).log1p_(),
        "sparse": batch["sparse"].to(torch.int64).mul_(2_654_435_761).remainder_(_BUCKETS),
    }


def tokens(batch: Tensors) -> Tensors:
    """Shift ids by one: what is seen, and what is to be said next."""
    ids = batch["ids"].to(torch.int64)
    return {"input": ids[:, :-1].contiguous(), "target": ids[:, 1:].contiguous()}


def audio(batch: Tensors) -> Tensors:
    """Scale to one, cut into windows of 25 ms each 10 ms, and taper them."""
    wave = batch["pcm"].to(torch.float32).div_(1 << 15)
    frame = min(_FRAME, wave.shape[1])
    return {"frames": wave.unfold(1, frame, _HOP) * torch.hann_window(frame)}


TRANSFORMS: Mapping[str, Callable[[Tensors], Tensors]] = {
    "image": image,
    "tabular": tabular,
    "tokens": tokens,
    "audio": audio,
}
