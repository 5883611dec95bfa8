"""ResNet-50 in plain torch, He et al. 2016, with the stride in the 3 x 3 (v1.5)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

PARAMETERS = 25_557_032
"""Parameters of the model, as of torchvision's ResNet-50."""
CLASSES = 1000
"""Classes of ImageNet."""

_STAGES = ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2))
_EXPANSION = 4


def _convolution(before: int, after: int, kernel: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(after),
    )


class _Bottleneck(nn.Module):
    """A residual block: convolutions of 1 x 1, 3 x 3 and 1 x 1, added to a shortcut."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        after = width * _EXPANSION
        self.first = _convolution(before, width, 1)
        self.second = _convolution(width, width, 3, stride)
        self.third = _convolution(width, after, 1)
        same = before == after and stride == 1
        self.shortcut = nn.Identity() if same else _convolution(before, after, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = functional.relu(self.first(x), inplace=True)
        inner = functional.relu(self.second(inner), inplace=True)
        return functional.relu(self.third(inner) + self.shortcut(x), inplace=True)


class ResNet50(nn.Module):
    """A classifier of images, normalised floats (N, 3, H, W), to scores of classes (N, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            _convolution(3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        )
        widths = [64, *(width * _EXPANSION for _, width, _ in _STAGES)]
        blocks: list[nn.Module] = []
        for (before, after), (count, width, stride) in zip(pairwise(widths), _STAGES, strict=True):
            blocks.append(_Bottleneck(before, width, stride))
            blocks += [_Bottleneck(after, width, 1) for _ in range(count - 1)]
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(widths[-1], CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores of the classes, (N, 1000)."""
        features: torch.Tensor = self.blocks(self.stem(x)).mean(dim=(2, 3))
        scores: torch.Tensor = self.head(features)
        return scores
