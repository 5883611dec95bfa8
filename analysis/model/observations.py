"""What configurations did end to end, as arrays that a fit takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.stage_model import stacked

if TYPE_CHECKING:
    from analysis.model.equation import Load
    from analysis.model.fit import Array
    from analysis.model.stage_model import Asked, Machine
    from bench.bundle import Configured


@dataclass(frozen=True)
class Observed:
    """What was measured end to end: configurations as arrays, and their windows.

    of: the configuration of each window. What is measured is the logarithm of us a batch; log_step
    is nan where there is no step.
    """

    configurations: tuple[Configured, ...]
    asked: tuple[Asked, ...]
    load: Load
    of: np.ndarray[tuple[int], np.dtype[np.intp]]
    log_period: Array
    log_worker_cpu: Array
    log_consumer_cpu: Array
    log_step: Array

    def where(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Observed:
        """Return some of the configurations, with their windows."""
        places = np.cumsum(chosen) - 1
        windows = chosen[self.of]
        return Observed(
            tuple(compress(self.configurations, chosen)),
            tuple(compress(self.asked, chosen)),
            self.load[chosen],
            places[self.of[windows]],
            self.log_period[windows],
            self.log_worker_cpu[windows],
            self.log_consumer_cpu[windows],
            self.log_step[windows],
        )


def observe(machine: Machine, found: list[Configured]) -> tuple[Observed, dict[str, str]]:
    """Return what configurations did, and by label why others are not in the model."""
    asked, used, left_out = [], [], {}
    for one in found:
        if not one.windows:
            continue
        try:
            asked.append(machine.ask(one.setup))
        except OutOfRangeError as error:
            left_out[one.setup.label] = str(error)
        else:
            used.append(one)
    windows = [(at, w) for at, one in enumerate(used) for w in one.windows]
    return Observed(
        tuple(used),
        tuple(asked),
        stacked(a.load for a in asked),
        np.array([at for at, _ in windows], np.intp),
        np.log([w.us / w.batches for _, w in windows]),
        np.log([max(sum(w.workers_cpu_us), 1) / w.batches for _, w in windows]),
        np.log([max(w.consumer_cpu_us, 1) / w.batches for _, w in windows]),
        np.log([w.step.total / w.batches if w.step else np.nan for _, w in windows]),
    ), left_out
