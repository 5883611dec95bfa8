"""Ways of transforming: all end in the same tensors, bit for bit, and hand over what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from formats.payloads import PAYLOADS, payload

if TYPE_CHECKING:
    from bench.pipeline.transform import Tensors

torch = pytest.importorskip("torch", reason="the pipeline is torch's")

from bench.pipeline.transform import TRANSFORMS, passed_bytes, size_in_bytes  # noqa: E402
from bench.stages import TRANSFORM_VARIANTS  # noqa: E402
from formats.tensors import to_tensors  # noqa: E402

SIZES = {"image": 32, "tokens": 33, "tabular": None, "audio": 1000}


def decoded(name: str, samples: int = 5) -> Tensors:
    return dict(to_tensors(payload(name, SIZES[name]).generate("ways", samples)))


def transformed(name: str, variant: str) -> Tensors:
    """Return a batch as the model gets it; random choices are the same for all ways."""
    transform = TRANSFORMS[name][variant]
    torch.manual_seed(3)
    batch = transform.worker(decoded(name))
    return transform.device(batch) if transform.device else batch


def test_each_payload_has_each_way() -> None:
    assert set(TRANSFORMS) == set(PAYLOADS)
    assert all(tuple(ways) == TRANSFORM_VARIANTS for ways in TRANSFORMS.values())


@pytest.mark.parametrize("variant", TRANSFORM_VARIANTS[1:])
@pytest.mark.parametrize("name", list(TRANSFORMS))
def test_all_ways_end_in_the_same_tensors(name: str, variant: str) -> None:
    expected, result = transformed(name, "steps"), transformed(name, variant)
    assert list(result) == list(expected)
    for field, tensor in expected.items():
        assert result[field].dtype == tensor.dtype
        assert result[field].is_contiguous() == tensor.is_contiguous()
        assert torch.equal(result[field], tensor)


def test_what_is_left_to_the_device_crosses_in_bytes() -> None:
    """A picture of 32 pixels is cropped to 28: a byte a value, four once it is normalised."""
    samples, values = 5, 28 * 28 * 3
    whole = TRANSFORMS["image"]["steps"].worker(decoded("image", samples))
    handed = TRANSFORMS["image"]["device"].worker(decoded("image", samples))
    assert size_in_bytes(handed) == samples * values
    assert size_in_bytes(whole) == 4 * samples * values
    assert passed_bytes("image", "device", decoded("image", samples)) == 5 * samples * values
    assert passed_bytes("image", "fused", decoded("image", samples)) == 0
