"""What a loader's workers take of a machine's memory: processes, and the batches that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import OutOfRangeError
from hardware_profiles.numerals import counted, rounded

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from analysis.model.stage_model import ResolvedConfiguration

# Measured on Linux, with Python 3.11 and torch 2: eight workers that decoded images in JSON had
# 24 to 53 MB each to themselves after a fork (Private_Dirty), and 260 MB where they share nothing
# (Rss), as after a spawn, which imports torch again.
_FORKED_BYTES = 5e7
_SPAWNED_BYTES = 2.6e8


def workers_bytes(calibration: Calibration, resolved: ResolvedConfiguration) -> float:
    """Return about how much memory the workers of a configuration take, in bytes."""
    setup = resolved.setup
    process = _FORKED_BYTES if (setup.start or calibration.start) == "fork" else _SPAWNED_BYTES
    return setup.workers * (process + setup.prefetch * resolved.bytes.tensors_bytes)


def fits(calibration: Calibration, resolved: ResolvedConfiguration) -> bool:
    """Tell whether this machine's memory holds the workers of a configuration."""
    return workers_bytes(calibration, resolved) <= calibration.stage_model.memory_bytes


def check_memory(calibration: Calibration, resolved: ResolvedConfiguration) -> None:
    """Refuse a configuration whose workers this machine's memory does not hold.

    Raises:
        OutOfRangeError: it names how much they take, and how much there is.

    """
    if not fits(calibration, resolved):
        raise OutOfRangeError(
            f"workers: {_taken(calibration, resolved)}; choose fewer workers, a smaller batch or "
            "--prefetch 1"
        )


def crowding_remark(calibration: Calibration, resolved: ResolvedConfiguration) -> str | None:
    """Say what more workers than cores, and than were run, cost beside time; None: no more."""
    cores = calibration.stage_model.cores
    if resolved.setup.workers <= max(cores, calibration.most_workers):
        return None
    return f"{_taken(calibration, resolved)}, and share {counted(cores, 'core')}"


def _taken(calibration: Calibration, resolved: ResolvedConfiguration) -> str:
    workers, taken = resolved.setup.workers, workers_bytes(calibration, resolved) / 1e9
    held = calibration.stage_model.memory_bytes / 1e9
    return (
        f"{counted(workers, 'worker')} with {workers * resolved.setup.prefetch:,} batches ahead "
        f"take about {rounded(taken, 2)} GB of this machine's {rounded(held, 2)} GB of memory"
    )
