"""What a diagnosis measured, for whoever explains it. Nothing of the user's is in it but counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LoaderFacts:
    """A loader as it is, and what can be changed about it."""

    kind: str
    """"map" or "iterable"."""
    workers: int
    """Number of its workers; 0: the consumer loads."""
    prefetch: int
    """Batches that each worker loads ahead."""
    start: str
    """How its workers are started."""
    sharing: str
    """How they share tensors."""
    pin: bool
    """Whether its batches are copied into pinned memory."""
    persistent: bool
    """Whether its workers outlive an epoch."""
    in_order: bool
    """Whether batches arrive in the order of the sampler."""
    batch_size: int | None
    """Samples of a batch; None: the data set, or a batch sampler, decides."""
    batches: int | None
    """Batches of an epoch; None: not known."""
    cores: int
    """How many cores it may use."""
    starts: tuple[str, ...] = ()
    """Start methods to try."""
    sharings: tuple[str, ...] = ()
    """Ways to share tensors to try."""
    can_pin: bool = False
    """Whether there is a device that pinned memory is for."""
    most_threads: int = 1
    """The most threads that a library of this process would use."""
    shards: int | None = None
    """Into how many parts its data set can be split for workers; None: it does not say."""
    unchangeable: dict[str, str] = field(default_factory=dict)
    """What cannot be changed about it, with the reason."""


AS_IS = "as is"
CONTROL = "control"
CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Variant:
    """A loader with at most one thing changed."""

    name: str
    """In the user's words, such as "4 workers"."""
    role: str
    """`AS_IS`, `CONTROL` or `CHANGE`."""
    field: str = ""
    """What is changed, such as "workers"; "": nothing."""
    value: Any = None
    """What it is set to."""

    def in_consumer(self, facts: LoaderFacts) -> bool:
        """Whether the consumer itself loads."""
        if self.field == "digests":
            return False
        return (self.value if self.field == "workers" else facts.workers) == 0


@dataclass(frozen=True, slots=True)
class BatchTimes:
    """What a batch took, in s; times of a stage are 0 where it has none."""

    fetch: float
    collate: float
    send: float
    receive: float
    """From when it was both on its way and asked for, until the consumer had it."""
    index: float
    """Of the sampler, in the consumer."""
    step: float
    wait: float
    """How long the consumer waited for it."""
    cpu: float
    """CPU time of its worker while it fetched and collated."""
    delay: float
    """How long its worker was ready to run but had no core; 0 where the system does not tell."""
    slowest: float
    """Of its samples, the slowest; 0: they are not fetched one by one."""
    blocked: float
    """How long the consumer waited for it while later batches were ready."""


@dataclass(frozen=True, slots=True)
class LoaderRun:
    """What a loader did in a window."""

    name: str
    """Of its `Variant`."""
    field: str
    """What was changed; "": nothing."""
    value: Any
    """What it was changed to."""
    round: int
    """Runs of a round lie side by side."""
    seconds: float
    """From its first request to its last batch."""
    batches: int
    samples: int
    period_s: float
    """From batch to batch, once it is steady."""
    first_batch_s: tuple[float, ...]
    """By epoch, from its beginning to its first batch."""
    epoch_batches: int | None
    """Batches of a whole epoch; None: none was seen to end, and its length is not known."""
    epochs: int
    """How many were run to their end."""
    times: tuple[BatchTimes, ...]
    """By batch, some thousands at the most, evenly taken."""
    p99_s: float
    """The 99th percentile of the time from batch to batch."""
    busy: float
    """Share of the window in which the workers fetched, collated or sent, over all workers."""
    tensor_bytes: int
    """Of a batch's tensors and arrays."""
    tensors: int
    """How many they are."""
    message_bytes: int
    """Of a batch, through the pipe."""
    cpu_s: dict[str, float]
    """CPU time by process, "consumer" and "worker 0" and so on, over the window; that of workers of
    earlier epochs is shared among those of the last."""
    memory_bytes: dict[str, int]
    """By process, at the end."""
    memory_kind: str
    """"PSS", "USS" or "RSS"."""
    memory_points: tuple[tuple[float, int], ...]
    """Time in s and resident bytes of all processes together, while it ran."""
    disk_bytes: int | None
    """Read from disk by all processes; None: this system does not count it."""
    free_bytes: int
    """Memory that the machine had left at the end."""
    threads: dict[str, int]
    """How many threads each process had at the end."""

    @property
    def start_s(self) -> float:
        """Mean time to the first batch of an epoch; of persistent workers, but for the first."""
        times = self.first_batch_s
        if self.field == "persistent" and self.value and len(times) > 1:
            times = times[1:]
        return sum(times) / len(times)

    def epoch_period_s(self, batches: int | None) -> float:
        """Return the time by batch over a whole epoch; of steady batches if its length is unknown.

        Args:
            batches: batches of an epoch.

        """
        if not batches:
            return self.period_s
        return (self.start_s + (batches - 1) * self.period_s) / batches

    def mean(self, name: str) -> float:
        """Return the mean of a field of its `times`, in s."""
        if not self.times:
            return 0.0
        return float(sum(getattr(time, name) for time in self.times) / len(self.times))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was measured of a loader."""

    facts: LoaderFacts
    has_step: bool
    """Whether a step consumed the batches, or an accelerator was emulated."""
    step_name: str
    runs: tuple[LoaderRun, ...]
    failures: dict[str, str]
    """Changes that could not be run, by name, with the reason."""
    duplicates: float | None
    """Share of samples that several workers loaded; None: not looked for."""
