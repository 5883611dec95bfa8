"""Windows: the Energy Meter Interface, versions 1 and 2, as `emi.h` lays it out.

A version 1 device has one channel. A version 2 device has several, and they overlap: RAPL's package
(RAPL_Package0_PKG) holds its cores (PP0) and graphics (PP1). So only what counts a whole processor
is taken; where nothing does, the very first channel, and its name tells what that is.
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
"""Sends a device a code and returns at most so many bytes."""

# CTL_CODE(FILE_DEVICE_UNKNOWN, number, METHOD_BUFFERED, FILE_READ_ACCESS)
GET_VERSION, GET_METADATA_SIZE, GET_METADATA, GET_MEASUREMENT = (
    0x22 << 16 | 1 << 14 | number << 2 for number in range(4)
)
MEASUREMENT = struct.Struct("<QQ")
"""Of one channel: energy in picowatt-hours, and when, in 100 ns."""

_V1 = struct.Struct("<I32s32sHH")  # unit, maker, model, revision, bytes of the name that follows
_V2 = struct.Struct("<32s32sHH")  # maker, model, revision, how many channels follow
_CHANNEL = struct.Struct("<IH")  # unit, bytes of the name that follows
_PICOWATT_HOURS = 0
_SHORTEST_S = 2.0  # assumed: how often a driver counts is written nowhere

_PACKAGE = re.compile(r"RAPL_Package\d+_PKG", re.IGNORECASE)
_PROCESSOR = re.compile(r".*\b(package|socket|apu)\b.*", re.IGNORECASE)  # as AMD's driver names it


@dataclass(frozen=True)
class Channel:
    """One counter of a device, and how many counters the device has."""

    device: str
    name: str
    index: int
    count: int


def find(
    devices: Callable[[], list[str]] = windows.devices, request: Request = windows.request
) -> list[Meter]:
    """Return a meter for each processor, else one for the first channel there is.

    Raises:
        UnavailableError: no device is there, or none can be read.

    """
    channels: list[Channel] = []
    reason = "no Windows energy meter"
    for device in devices():
        try:
            channels += _channels(device, request)
        except UnavailableError as error:
            reason = str(error)
    meters: list[Meter] = []
    for channel in chosen(channels):
        try:
            meters.append(_meter(channel, request))
        except UnavailableError as error:
            reason = str(error)
    if not meters:
        raise UnavailableError(reason)
    return meters


def chosen(channels: list[Channel]) -> list[Channel]:
    """Return the channels that do not overlap: every package of RAPL once, else one channel."""
    packages = {label(c.name): c for c in channels if _PACKAGE.fullmatch(c.name)}
    if packages:
        return list(packages.values())
    return [c for c in channels if _PROCESSOR.fullmatch(c.name)][:1] or channels[:1]


def names(version: int, metadata: bytes) -> list[str]:
    """Return what the channels of a device are called, in the order they are measured in.

    Raises:
        UnavailableError: the metadata are of no known version, cut short, or in another unit.

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
    """Return the energy of a channel; 1 pWh is 3.6 nJ.

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
    found: list[str] = []
    place = _V2.size
    for _ in range(count):
        unit, length = _CHANNEL.unpack_from(metadata, place)
        _check(unit)
        found.append(_text(metadata, place + _CHANNEL.size, length))
        place += _CHANNEL.size + length
    return found


def _check(unit: int) -> None:
    if unit != _PICOWATT_HOURS:
        raise UnavailableError("Windows energy meter in another unit")


def _text(metadata: bytes, place: int, length: int) -> str:
    """Return a name of so many bytes; what lies behind its end is padding."""
    (raw,) = struct.unpack_from(f"{length}s", metadata, place)
    return str(raw.decode("utf-16-le", errors="replace").partition("\0")[0])


def _channels(device: str, request: Request) -> list[Channel]:
    version = _number(request(device, GET_VERSION, 2))
    size = _number(request(device, GET_METADATA_SIZE, 4))
    found = names(version, request(device, GET_METADATA, size))
    return [Channel(device, name, index, len(found)) for index, name in enumerate(found)]


def _number(answer: bytes) -> int:
    return int.from_bytes(answer, "little")


def _meter(channel: Channel, request: Request) -> Meter:
    counter = partial(_uj, channel, request)
    return counting(Meter(f"emi/{label(channel.name)}", counter, shortest_s=_SHORTEST_S))


def _uj(channel: Channel, request: Request) -> int:
    size = channel.count * MEASUREMENT.size
    return microjoules(request(channel.device, GET_MEASUREMENT, size), channel.index)
