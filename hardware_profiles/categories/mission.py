"""What is to be done: one for each track of the lab."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from hardware_profiles.categories.thing import (
    Carbon,
    Energy,
    Items,
    Length,
    Money,
    Power,
    Share,
    Size,
    Thing,
    Time,
)
from hardware_profiles.rows import Key, Line, Table


class DataSet(Table):
    """What has to be moved: where it is, where it must go, and how far that is."""

    name: Line
    size: Size
    items: Items
    origin: Line
    destination: Line
    distance: Length
    deadline: Annotated[Time, Field(description="by which it must be there")]


class Target(Table):
    """What counts as done."""

    accuracy: Share
    latency: Annotated[Time, Field(description="from a sample to its answer")]


class Budget(Table):
    """What may be spent: energy and carbon on moving and learning, money on moving."""

    energy: Energy
    carbon: Carbon
    money: Money | None = None
    power: Annotated[Power | None, Field(description="of the device, all the time")] = None


class Mission(Thing):
    """A track's mission: its persona, its north star, its data and its limits."""

    track: Line
    persona: Line
    north_star: Line
    gravity: Annotated[Line, Field(description="what data gravity means here")]
    device: Key
    workload: Key
    data: DataSet
    target: Target
    budget: Budget

    refers_to: ClassVar[dict[str, str]] = {"device": "devices", "workload": "workloads"}
