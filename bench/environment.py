"""What may disturb a run: one probe a key of `bench.bundle.Environment`."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

from bench.availability import UnavailableError, available_or_reason
from bench.bundle import Environment
from bench.system.limits import throttled_periods

_CPU0 = Path("/sys/devices/system/cpu/cpu0")


def environment() -> Environment:
    """Look at the machine for half a second."""
    return Environment.model_validate(
        {
            "power": available_or_reason(_power),
            "governor": available_or_reason(_governor),
            "throttled": available_or_reason(_throttled),
            "quota_throttled": available_or_reason(throttled_periods),
            "busy_percent": min(100, round(psutil.cpu_percent(interval=0.5))),
        }
    )


def _power() -> str:
    sensor = getattr(psutil, "sensors_battery", None)
    battery = sensor() if sensor else None
    if battery is None or battery.power_plugged is None:
        raise UnavailableError("no battery found")
    return "mains" if battery.power_plugged else "battery"


def _governor() -> str:
    if sys.platform != "linux":
        raise UnavailableError("Linux only")
    try:
        return (_CPU0 / "cpufreq/scaling_governor").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise UnavailableError("not exposed, as in most virtual machines") from None


def _throttled() -> int:
    if sys.platform != "linux":
        raise UnavailableError("Linux only")
    counters = list(_CPU0.parent.glob("cpu*/thermal_throttle/core_throttle_count"))
    if not counters:
        raise UnavailableError("no counter, as in most virtual machines")
    return sum(int(counter.read_text(encoding="ascii")) for counter in counters)
