"""ResNet-50, whose operations the MFU counts."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the pipeline is torch's")


def test_resnet_50_has_its_parameters_and_operations() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    from bench.pipeline.resnet import PARAMETERS, ResNet50

    model = ResNet50().eval()
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        assert model(torch.zeros(1, 3, 224, 224)).shape == (1, 1000)
    # 4.089 GMAC, as torchvision counts its own; two operations each.
    assert counter.get_total_flops() / 2e9 == pytest.approx(4.089, rel=1e-3)
