"""What there are profiles of: a folder of files each, and the class that says what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles.categories.carbon import Carbon
from hardware_profiles.categories.cpu import Cpu
from hardware_profiles.categories.device import Device
from hardware_profiles.categories.energy import Energy
from hardware_profiles.categories.link import Link
from hardware_profiles.categories.mission import Mission
from hardware_profiles.categories.price import Price
from hardware_profiles.categories.quality import Quality
from hardware_profiles.categories.tier import Tier
from hardware_profiles.categories.workload import Workload

if TYPE_CHECKING:
    from hardware_profiles.categories.thing import Thing

CATEGORIES: dict[str, type[Thing]] = {
    "devices": Device,
    "tiers": Tier,
    "links": Link,
    "workloads": Workload,
    "missions": Mission,
    "prices": Price,
    "energy": Energy,
    "carbon": Carbon,
    "cpus": Cpu,
    "quality": Quality,
}
