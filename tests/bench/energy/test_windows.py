"""Windows' energy meters from bytes, with the system's functions replaced; runs on any system."""

from __future__ import annotations

import ctypes
import struct
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bench.availability import UnavailableError
from bench.energy import Meter, emi, windows
from bench.energy.meter import label

if TYPE_CHECKING:
    from collections.abc import Iterable


def wide(text: str, size: int) -> bytes:
    return text.encode("utf-16-le").ljust(size, b"\0")


def metadata_v1(name: str, unit: int = 0) -> bytes:
    raw = wide(name, 2 * len(name) + 2)
    return struct.pack("<I32s32sHH", unit, wide("OEM", 32), wide("M", 32), 1, len(raw)) + raw


def metadata_v2(*names: str, unit: int = 0, room: int = 100) -> bytes:
    """Channels are packed, so that some begin at odd offsets; names may be padded to room bytes."""
    channels = [struct.pack("<IH", unit, room) + wide(name, room) for name in names]
    head = struct.pack("<32s32sHH", wide("Intel", 32), wide("RAPL", 32), 1, len(names))
    return head + b"".join(channels)


INTEL = ("RAPL_Package0_PP0", "RAPL_Package0_PP1", "RAPL_Package0_PKG", "RAPL_Package0_DRAM")
AMD = ("VDDCR_VDD Power", "VDDCR_SOC Power", "Current Socket Power", "Apu Power")


class Emi:
    """Windows' energy meters: version, metadata and picowatt-hours of each."""

    def __init__(self, **devices: tuple[int, bytes, list[int]]) -> None:
        self.devices = devices

    def names(self) -> list[str]:
        return list(self.devices)

    def request(self, device: str, code: int, size: int) -> bytes:
        version, metadata, energies = self.devices[device]
        if not version:
            raise UnavailableError("Windows energy meter gives no answer")
        answer = {
            0x224000: struct.pack("<H", version),
            0x224004: struct.pack("<I", len(metadata)),
            0x224008: metadata,
            0x22400C: b"".join(struct.pack("<QQ", pwh, 1) for pwh in energies),
        }[code]
        return answer[:size]

    def find(self) -> list[Meter]:
        return emi.find(self.names, self.request)


def test_channels_are_named_by_the_metadata() -> None:
    assert emi.names(1, metadata_v1("Battery rail")) == ["Battery rail"]
    assert emi.names(2, metadata_v2(*INTEL)) == list(INTEL)
    assert emi.names(2, metadata_v2("A", "B", room=4)) == ["A", "B"]
    assert emi.names(2, metadata_v2("AB", room=4)) == ["AB"]
    assert emi.names(2, metadata_v2()) == []


@pytest.mark.parametrize("version", [1, 2])
def test_metadata_cut_short_anywhere_are_a_reason(version: int) -> None:
    whole = metadata_v1("Rail") if version == 1 else metadata_v2("A", "B", room=4)
    for length in range(len(whole)):
        with pytest.raises(UnavailableError, match="cut short"):
            emi.names(version, whole[:length])


@pytest.mark.parametrize(
    ("version", "metadata", "reason"),
    [
        (3, b"", "of version 3"),
        (1, metadata_v1("Rail", unit=1), "another unit"),
        (2, metadata_v2("Rail", unit=7), "another unit"),
    ],
)
def test_unknown_metadata_are_a_reason(version: int, metadata: bytes, reason: str) -> None:
    with pytest.raises(UnavailableError, match=reason):
        emi.names(version, metadata)


def test_a_picowatt_hour_is_3600_picojoules() -> None:
    measurement = struct.pack("<QQQQ", 10**12, 1, 278, 2)
    assert emi.microjoules(measurement, 0) == 3600 * 10**6
    assert emi.microjoules(measurement, 1) == 1
    with pytest.raises(UnavailableError, match="cut short"):
        emi.microjoules(measurement, 2)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (INTEL, ["emi/RAPL_Package0_PKG"]),
        ((*INTEL, "RAPL_Package1_PKG"), ["emi/RAPL_Package0_PKG", "emi/RAPL_Package1_PKG"]),
        (AMD, ["emi/Current-Socket-Power"]),
        (("VDDCR_SOC Power", "Apu Power"), ["emi/Apu-Power"]),
        (("CPU rail", "GPU rail"), ["emi/CPU-rail"]),
    ],
)
def test_channels_that_overlap_are_not_both_taken(
    names: tuple[str, ...], expected: list[str]
) -> None:
    energies = [(1 + index) * 10**6 for index in range(len(names))]
    meters = Emi(cpu=(2, metadata_v2(*names), energies)).find()
    assert [meter.name for meter in meters] == expected
    for meter in meters:
        (index,) = [i for i, name in enumerate(names) if f"emi/{label(name)}" == meter.name]
        assert meter.read_uj() == energies[index] * 36 // 10_000


