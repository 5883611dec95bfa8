"""What a worker does to get a batch's bytes: it waits for a storage, and opens files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.regimes import opened
from hardware_profiles.errors import ProfileError
from hardware_profiles.service import service

if TYPE_CHECKING:
    from analysis.model.demands import BatchBytes, BatchCost
    from bench.bundle import Bundle, Setup, StorageReads
    from hardware_profiles.service import Service


class ReadingModel:
    """How long batches are waited for, from what a run read of its disk, and from profiles."""

    def __init__(self, bundle: Bundle) -> None:
        """Gather what was read."""
        self.reads = _reads(bundle)
        storage = bundle.measured_storage
        self._files = [r for r in storage.reads if r.order == "files"] if storage else []

    def waits(self, setup: Setup, cost: BatchCost, size: BatchBytes) -> tuple[float, float]:
        """Return how long storage holds up a worker, and how long it is busy with it, in us."""
        opens = opened(setup)
        if setup.storage in {"disk", "tmpfs"}:
            return 0.0, 0.0
        if setup.storage == "cold":
            if opens:
                raise OutOfRangeError(
                    "shards: opening files past the page cache was not measured; measure it with "
                    "bench experiment"
                )
            takes, busy = self._cold(size.encoded)
        else:
            tier, encoded = online_tier(setup.storage), round(size.encoded)
            # To open a file is a request of its own.
            takes = (tier.takes_s(encoded) + opens * tier.takes_s(0)) * 1e6
            busy = (tier.busy_s(encoded) + opens * tier.busy_s(0)) * 1e6 if tier.shared else 0.0
        return max(0.0, takes - cost.storage), busy

    def opens_us(self, setup: Setup) -> float:
        """Return how long a worker takes for a batch to open files of this machine, in us."""
        opens = opened(setup)
        if not opens or setup.storage not in {"disk", "tmpfs"}:
            return 0.0
        files = [r for r in self._files if (r.state, r.readers) == ("warm", 1)]
        of_one = [r for r in self.reads.get("warm", []) if r.readers == 1]
        if not files or not of_one:
            raise OutOfRangeError("shards: reading small files was not measured in this run")
        small = min(files, key=lambda r: r.request_bytes)
        near = min(of_one, key=lambda r: abs(np.log(r.request_bytes / small.request_bytes)))
        return opens * max(0.0, small.us / small.requests - near.us / near.requests)

    def _cold(self, encoded: float) -> tuple[float, float]:
        reads = self.reads.get("cold")
        if not reads:
            raise OutOfRangeError(
                "storage: reads past the page cache were not measured in this run; measure one "
                "configuration with python -m bench experiment --storage cold"
            )
        single = [r for r in reads if r.readers == 1] or reads
        near = min(single, key=lambda r: abs(np.log(r.request_bytes / encoded)))
        takes = near.us * near.readers / near.requests * max(1.0, encoded / near.request_bytes)
        return takes, encoded / max(r.total_bytes / r.us for r in reads)


def online_tier(storage: str) -> Service:
    """Return what a storage tier does with a request.

    Raises:
        OutOfRangeError: there is no such tier, or nothing is read from it directly.

    """
    try:
        tier = service(storage)
    except ProfileError as error:
        raise OutOfRangeError(f"storage: {error}") from None
    if why := tier.why_offline:
        raise OutOfRangeError(f"storage: {storage} {why}; choose another")
    return tier


def _reads(bundle: Bundle) -> dict[str, list[StorageReads]]:
    """Return what was read of a file, by the state of reading."""
    by_state: dict[str, list[StorageReads]] = {}
    for reads in bundle.measured_storage.reads if bundle.measured_storage else ():
        if reads.order != "files":
            by_state.setdefault(reads.state, []).append(reads)
    return by_state
