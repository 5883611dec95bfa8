"""Apple silicon: the power rails that the chip counts, by the package zeus-apple-silicon.

The library counts in mJ. Its cores and clusters are part of cpu_total, and are not read.
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
"""Power rails, and the library's names for them."""

_SHORTEST_S = 0.5
"""Assumed: how often the chip counts is not documented."""
_NOT_COUNTED = "this Mac does not count its energy"


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
        raise UnavailableError(_NOT_COUNTED) from None
    rails = [rail for rail, field in RAILS.items() if getattr(now, field, None) is not None]
    if not rails:
        raise UnavailableError(_NOT_COUNTED)
    return [
        Meter(f"apple/{rail}", partial(_uj, monitor, RAILS[rail]), shortest_s=_SHORTEST_S)
        for rail in rails
    ]


def _uj(monitor: Any, field: str) -> int:
    try:
        mj = getattr(monitor.get_cumulative_energy(), field)
    except RuntimeError:
        raise UnavailableError(_NOT_COUNTED) from None
    if mj is None:
        raise UnavailableError(_NOT_COUNTED)
    return int(mj * 1000)
