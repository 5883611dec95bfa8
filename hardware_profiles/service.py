"""What a storage tier does with a request: how long it takes, how long others wait for it."""

from __future__ import annotations

from dataclasses import dataclass

from hardware_profiles.catalogue import catalogue

_MOVING_SHARE = 0.9
"""The arm of a disk moves where a request takes at least this share of the latency."""

ONLINE_S = 10.0
"""Data of a tier that answers later are restored from it before they are read. Assumed: object
stores answer within a second, archives and tape libraries after minutes or hours."""


@dataclass(frozen=True)
class Service:
    """What a storage tier does.

    It is busy with a request for as long as its bytes take, or for as long as any request takes,
    whichever is longer; the wait for the first byte overlaps with that of others, but not on a disk
    that turns, whose arm moves, waits and reads, one request after another.
    """

    rate: float
    """In B/s."""
    latency_s: float
    """Of a request, until its first byte."""
    requests_per_s: float | None
    """At most; None: as many as the rate allows."""
    shared: bool = True
    """Whether all readers share the rate; else each has a separate connection."""

    def busy_s(self, size: int) -> float:
        """Return how long a request of so many bytes keeps others waiting."""
        bytes_s, request_s = size / self.rate, self._request_s
        return request_s + bytes_s if self._moves else max(bytes_s, request_s)

    def takes_s(self, size: int) -> float:
        """Return how long a request of so many bytes takes where nobody else asks."""
        return max(self.latency_s + size / self.rate, self.busy_s(size))

    @property
    def why_offline(self) -> str | None:
        """Why nothing is read from it directly; None: it is."""
        if self.latency_s <= ONLINE_S:
            return None
        return f"answers after {self.latency_s / 3600:.1f} h: data is restored from it first"

    @property
    def _request_s(self) -> float:
        return 1 / self.requests_per_s if self.requests_per_s else 0.0

    @property
    def _moves(self) -> bool:
        # Where a request takes as long as its first byte, an arm moves: nothing overlaps.
        return self._request_s >= _MOVING_SHARE * self.latency_s > 0


def service(tier: str) -> Service:
    """Return what the profile of a tier says.

    Raises:
        UnknownNameError: there is no such profile.

    """
    profile = catalogue()[tier]
    requests = profile.get("random_read")
    return Service(
        profile["read"].to("B/s").value,
        profile["latency"].to("s").value,
        requests.to("IO/s").value if requests else None,
        shared=profile.texts["kind"] != "object",
    )
