"""The levers of all acts: what a student sets, in which unit, and within which limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware_profiles.quantity import Quantity

# Light: the command line names levers in its help. What counts with units is imported where it is
# used.

MISSION = "mission"
"""The setting of a lever that is as the track's mission says."""

_QUANTITY = re.compile(
    r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)\s*(\S.*?)?\s*", re.IGNORECASE
)


@dataclass(frozen=True)
class Lever:
    """What can be set: one of some names, or an amount."""

    name: str
    label: str
    help: str
    names: tuple[str, ...] = ()
    """What it can be set to by a name, in order."""
    stops: tuple[str, ...] = ()
    """Amounts that a page offers, in order; others within the limits are taken, too."""
    unit: str = ""
    """Of an amount; "": there is none."""
    limits: tuple[str, str] = ("", "")
    """Least and most of an amount."""
    default: str = MISSION
    pattern: str = ""
    """What else it can be set to, as a regular expression; "": nothing."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Where they differ from `default`, by track."""

    @property
    def takes_mission(self) -> bool:
        """Whether it can be as the mission says."""
        return MISSION in (self.default, *self.defaults.values())

    def default_of(self, track: str) -> str:
        """Return what it is set to where nobody sets it."""
        return self.defaults.get(track, self.default)

    def check(self, setting: str) -> str:
        """Return a setting as it is written: `1 PB` for `1PB`.

        Raises:
            AnalysisError: it is none of the names, no amount, or one out of range.

        """
        if setting in self.names or (self.takes_mission and setting == MISSION):
            return setting
        if self.pattern and re.fullmatch(self.pattern, setting):
            return setting
        if not self.unit:
            raise AnalysisError(f"--{self.name}: {setting!r} is none of {', '.join(self.names)}")
        from hardware_profiles.quantity import exact

        number, unit = self._read(setting)
        amount = exact(number, unit)
        least, most = (exact(*self._read(limit)) for limit in self.limits)
        if (amount - least).value < 0 or (amount - most).value > 0:
            raise AnalysisError(
                f"--{self.name}: {setting} is out of range; choose from {self.limits[0]} to "
                f"{self.limits[1]}"
            )
        return f"{number:.15g} {unit}".removesuffix(" 1")

    def amount(self, setting: str) -> Quantity:
        """Return a setting as a quantity, exact by declaration."""
        from hardware_profiles.quantity import exact

        return exact(*self._read(setting))

    def _read(self, setting: str) -> tuple[float, str]:
        from hardware_profiles.errors import UnitError
        from hardware_profiles.quantity import exact

        match = _QUANTITY.fullmatch(setting)
        example = (self.stops or self.limits)[-1]
        if match is None:
            raise AnalysisError(
                f"--{self.name}: {setting!r} is no amount; write a number and a unit, as in "
                f"{example!r}" + (f", or one of {', '.join(self.names)}" if self.names else "")
            )
        number, unit = float(match[1].replace(",", "").replace("_", "")), match[2] or "1"
        try:
            exact(number, unit).to(self.unit)
        except UnitError as error:
            raise AnalysisError(f"--{self.name}: {error}; write it as in {example!r}") from error
        return number, unit


TRACKS = ("cloud_titan", "edge_guardian", "mobile_nomad", "tiny_pioneer")

