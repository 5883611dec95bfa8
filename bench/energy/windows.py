"""Windows: list the energy meters that drivers have registered, and send requests to them."""

from __future__ import annotations

import ctypes
import sys
import uuid
from typing import Any

from bench.availability import UnavailableError

_ENERGY_METER = uuid.UUID("45bd8344-7ed6-49cf-a440-c276c933b053")  # GUID_DEVICE_ENERGY_METER
_PRESENT = 0  # CM_GET_DEVICE_INTERFACE_LIST_PRESENT
_GENERIC_READ = 0x80000000
_SHARE_READ_WRITE = 3
_OPEN_EXISTING = 3
_INVALID_HANDLE = ctypes.c_void_p(-1).value


def library(name: str) -> Any:
    """Load a library of the system.

    Raises:
        UnavailableError: this is not Windows.

    """
    if sys.platform == "win32":
        return ctypes.WinDLL(name)
    raise UnavailableError("Windows only")


def devices(manager: Any = None) -> list[str]:
    """Return the names by which this machine's energy meters can be opened.

    Args:
        manager: cfgmgr32 (the default), or a test's replacement.

    Raises:
        UnavailableError: Windows does not list them.

    """
    manager = manager or library("cfgmgr32")
    guid = ctypes.create_string_buffer(_ENERGY_METER.bytes_le, 16)
    length = ctypes.c_uint32()
    if manager.CM_Get_Device_Interface_List_SizeW(ctypes.byref(length), guid, None, _PRESENT):
        raise UnavailableError("Windows lists no energy meters")
    names = ctypes.create_unicode_buffer(max(1, length.value))
    if manager.CM_Get_Device_Interface_ListW(guid, None, names, length, _PRESENT):
        raise UnavailableError("Windows lists no energy meters")
    return [name for name in "".join(names).split("\0") if name]


def request(device: str, code: int, size: int, kernel: Any = None) -> bytes:
    """Send a request without data to a device, which is open only meanwhile; return the answer.

    Args:
        device: name to open it by.
        code: control code.
        size: bytes of the answer, at most.
        kernel: kernel32 (the default), or a test's replacement.

    Raises:
        UnavailableError: the device cannot be opened, or refuses.

    """
    kernel = kernel or library("kernel32")
    kernel.CreateFileW.restype = ctypes.c_void_p  # an int would lose half of a handle
    opened = kernel.CreateFileW(
        device, _GENERIC_READ, _SHARE_READ_WRITE, None, _OPEN_EXISTING, 0, None
    )
    if opened in {None, _INVALID_HANDLE}:
        raise UnavailableError("Windows energy meter cannot be opened")
    handle = ctypes.c_void_p(opened)
    answer = ctypes.create_string_buffer(size)
    got = ctypes.c_uint32()
    try:
        if not kernel.DeviceIoControl(handle, code, None, 0, answer, size, ctypes.byref(got), None):
            raise UnavailableError("Windows energy meter gives no answer")
    finally:
        kernel.CloseHandle(handle)
    return answer.raw[: got.value]
