"""What configurations did end to end, as arrays that a fit takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.stage_model import stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.model.equation import Load
    from analysis.model.fit import Array
    from analysis.model.stage_model import ResolvedConfiguration, StageModel
    from bench.bundle import Configured

_REAL = {"disk", "cold", "tmpfs"}
_POSSIBLE = 0.9
"""The share of a link's time that a period has at least: batches that lie ready when a window
begins shorten it. Assumed; emulated links keep their rate to 1 %."""


@dataclass(frozen=True)
class Observations:
    """What was measured end to end: n configurations, and their windows.

    Times are natural logarithms of us a batch.
    """

    configurations: tuple[Configured, ...]
    resolved: tuple[ResolvedConfiguration, ...]
    load: Load
    """What a batch of each configuration asks for, arrays of shape (n,)."""
    of: np.ndarray[tuple[int], np.dtype[np.intp]]
    """The configuration of each window, shape (windows,)."""
    log_period: Array
    """Time from batch to batch, shape (windows,)."""
    log_worker_cpu: Array
    """CPU time of all workers together, shape (windows,)."""
    log_consumer_cpu: Array
    """CPU time of the consumer, shape (windows,)."""
    log_step: Array
    """The accelerator's step, shape (windows,); nan where there is none."""

    def where(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Observations:
        """Return some of the configurations, with their windows; chosen: shape (n,)."""
        numbers = np.cumsum(chosen) - 1
        windows = chosen[self.of]
        return Observations(
            tuple(compress(self.configurations, chosen)),
            tuple(compress(self.resolved, chosen)),
            self.load[chosen],
            numbers[self.of[windows]],
            self.log_period[windows],
            self.log_worker_cpu[windows],
            self.log_consumer_cpu[windows],
            self.log_step[windows],
        )

    def mean_periods(self) -> Array:
        """Return the mean period of each configuration's windows, in us: shape (n,)."""
        count = len(self.configurations)
        total = np.bincount(self.of, np.exp(self.log_period), count)
        return np.asarray(total / np.bincount(self.of, minlength=count), np.float64)


def collect(
    stage_model: StageModel, records: Sequence[Configured]
) -> tuple[Observations, dict[str, str]]:
    """Return what configurations did, and by label why others are not in the model."""
    resolved, used, unknown = [], [], {}
    for record in records:
        if not record.windows:
            continue
        try:
            # The step that was waited is recorded; what profiles say of it may change.
            known = stage_model.resolve(record.setup, record.requested_step_us)
            _require_same_storage(record, known)
        except OutOfRangeError as error:
            unknown[record.setup.label] = str(error)
        else:
            resolved.append(known)
            used.append(record)
    windows = [(at, w) for at, record in enumerate(used) for w in record.windows]
    return Observations(
        tuple(used),
        tuple(resolved),
        stacked(resolved),
        np.array([at for at, _ in windows], np.intp),
        np.log([w.us / w.batches for _, w in windows]),
        np.log([max(sum(w.workers_cpu_us), 1) / w.batches for _, w in windows]),
        np.log([max(w.consumer_cpu_us, 1) / w.batches for _, w in windows]),
        np.log([w.step.total / w.batches if w.step else np.nan for _, w in windows]),
    ), unknown


def _require_same_storage(record: Configured, resolved: ResolvedConfiguration) -> None:
    """Raise where an emulated tier gave more than its profile says.

    A record does not hold what was emulated; a tier's rate and latency may be known better since.

    Raises:
        OutOfRangeError: it was emulated by other numbers.

    """
    busy_us = float(resolved.load.link)
    fastest_us = min(w.us / w.batches for w in record.windows)
    if record.setup.storage not in _REAL and fastest_us < _POSSIBLE * busy_us:
        raise OutOfRangeError(
            f"storage: a batch took {fastest_us / 1e3:.1f} ms, and {record.setup.storage} takes "
            f"{busy_us / 1e3:.1f} ms; it was emulated by other numbers, so measure it again"
        )
