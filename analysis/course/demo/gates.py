"""The gates of `bench.bundle.gates`, of all blocks at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.bundle import CPU_OVER_WALL, DRIFT, reference_us
from bench.bundle.gates import P95_OVER_P50, WARMUP_OVER_MEDIAN

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LETTERS = np.array(
    ["".join(g for g, has in zip("cpsw", f"{i:04b}", strict=True) if has == "1") for i in range(16)]
)
"""Words of letters, by their gates as binary digits, `c` the highest."""


def references(
    canary_us: NDArray[np.int64], slow: NDArray[np.bool_], measured: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the full-speed canary of each process; of one that measured nothing, 1.

    Args:
        canary_us: shape (cases, processes, windows, rounds + 1).
        slow: of which cases only the first two count.
        measured: which blocks there are, shape (cases, processes, windows).

    """
    result = []
    for process in range(canary_us.shape[1]):
        usual = canary_us[~slow, process][measured[~slow, process]]
        short = canary_us[slow, process][measured[slow, process]][:, :2]
        times = np.concatenate([usual.ravel(), short.ravel()])
        result.append(reference_us(times.tolist() or [1]))
    return np.array(result)


def letters(
    rounds_us: NDArray[np.int64],
    canary_us: NDArray[np.int64],
    cpu_us: NDArray[np.int64],
    reference: NDArray[np.float64],
    warmup: int,
) -> NDArray[Any]:
    """Return the letters of the gates that blocks do not pass.

    Args:
        rounds_us: warm-up rounds and samples, shape (cases, processes, windows, rounds).
        canary_us: one more than rounds.
        cpu_us: shape (cases, processes, windows).
        reference: the canary at full speed of each process.
        warmup: how many rounds are warm-up.

    """
    samples = rounds_us[..., warmup:]
    count = samples.shape[-1]
    beside = canary_us[..., warmup:]
    calm = np.maximum(beside[..., 1:], beside[..., :-1]) <= (
        reference[None, :, None, None] * (1 + DRIFT)
    )
    without_cpu = cpu_us < CPU_OVER_WALL * rounds_us.sum(axis=-1)
    # As the record is read in the end: no sample of a block without the CPU is calm.
    disturbed = without_cpu | (2 * calm.sum(axis=-1) < count)
    ordered = np.sort(samples, axis=-1)
    middle = 0.5 * (ordered[..., (count - 1) // 2] + ordered[..., count // 2])
    spread = np.zeros(cpu_us.shape, dtype=bool)
    if count > 1:
        place = 0.95 * (count - 1)
        below = int(place)
        above = min(below + 1, count - 1)
        p95 = ordered[..., below] + (place - below) * (ordered[..., above] - ordered[..., below])
        spread = p95 > P95_OVER_P50 * middle
    late = np.zeros(cpu_us.shape, dtype=bool)
    if warmup:
        late = rounds_us[..., warmup - 1] > WARMUP_OVER_MEDIAN * middle
    words: NDArray[Any] = _LETTERS[8 * disturbed + 4 * without_cpu + 2 * spread + late]
    return words