_LEVERS = (
    Lever(
        "size",
        "Dataset size",
        "how much data is moved",
        stops=("10 GB", "100 GB", "1 TB", "10 TB", "100 TB", "1 PB", "10 PB"),
        unit="B",
        limits=("10 kB", "100 PB"),
    ),
    Lever(
        "distance",
        "Distance",
        "from where it lies to where it is used, as the crow flies",
        stops=("1 m", "10 km", "100 km", "1,000 km", "3,000 mile", "10,000 km", "20,000 km"),
        unit="m",
        limits=("0.1 m", "20,037.5 km"),
    ),
    Lever(
        "link",
        "Link bandwidth",
        "the line or radio; a rate, such as '40 Gb/s', is that of a fibre",
        names=("fibre_1g", "fibre_10g", "fibre_100g", "lte", "nr_mmwave", "wifi", "bluetooth_le"),
        stops=("1 Gb/s", "2.5 Gb/s", "10 Gb/s", "25 Gb/s", "40 Gb/s", "100 Gb/s"),
        unit="b/s",
        limits=("1 Mb/s", "400 Gb/s"),
        default="fibre_10g",
        defaults={
            "edge_guardian": "nr_mmwave",
            "mobile_nomad": "bluetooth_le",
            "tiny_pioneer": "bluetooth_le",
        },
    ),
    Lever(
        "streams",
        "Streams",
        "connections, or disks, that are read at once",
        stops=("1", "4", "16", "64", "256"),
        unit="1",
        limits=("1", "1024"),
        default="16",
        defaults={"mobile_nomad": "1", "tiny_pioneer": "1"},
    ),
    Lever(
        "method",
        "Transfer method",
        "over the line, or shipped: a courier's drives, or AWS Snowball (physical truck)",
        names=("wire", "courier_drive", "snowball_80", "snowball_210"),
        default="wire",
    ),
    Lever(
        "boxes",
        "Boxes at once",
        "drives or boxes that are filled, and read out, at the same time",
        stops=("1", "4", "16", "64"),
        unit="1",
        limits=("1", "1024"),
        default="16",
        defaults={"mobile_nomad": "1", "tiny_pioneer": "1"},
    ),
    Lever(
        "tier",
        "Storage tier",
        "where the data lies: NVMe (hot), S3 (warm), Glacier (cold), and what is between",
        names=(
            "nvme_gen4",
            "sata_ssd",
            "hdd",
            "ebs_gp3",
            "s3_standard",
            "s3_standard_ia",
            "s3_glacier_instant",
            "s3_glacier_flexible",
            "s3_glacier_deep",
        ),
        default="hdd",
        defaults={"edge_guardian": "nvme_gen4", "mobile_nomad": "nvme_gen4",
                  "tiny_pioneer": "nvme_gen4"},
    ),
    Lever(
        "tariff",
        "Across the cloud's border",
        "what is charged for each byte: out of the cloud in steps or at one price, into it, or "
        "between two of its regions",
        names=("egress", "egress_flat", "ingress", "between_regions"),
        default="egress",
        defaults={"edge_guardian": "ingress", "mobile_nomad": "ingress",
                  "tiny_pioneer": "ingress"},
    ),
    Lever(
        "deadline",
        "Deadline",
        "by when it has to be there",
        stops=("1 h", "14 h", "1 day", "3 day", "10 day", "30 day", "90 day"),
        unit="s",
        limits=("1 s", "10 year"),
    ),
    Lever(
        "format",
        "Serialization format",
        "how samples are stored",
        names=("csv", "json", "parquet", "protobuf"),
        default="json",
    ),
    Lever(
        "layout",
        "Layout",
        "of the format: usual is the canonical one",
        names=("usual",),
        pattern="[a-z0-9-]{1,30}",
        default="usual",
    ),
    Lever(
        "decoder",
        "Decoder",
        "usual is the fastest that the pipeline was measured with",
        names=("usual",),
        pattern="[a-z0-9-]{1,30}",
        default="usual",
    ),
    Lever(
        "workers",
        "Worker count",
        "processes that make batches; 0: the training loop does",
        stops=("0", "1", "2", "4", "8", "16", "32"),
        unit="1",
        limits=("0", "64"),
        default="4",
        defaults={"mobile_nomad": "0", "tiny_pioneer": "0"},
    ),
    Lever(
        "storage",
        "Disk type",
        "this machine's disk, or one that is waited for, from HDD to NVMe",
        names=(
            "disk", "hdd", "ebs_gp2", "ebs_gp3", "sata_ssd", "nvme_gen3", "nvme_gen4", "nvme_gen5",
            "s3_standard",
        ),
        default="ebs_gp2",
        defaults={"edge_guardian": "nvme_gen3", "mobile_nomad": "disk", "tiny_pioneer": "disk"},
    ),
    Lever(
        "accelerator",
        "Accelerator",
        "what consumes the samples, or how long a step of it takes",
        names=("h100", "h100_pcie", "a100", "v100", "orin"),
        stops=("5 ms", "10 ms", "20 ms"),
        unit="s",
        limits=("0.01 ms", "60 s"),
        default="h100",
        defaults={"edge_guardian": "orin", "mobile_nomad": "16.7 ms", "tiny_pioneer": "10 ms"},
    ),
    Lever(
        "rate",
        "Rate of the accelerator",
        "how it was found; rates of different methods do not compare",
        names=("usual", "tuned", "production", "example", "emulated", "fp8", "int8", "int8_dla"),
        default="usual",
    ),
)  # fmt: skip

LEVERS = {lever.name: lever for lever in _LEVERS}

ACTS: dict[str, tuple[str, ...]] = {
    "gravity": (
        "size", "distance", "link", "streams", "method", "boxes", "tier", "tariff", "deadline",
    ),
    "feeding-tax": (
        "format", "layout", "decoder", "workers", "storage", "accelerator", "rate",
    ),
}  # fmt: skip
"""The levers of each act, in order."""
