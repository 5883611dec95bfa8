"""The levers of all acts: what a student sets, in which unit, and within which limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.drift_levers import DRIFT_LEVERS
from analysis.acts.lever import MISSION, Lever
from formats.names import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable

# Those that every run has measured, whenever it was taken.
_FORMATS = {name: TITLES[name] for name in ("csv", "json", "parquet", "protobuf")}
TRACKS = ("cloud_titan", "edge_guardian", "mobile_nomad", "tiny_pioneer")

_AS_THE_MISSION = {MISSION: "as the mission says"}


def _as_written(*settings: str) -> dict[str, str]:
    return {setting: setting for setting in settings}


def _shares(percents: Iterable[int]) -> tuple[str, ...]:
    return tuple(f"{percent} percent" for percent in percents)


def _in_percent(*percents: int) -> dict[str, str]:
    return {f"{percent} percent": f"{percent} %" for percent in percents}


_LEVERS = (
    Lever(
        "size",
        "Dataset size",
        "how much data is moved",
        stops=("10 GB", "100 GB", "1 TB", "10 TB", "100 TB", "1 PB", "10 PB"),
        unit="B",
        limits=("10 kB", "100 PB"),
        on_page=_AS_THE_MISSION
        | _as_written("10 GB", "100 GB", "1 TB", "10 TB", "100 TB", "1 PB", "10 PB"),
    ),
    Lever(
        "distance",
        "Distance",
        "from where it lies to where it is used, as the crow flies",
        stops=("1 m", "10 km", "100 km", "1,000 km", "3,000 mile", "10,000 km", "20,000 km"),
        unit="m",
        limits=("0.1 m", "20,037.5 km"),
        on_page=_AS_THE_MISSION | _as_written("10 km", "1,000 km", "10,000 km"),
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
        on_page={
            "fibre_1g": "fibre, 1 Gb/s",
            "fibre_10g": "fibre, 10 Gb/s",
            "fibre_100g": "fibre, 100 Gb/s",
            "nr_mmwave": "5G, millimetre wave",
            "bluetooth_le": "Bluetooth LE",
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
        on_page={
            "wire": "over the link",
            "courier_drive": "a courier with drives",
            "snowball_80": "Snowball, 80 TB",
            "snowball_210": "Snowball, 210 TB",
        },
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
        on_page={
            "nvme_gen4": "NVMe (hot)",
            "hdd": "hard disks",
            "s3_standard": "S3 (warm)",
            "s3_glacier_flexible": "Glacier (cold)",
        },
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
        on_page=_AS_THE_MISSION
        | _as_written("1 h", "1 day")
        | {f"{count} day": f"{count} days" for count in (3, 10, 30)},
    ),
    Lever(
        "format",
        "Serialization format",
        "how samples are stored",
        names=tuple(_FORMATS),
        default="json",
        on_page=_FORMATS,
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
        on_page=_as_written("0", "1", "2", "4", "8", "16", "32"),
        slider=(0, 32, 1),
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
        on_page={
            "hdd": "HDD",
            "ebs_gp2": "cloud disk (EBS gp2)",
            "sata_ssd": "SATA SSD",
            "nvme_gen3": "NVMe, PCIe 3",
            "nvme_gen4": "NVMe, PCIe 4",
            "disk": "this machine's disk",
        },
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
        on_page={
            "h100": "H100",
            "orin": "Jetson Orin",
            "16.7 ms": "16.7 ms, as for 60 frames/s",
            "10 ms": "10 ms",
        },
    ),
    Lever(
        "rate",
        "Rate of the accelerator",
        "how it was found; rates of different methods do not compare",
        names=("usual", "tuned", "production", "example", "emulated", "fp8", "int8", "int8_dla"),
        default="usual",
    ),
    Lever(
        "filter",
        "Filtering ratio",
        "which share of the samples is left out, those that a first model finds hardest first",
        stops=_shares(range(0, 91, 10)),
        unit="percent",
        limits=("0 percent", "90 percent"),
        default="0 percent",
        on_page=_in_percent(0, 50, 70, 90),
        slider=(0, 90, 1),
    ),
    Lever(
        "dedup",
        "Deduplication scrubber",
        "which share of the data is redundant, and removed",
        stops=_shares(range(0, 51, 10)),
        unit="percent",
        limits=("0 percent", "50 percent"),
        default="0 percent",
        on_page=_in_percent(0, 20, 50),
        slider=(0, 50, 1),
    ),
    Lever(
        "label-quality",
        "Label quality",
        "how right the labels are, from what the web says to what experts say",
        names=("low", "crowd", "checked", "expert"),
        default="crowd",
        on_page={
            "low": "low: from the web",
            "crowd": "crowd workers",
            "checked": "checked twice",
            "expert": "experts",
        },
    ),
    Lever(
        "place",
        "Processing location",
        "where samples are selected: local, before they are moved, or in the cloud, after that",
        names=("local", "cloud"),
        default="cloud",
        on_page={"local": "local, before moving", "cloud": "cloud, after moving"},
    ),
    Lever(
        "wire-format",
        "Format that is sent",
        "how samples are stored and sent",
        names=tuple(_FORMATS),
        default="json",
        on_page=_FORMATS,
    ),
    Lever(
        "region",
        "Region of the grid",
        "whose electricity it is",
        names=(
            "us", "world", "france", "sweden", "norway", "finland", "germany", "poland", "uk",
            "ireland", "netherlands", "canada", "brazil", "india", "china", "japan", "korea",
            "singapore", "australia", "south_africa",
        ),
        default="us",
        on_page={
            "us": "United States",
            "france": "France",
            "germany": "Germany",
            "poland": "Poland",
            "india": "India",
        },
    ),
    Lever(
        "gain",
        "Data selection gain",
        "whether it is taken apart: entropy over gravity, term by term",
        names=("total", "terms"),
        default="total",
        on_page={"total": "the gain alone", "terms": "entropy over gravity, term by term"},
    ),
    *DRIFT_LEVERS,
)  # fmt: skip

LEVERS = {lever.name: lever for lever in _LEVERS}

ACTS: dict[str, tuple[str, ...]] = {
    "gravity": (
        "size", "distance", "link", "streams", "method", "boxes", "tier", "tariff", "deadline",
    ),
    "feeding-tax": (
        "format", "layout", "decoder", "workers", "storage", "accelerator", "rate",
    ),
    "zero-waste": (
        "filter", "dedup", "label-quality", "place", "wire-format", "region", "gain",
    ),
    "drift": tuple(lever.name for lever in DRIFT_LEVERS),
}  # fmt: skip
"""The levers of each act, in order."""
