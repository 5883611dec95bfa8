"""NVIDIA devices: the energy that the driver has counted since it was loaded.

The library stays open as long as this process lives: a driver without users may be unloaded, and
its counters with it. A laptop's sleeping graphics card is awake meanwhile.
"""

from __future__ import annotations

import ctypes
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.availability import UnavailableError
from bench.energy.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable

_SHORTEST_S = 0.5
"""Assumed: a few times the 20 to 100 ms between a device's samples."""
_REASONS = {
    3: "NVIDIA device without energy counter",
    4: "NVIDIA energy counter not permitted",
    9: "NVIDIA driver not loaded",
}


def library() -> Any:
    """Load the driver's library.

    Raises:
        UnavailableError: it is not installed.

    """
    try:
        return ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
    except OSError:
        raise UnavailableError("no NVIDIA driver") from None


def find(load: Callable[[], Any] = library) -> list[Meter]:
    """Return one meter for each device that counts its energy, named by its number.

    Raises:
        UnavailableError: there is no device, or none counts.

    """
    nvml = load()
    _call(nvml, "nvmlInit_v2")
    count = ctypes.c_uint()
    _call(nvml, "nvmlDeviceGetCount_v2", ctypes.byref(count))
    meters: list[Meter] = []
    reason = "no NVIDIA device"
    for number in range(count.value):
        try:
            meters.append(_meter(nvml, number))
        except UnavailableError as error:
            reason = str(error)
    if not meters:
        raise UnavailableError(reason)
    return meters


def _meter(nvml: Any, number: int) -> Meter:
    device = ctypes.c_void_p()
    _call(nvml, "nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(number), ctypes.byref(device))
    meter = Meter(f"nvml/{number}", partial(_uj, nvml, device), shortest_s=_SHORTEST_S)
    meter.read_uj()
    return meter


def _uj(nvml: Any, device: ctypes.c_void_p) -> int:
    mj = ctypes.c_ulonglong()
    _call(nvml, "nvmlDeviceGetTotalEnergyConsumption", device, ctypes.byref(mj))
    return mj.value * 1000


def _call(nvml: Any, name: str, *arguments: Any) -> None:
    """Call a function of the library.

    Raises:
        UnavailableError: the library has no such function, or it failed.

    """
    function = getattr(nvml, name, None)
    if function is None:
        raise UnavailableError("NVIDIA driver too old")
    status = function(*arguments)
    if status:
        raise UnavailableError(_REASONS.get(status, f"NVML error {status}"))
