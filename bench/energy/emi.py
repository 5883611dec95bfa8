"""Windows: the Energy Meter Interface, versions 1 and 2, by the structures of `emi.h`.

A version 1 device has one channel. A version 2 device has several, and they overlap: RAPL's package
(RAPL_Package0_PKG) contains its cores (PP0) and graphics (PP1). So only channels of a whole
processor are used; where there are none, only the first channel.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.availability import UnavailableError
from bench.energy import windows
from bench.energy.meter import Meter, counting, label

Request = Callable[[str, int, int], bytes]
"""A function that sends a control code to a device and returns at most so many bytes."""

# CTL_CODE(FILE_DEVICE_UNKNOWN, number, METHOD_BUFFERED, FILE_READ_ACCESS)
GET_VERSION, GET_METADATA_SIZE, GET_METADATA, GET_MEASUREMENT = (
    0x22 << 16 | 1 << 14 | number << 2 for number in range(4)
)
MEASUREMENT = struct.Struct("<QQ")
"""Of one channel: energy in picowatt-hours, and its time in units of 100 ns."""

_V1 = struct.Struct("<I32s32sHH")  # unit, maker, model, revision, bytes of the name that follows
_V2 = struct.Struct("<32s32sHH")  # maker, model, revision, how many channels follow
_CHANNEL = struct.Struct("<IH")  # unit, bytes of the name that follows
_PICOWATT_HOURS = 0
_SHORTEST_S = 2.0
"""Assumed: how often a driver counts is not documented."""

_PACKAGE = re.compile(r"RAPL_Package\d+_PKG", re.IGNORECASE)
_PROCESSOR = re.compile(r".*\b(package|socket|apu)\b.*", re.IGNORECASE)  # as AMD's driver names it


@dataclass(frozen=True)
class Channel:
    """One counter of a device."""

    device: str
    """Name to open the device by."""
    name: str
    """Name of the channel."""
    index: int
    """Position among the device's channels."""
    count: int
    """Number of the device's channels."""


def find(
    devices: Callable[[], list[str]] = windows.devices, request: Request = windows.request
) -> list[Meter]:
    """Return a meter for each processor, or else one for the first channel.

    Raises:
        UnavailableError: there is no device, or none can be read.

    """
    channels: list[Channel] = []
    reason = "no Windows energy meter"
    for device in devices():
        try:
            channels += _channels(device, request)
        except UnavailableError as error:
            reason = str(error)
    meters: list[Meter] = []
    for channel in disjoint(channels):
        try:
            meters.append(_meter(channel, request))
        except UnavailableError as error:
            reason = str(error)
    if not meters:
        raise UnavailableError(reason)
    return meters


def disjoint(channels: list[Channel]) -> list[Channel]:
    """Return channels that do not overlap: each package of RAPL once, or else one channel."""
    packages = {label(c.name): c for c in channels if _PACKAGE.fullmatch(c.name)}
    if packages:
        return list(packages.values())
    return [c for c in channels if _PROCESSOR.fullmatch(c.name)][:1] or channels[:1]


def names(version: int, metadata: bytes) -> list[str]:
    """Return the names of a device's channels, in the order of its measurements.

    Raises:
        UnavailableError: the metadata are of an unknown version, cut short, or in another unit.

    """
    try:
        layout = {1: _names_v1, 2: _names_v2}[version]
    except KeyError:
        raise UnavailableError(f"Windows energy meter of version {version}") from None
    try:
        return layout(metadata)
    except struct.error:
        raise UnavailableError("Windows energy meter is cut short") from None


def microjoules(measurement: bytes, index: int) -> int:
    """Return the energy of a channel, in uJ; 1 pWh is 3.6 nJ.

    Raises:
        UnavailableError: the measurement is cut short.

    """
    try:
        picowatt_hours, _ = MEASUREMENT.unpack_from(measurement, index * MEASUREMENT.size)
    except struct.error:
        raise UnavailableError("Windows energy meter is cut short") from None
    return int(picowatt_hours) * 36 // 10_000


def _names_v1(metadata: bytes) -> list[str]:
    unit, _, _, _, length = _V1.unpack_from(metadata)
    _check(unit)
    return [_text(metadata, _V1.size, length)]


def _names_v2(metadata: bytes) -> list[str]:
    *_, count = _V2.unpack_from(metadata)
    channels: list[str] = []
    offset = _V2.size
    for _ in range(count):
        unit, length = _CHANNEL.unpack_from(metadata, offset)
        _check(unit)
        channels.append(_text(metadata, offset + _CHANNEL.size, length))
        offset += _CHANNEL.size + length
    return channels


def _check(unit: int) -> None:
    if unit != _PICOWATT_HOURS:
        raise UnavailableError("Windows energy meter in another unit")


def _text(metadata: bytes, offset: int, length: int) -> str:
    """Return a name in a field of so many bytes; what follows its terminator is padding."""
    (raw,) = struct.unpack_from(f"{length}s", metadata, offset)
    return str(raw.decode("utf-16-le", errors="replace").partition("\0")[0])


def _channels(device: str, request: Request) -> list[Channel]:
    version = _number(request(device, GET_VERSION, 2))
    size = _number(request(device, GET_METADATA_SIZE, 4))
    channels = names(version, request(device, GET_METADATA, size))
    return [Channel(device, name, index, len(channels)) for index, name in enumerate(channels)]


def _number(answer: bytes) -> int:
    return int.from_bytes(answer, "little")


def _meter(channel: Channel, request: Request) -> Meter:
    counter = partial(_uj, channel, request)
    return counting(Meter(f"emi/{label(channel.name)}", counter, shortest_s=_SHORTEST_S))


def _uj(channel: Channel, request: Request) -> int:
    size = channel.count * MEASUREMENT.size
    return microjoules(request(channel.device, GET_MEASUREMENT, size), channel.index)
