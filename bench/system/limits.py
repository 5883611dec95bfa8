"""What the system allows this process: cores, memory, open files, shared memory. The only reader.

A container's limits are those of its control groups (cgroups, version 1 or 2), each of which may
be in others that allow less; a shell's are those of `ulimit`.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import psutil

from bench.availability import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only files and folders of unique names go there
"""Where Linux has a file system in memory that every user can write to."""

_PROC = Path("/proc/self")
_NO_LIMIT = 1 << 60
"""Version 1 of cgroups writes the largest number there is for no limit."""


class Group(NamedTuple):
    """A control group that this process is in, or one that contains it."""

    version: int
    folder: Path


@dataclass(frozen=True)
class ControlGroups:
    """The control groups of a process, from its own ones up to those that contain them all."""

    cpu: tuple[Group, ...]
    """That limit its time on the processor."""
    memory: tuple[Group, ...]
    """That limit its memory."""

    @classmethod
    def of_this_process(cls, proc: Path = _PROC) -> ControlGroups:
        """Return the groups of this process; none where the system has no such groups."""
        try:
            own = (proc / "cgroup").read_text(encoding="utf-8", errors="replace")
            mounts = (proc / "mountinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return cls((), ())
        mounted = list(_mounted(mounts))
        return cls(*(tuple(_groups(own, mounted, name)) for name in ("cpu", "memory")))

    def cores(self) -> float | None:
        """Return how many cores' worth of time the quotas allow; None: there is no quota."""
        quotas = [q for group in self.cpu if (q := _quota(group)) is not None]
        return min(quotas, default=None)

    def throttled(self) -> int | None:
        """Return in how many periods a quota stopped the processes so far; None: not counted."""
        counts = [_count(group.folder / "cpu.stat", "nr_throttled") for group in self.cpu]
        return max((count for count in counts if count is not None), default=None)

    def memory_bytes(self) -> int | None:
        """Return the least limit of memory; None: there is none."""
        limits = [limit for group in self.memory if (limit := _memory_limit(group))]
        return min(limits, default=None)

    def free_bytes(self) -> int | None:
        """Return how much more memory may be taken; None: there is no limit.

        What the page cache holds counts as free: the system drops it when memory is needed.
        """
        free = []
        for group in self.memory:
            limit, used = _memory_limit(group), _memory_used(group)
            if limit is not None and used is not None:
                free.append(max(0, limit - used))
        return min(free, default=None)

    def kills(self) -> int | None:
        """Return how many processes were killed for lack of memory; None: not counted."""
        names = {1: "memory.oom_control", 2: "memory.events"}
        counts = [_count(g.folder / names[g.version], "oom_kill") for g in self.memory]
        return max((count for count in counts if count is not None), default=None)


def affinity() -> int:
    """Return how many cores this process may run on; all, where the system has no affinity."""
    with suppress(psutil.Error, AttributeError):
        if cores := psutil.Process().cpu_affinity():
            return len(cores)
    return os.cpu_count() or 1


def usable_cores() -> int:
    """Return how many cores this process may use: by its affinity, and by quotas of time."""
    quota = ControlGroups.of_this_process().cores()
    return affinity() if quota is None else max(1, min(affinity(), round(quota)))


def throttled_periods() -> int:
    """Return in how many periods a quota of time stopped the processes so far.

    Raises:
        UnavailableError: there is no quota, or it is not counted.

    """
    groups = ControlGroups.of_this_process()
    if groups.cores() is None:
        raise UnavailableError("no quota")
    count = groups.throttled()
    if count is None:
        raise UnavailableError("not counted")
    return count


def free_memory() -> int:
    """Return the bytes that this process may still take: of the machine, group and address space.

    The machine's are those available without swapping.
    """
    free = [int(psutil.virtual_memory().available)]
    if (of_group := ControlGroups.of_this_process().free_bytes()) is not None:
        free.append(of_group)
    if (limit := address_space()) is not None:
        free.append(max(0, limit - psutil.Process().memory_info().vms))
    return min(free)


def address_space() -> int | None:
    """Return the limit of this process's address space in bytes (`ulimit -v`); None: no limit."""
    return _soft_limit("RLIMIT_AS")