def test_a_package_wins_over_other_devices_and_is_counted_once() -> None:
    intel = (2, metadata_v2(*INTEL), [10**9] * 4)
    meters = Emi(a=(0, b"", []), b=(1, metadata_v1("Board"), [5 * 10**9]), c=intel, d=intel).find()
    assert {meter.name: meter.read_uj() for meter in meters} == {"emi/RAPL_Package0_PKG": 3_600_000}
    assert meters[0].shortest_s >= 2


def test_a_device_of_the_first_version_is_one_meter() -> None:
    meters = Emi(board=(1, metadata_v1("Board"), [10**9])).find()
    assert {meter.name: meter.read_uj() for meter in meters} == {"emi/Board": 3_600_000}


@pytest.mark.parametrize(
    ("devices", "reason"),
    [
        ({}, "no Windows energy meter"),
        ({"a": (0, b"", [])}, "Windows energy meter gives no answer"),
        ({"a": (1, metadata_v1("Board"), [0])}, "the energy counter stands at zero"),
        ({"a": (2, metadata_v2(*INTEL), [1])}, "Windows energy meter is cut short"),
    ],
)
def test_no_channel_that_counts_is_a_reason(devices: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnavailableError, match=f"^{reason}$"):
        Emi(**devices).find()


def manager(names: Iterable[str], status: int = 0) -> Any:
    """Windows' list of devices, as cfgmgr32 gives it."""
    text = "".join(f"{name}\0" for name in names) + "\0"

    def size(length: Any, guid: Any, device: None, flags: int) -> int:
        assert guid.raw.hex() == "4483bd45d67ecf49a440c276c933b053"
        length._obj.value = len(text)
        return status

    def fill(guid: Any, device: None, buffer: Any, length: Any, flags: int) -> int:
        assert length.value == len(buffer)
        buffer[:] = text
        return status

    return SimpleNamespace(
        CM_Get_Device_Interface_List_SizeW=size, CM_Get_Device_Interface_ListW=fill
    )


class Kernel:
    """Windows' devices, as kernel32 gives them."""

    def __init__(self, handle: int | None = 2**40 + 1, answer: bytes | None = b"") -> None:
        self.open: list[int] = []

        def create(device: str, access: int, *others: object) -> int | None:
            assert (device, access) == ("meter", 0x80000000)
            if handle is not None and handle < 2**63:
                self.open.append(handle)
            return handle

        def control(opened: Any, code: int, *others: Any) -> int:
            assert (opened.value, code) == (handle, emi.GET_METADATA)
            if answer is None:
                return 0
            buffer, size, got = others[2:5]
            assert size == len(buffer)
            ctypes.memmove(buffer, answer, len(answer))
            got._obj.value = len(answer)
            return 1

        def close(opened: Any) -> int:
            self.open.remove(opened.value)
            return 1

        self.CreateFileW, self.DeviceIoControl, self.CloseHandle = create, control, close


def test_devices_are_listed() -> None:
    assert windows.devices(manager(["first", "second"])) == ["first", "second"]
    assert windows.devices(manager([])) == []
    with pytest.raises(UnavailableError, match="Windows lists no energy meters"):
        windows.devices(manager([], status=13))


def test_a_request_is_answered_and_the_device_closed() -> None:
    kernel = Kernel(answer=b"abc")
    assert windows.request("meter", emi.GET_METADATA, 8, kernel) == b"abc"
    assert kernel.open == []


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        (Kernel(handle=ctypes.c_void_p(-1).value), "cannot be opened"),
        (Kernel(handle=None), "cannot be opened"),
        (Kernel(answer=None), "gives no answer"),
    ],
)
def test_a_request_that_is_refused_is_a_reason(kernel: Kernel, reason: str) -> None:
    with pytest.raises(UnavailableError, match=reason):
        windows.request("meter", emi.GET_METADATA, 8, kernel)
    assert kernel.open == []
