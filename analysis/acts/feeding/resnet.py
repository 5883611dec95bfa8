"""ResNet-50 on a cloud disk of 250 MB/s: under which assumption a GPU is 15 % busy.

From facts alone: no machine of a student's plays a part in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.outcome import Result
from hardware_profiles.methods import METHODS
from hardware_profiles.quantity import exact, minimum

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.quantity import Quantity

DISK = exact(250, "MB/s")
"""The standard cloud disk of the lab's plan."""
PLAN = 0.15
"""What the plan says of utilisation."""
_NEAR = 0.01
"""How far from that a case may lie, to be named for it."""
_RECORDS = {"jpeg": "JPEG records", "raw": "decoded pictures"}
_DEVICES = ("h100", "a100", "v100")
_COUNTS = (1, 8)
_FASTER = "nvme_gen4"


@dataclass(frozen=True)
class Case:
    """An accelerator's demand, by how it was found, and the bytes of a record."""

    device: str
    method: str
    record: str
    count: int
    utilisation: Quantity
    after: Quantity
    """With an NVMe drive instead."""

    @property
    def text(self) -> str:
        """What is assumed, in words."""
        devices = self.device if self.count == 1 else f"{self.count} {self.device}"
        return f"{devices}, {METHODS[self.method].description}, {_RECORDS[self.record]}"


def cases(catalogue: Catalogue) -> list[Case]:
    """Return the utilisation that the disk allows, under each demand and record that is known."""
    resnet, faster = catalogue["resnet50"], catalogue[_FASTER]["read"]
    found = []
    for method in ("tuned", "emulated", "example"):
        for device in _DEVICES:
            demand = resnet.get(f"demand.{method}.{device}")
            if demand is None:
                continue
            for record in _RECORDS:
                for count in _COUNTS:
                    needed = demand * resnet[f"record.{record}"] * count
                    shares = (minimum(disk / needed, exact(1)) for disk in (DISK, faster))
                    found.append(Case(device, method, record, count, *shares))
    return found


def results(catalogue: Catalogue) -> tuple[list[Result], list[str]]:
    """Return what the disk allows, case by case, and what would make it the plan's 15 %."""
    all_cases = cases(catalogue)
    numbers = [
        Result(
            f"resnet.{case.method}.{case.device}.{case.record}.{case.count}",
            f"Busy on 250 MB/s: {case.text}",
            case.utilisation.to("percent"),
            f"With {_FASTER} {case.after.to('percent').text()}.",
        )
        for case in all_cases
    ]
    near = [case for case in all_cases if abs(float(case.utilisation.value) - PLAN) < _NEAR]
    resnet = catalogue["resnet50"]
    demand = resnet["demand.tuned.h100"]
    record = (DISK / (demand * PLAN)).to("kB/sample")
    jpeg, raw = (resnet[f"record.{name}"].to("kB/sample").text() for name in _RECORDS)
    texts = [
        (
            "15 % holds under some assumptions, and other figures under others. About 15 %: "
            f"{'; '.join(map(_described, near))}."
        ),
        (
            f"One H100 that trains as in MLPerf Training ({demand.text()}) is 15 % busy if a "
            f"record is {record.text()}; JPEG records are {jpeg}, and decoded pictures {raw}."
        ),
    ]
    return numbers, texts


def _described(case: Case) -> str:
    """Return what is assumed, what follows, and where the bottleneck is with an NVMe drive."""
    after = case.after.to("percent")
    then = (
        "the disk keeps nobody waiting any more, and decoding on the CPU is next"
        if float(after.value) >= 100
        else f"{after.text()}, still the disk"
    )
    return f"{case.text}: {case.utilisation.to('percent').text()} (with {_FASTER}: {then})"
