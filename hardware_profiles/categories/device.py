"""What a model runs on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import (
    ByteEnergy,
    Charge,
    Count,
    Energy,
    Frequency,
    Points,
    Power,
    Rate,
    Size,
    Thing,
    Voltage,
    WorkEnergy,
    WorkRate,
)
from hardware_profiles.rows import Key, Line, Named, Table


class Cpu(Table):
    """The host's processor; its index is the speed of one core, from the category cpus."""

    model: Line
    isa: Annotated[Line, Field(pattern=r"^(x86-64|arm|microcontroller)$")]
    cores: Count
    clock: Frequency | None = None
    index: Points
    copy_rate: Annotated[Rate | None, Field(description="of memcpy, one core")] = None


class Memory(Table):
    """The host's memory; the bandwidth is that of all channels together."""

    capacity: Size
    bandwidth: Rate


class Accelerator(Table):
    """What runs the model: `count` of them. Numbers are of one; peaks are dense, by data type."""

    model: Line
    count: Count
    memory: Size | None = None
    bandwidth: Rate | None = None
    link: Annotated[Rate | None, Field(description="from the host to the device, one way")] = None
    peak: dict[Key, WorkRate]


class Store(Table):
    """Local storage, all drives of a kind together."""

    capacity: Size
    read: Rate


class Interface(Table):
    """A port, a bus or a radio."""

    rate: Annotated[Rate, Field(description="of the line")]
    application_rate: Annotated[Rate | None, Field(description="what an application gets")] = None
    energy: Annotated[ByteEnergy | None, Field(description="of sending, at this end")] = None


class Battery(Table):
    """A cell."""

    charge: Charge | None = None
    voltage: Voltage | None = None
    energy: Energy


class Camera(Table):
    """Cameras of one kind; the data rate is that of all streams, as the sensors send them."""

    streams: Count
    width: Count
    height: Count
    depth: Annotated[Size, Field(description="of a pixel")]
    rate: Frequency
    data_rate: Rate


class Display(Table):
    """A display of the product."""

    width: Count
    height: Count
    rate: Frequency


class Audio(Table):
    """Microphones of one kind; the data rate is that of all channels."""

    channels: Count
    rate: Frequency
    depth: Annotated[Size, Field(description="of a sample of one channel")]
    data_rate: Rate


class Device(Thing):
    """What a model runs on, from a server to an earbud."""

    cpu: Cpu
    memory: Memory
    accelerator: Accelerator | None = None
    storage: Named[Store]
    interface: Named[Interface]
    power: Annotated[dict[Key, Power], Field(min_length=1, description="by mode or part")]
    battery: Named[Battery]
    camera: Named[Camera]
    display: Named[Display]
    audio: Named[Audio]
    energy: Annotated[Named[WorkEnergy], Field(description="of one operation")]
