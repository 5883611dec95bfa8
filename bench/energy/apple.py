"""Apple silicon: the rails that the chip counts, where the package zeus-apple-silicon is installed.

The library gives millijoules. Its cores and clusters are within cpu_total, and are not looked at.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.availability import UnavailableError
from bench.energy.meter import Meter

RAILS = {
    "cpu": "cpu_total_mj",
    "gpu": "gpu_mj",
    "gpu-sram": "gpu_sram_mj",
    "dram": "dram_mj",
    "ane": "ane_mj",
}
"""What is metered, and the library's word for it."""

_SHORTEST_S = 0.5  # assumed: how often the chip counts is written nowhere
_SILENT = "this Mac does not tell its energy"


def find() -> list[Meter]:
    """Return a meter for each rail that this chip counts.

    Raises:
        UnavailableError: the library is not installed, or finds no counters.

    """
    try:
        from zeus_apple_silicon import AppleEnergyMonitor
    except ImportError:
        raise UnavailableError("zeus-apple-silicon is not installed") from None
    try:
        monitor = AppleEnergyMonitor()
        now = monitor.get_cumulative_energy()
    except RuntimeError:
        raise UnavailableError(_SILENT) from None
    rails = [rail for rail, field in RAILS.items() if getattr(now, field, None) is not None]
    if not rails:
        raise UnavailableError(_SILENT)
    return [
        Meter(f"apple/{rail}", partial(_uj, monitor, RAILS[rail]), shortest_s=_SHORTEST_S)
        for rail in rails
    ]


def _uj(monitor: Any, field: str) -> int:
    try:
        mj = getattr(monitor.get_cumulative_energy(), field)
    except RuntimeError:
        raise UnavailableError(_SILENT) from None
    if mj is None:
        raise UnavailableError(_SILENT)
    return int(mj * 1000)
