"""Gates look at how a block was measured, never at what came out."""

import pytest

from bench.bundle import Gate, calm_samples, reference_us
from bench.bundle.gates import gates
from tests.conftest import block

CALM = 500


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (block(20, 20, 20, 20), ""),
        (block(20, 20, 20, 20, canary_us=(500, 500, 520, 525, 500)), ""),
        (block(20, 20, 20, 20, canary_us=(500, 530, 500, 530, 500)), Gate.CANARY),
        (block(20, 20, 20, 20, canary_us=(800, 800, 800, 800, 800)), Gate.CANARY),
        (block(20, 20, 20, 20, cpu_share=0.89), Gate.CPU),
        (block(20, 20, 20, 20, cpu_share=0.91), ""),
        (block(20, 20, 20, 40), Gate.SPREAD),
        (block(20, 20, 20, 22), ""),
        (block(20, 20, 20, 20, warmup_ms=(31,)), Gate.WARMUP),
        (block(20, 20, 20, 20, warmup_ms=(29,)), ""),
        (block(150), ""),
    ],
)
def test_each_gate_on_both_sides_of_its_limit(value: object, expected: str) -> None:
    assert gates(value, CALM) == expected  # type: ignore[arg-type]


def test_a_gate_whose_reading_is_missing_does_not_fire() -> None:
    assert gates(block(20, 20)._replace(cpu_us=None), CALM) == ""


def test_scaling_every_time_changes_no_gate() -> None:
    for scale in (1, 10):
        assert gates(block(*(scale * ms for ms in (20, 21, 20, 40))), CALM) == Gate.SPREAD


def test_calm_samples_have_a_calm_canary_on_both_sides() -> None:
    result = block(1, 1, 1, 1, warmup_ms=(1,), canary_us=(900, 500, 505, 600, 500, 525))
    # canaries beside the samples: (500, 505) (505, 600) (600, 500) (500, 525)
    assert calm_samples(result, 500) == (0, 3)


def test_no_sample_is_calm_without_the_processor() -> None:
    assert calm_samples(block(1, 1, gates=Gate.CPU), CALM) == ()


def test_reference_is_full_speed_even_where_half_the_time_is_slow() -> None:
    assert reference_us([500] * 45 + [800] * 55) == 500
    # one freak reading does not set it
    assert reference_us([100, *([500] * 50), *([800] * 50)]) == 500
    assert reference_us([7]) == 7