def open_files() -> int | None:
    """Return how many files this process may have open (`ulimit -n`); None: no limit is known."""
    return _soft_limit("RLIMIT_NOFILE")


class Space(NamedTuple):
    """Bytes of a file system."""

    total: int
    free: int


def shared_memory() -> Space | None:
    """Return the space of the file system for shared memory; None: there is none."""
    try:
        usage = shutil.disk_usage(SHARED_MEMORY)
    except OSError:
        return None
    return Space(usage.total, usage.free)


def total_memory() -> int:
    """Return the bytes that this process could take if nobody else took any."""
    limits = [ControlGroups.of_this_process().memory_bytes(), address_space()]
    return min(int(psutil.virtual_memory().total), *(limit or _NO_LIMIT for limit in limits))


def memory_kills() -> int:
    """Return how many processes of this group, or else of the machine, were killed for memory."""
    count = ControlGroups.of_this_process().kills()
    if count is None:
        count = _count(Path("/proc/vmstat"), "oom_kill")
    return count or 0


def _soft_limit(name: str) -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    number = getattr(resource, name, None)
    if number is None:
        return None
    soft = resource.getrlimit(number)[0]
    return None if soft in {resource.RLIM_INFINITY, -1} or soft >= _NO_LIMIT else soft


class _Mount(NamedTuple):
    """A mounted hierarchy of control groups."""

    root: PurePosixPath
    """The group that is seen at the mount's point."""
    point: Path
    options: frozenset[str]
    """The controllers of version 1 are among them."""
    version: int


def _mounted(mounts: str) -> Iterator[_Mount]:
    """Yield hierarchies from the text of `/proc/self/mountinfo`."""
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if not separator or len(fields) < 5 or rest[0] not in {"cgroup", "cgroup2"}:
            continue
        root, point = (text.replace("\\040", " ") for text in fields[3:5])
        options = frozenset(rest[-1].split(","))
        yield _Mount(PurePosixPath(root), Path(point), options, 2 if rest[0] == "cgroup2" else 1)


def _groups(own: str, mounted: list[_Mount], controller: str) -> Iterator[Group]:
    """Yield a process's groups that have a controller, and those that contain them.

    own is the text of `/proc/self/cgroup`: a line a hierarchy, of number, controllers and path.
    """
    for line in own.splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        version = 1 if controllers else 2
        if version == 1 and controller not in controllers.split(","):
            continue
        for mount in mounted:
            if mount.version != version or (version == 1 and controller not in mount.options):
                continue
            folder = PurePosixPath(path)
            # A container may see its own group as the root, and its path from outside.
            inside = folder.relative_to(mount.root) if folder.is_relative_to(mount.root) else None
            parts = [p for p in inside.parts if p not in {"/", ".."}] if inside else []
            for depth in range(len(parts), -1, -1):
                yield Group(version, mount.point.joinpath(*parts[:depth]))


def _numbers(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def _quota(group: Group) -> float | None:
    if group.version == 2:
        fields = _numbers(group.folder / "cpu.max")
    else:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        fields = [field for name in names for field in _numbers(group.folder / name)]
    try:
        quota, period = map(int, fields)
    except ValueError:  # "max", or no such file
        return None
    return quota / period if quota > 0 and period > 0 else None


def _memory_limit(group: Group) -> int | None:
    name = "memory.max" if group.version == 2 else "memory.limit_in_bytes"
    fields = _numbers(group.folder / name)
    if not fields or not fields[0].isdecimal() or int(fields[0]) >= _NO_LIMIT:
        return None
    return int(fields[0])


def _memory_used(group: Group) -> int | None:
    name = "memory.current" if group.version == 2 else "memory.usage_in_bytes"
    fields = _numbers(group.folder / name)
    if not fields or not fields[0].isdecimal():
        return None
    stat = "inactive_file" if group.version == 2 else "total_inactive_file"
    return max(0, int(fields[0]) - (_count(group.folder / "memory.stat", stat) or 0))


def _count(path: Path, name: str) -> int | None:
    """Return the number after a name in a file of such pairs, a line each; None: not there."""
    fields = _numbers(path)
    pairs = dict(zip(fields[::2], fields[1::2], strict=False))
    count = pairs.get(name, "")
    return int(count) if count.isdecimal() else None
