"""What a loader's processes take of the machine: CPU time, memory, threads, reads from disk."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import psutil


class Usage:
    """What processes take of the machine, from here on."""

    def __init__(self, workers: list[int]) -> None:
        self._before = {pid: _spent(pid) for pid in (psutil.Process().pid, *workers)}
        self._ended_s = _of_ended_s()

    def spent(self, workers: list[int]) -> dict[str, Any]:
        """Return the fields of `LoaderRun` that are counted by process."""
        names = {psutil.Process().pid: "consumer"}
        names |= {pid: f"worker {number}" for number, pid in enumerate(workers)}
        cpu, threads = {}, {}
        ended_s = _of_ended_s() - self._ended_s
        disk: int | None = 0
        for pid, name in names.items():
            now, before = _spent(pid), self._before.get(pid, (0.0, 0, 0))
            cpu[name] = now[0] - before[0] + (ended_s / len(workers) if name != "consumer" else 0)
            threads[name] = now[2]
            same = now[1] is None or before[1] is None or disk is None
            disk = None if same else (disk or 0) + now[1] - before[1]  # type: ignore[operator]
        kind, sizes = memory_of(workers)
        return {
            "cpu_s": cpu,
            "threads": threads,
            "disk_bytes": disk,
            "free_bytes": psutil.virtual_memory().available,
            "memory_kind": kind,
            "memory_bytes": {names[pid]: size for pid, size in sizes.items()},
        }


def _of_ended_s() -> float:
    """Return the CPU time of children that have ended, as workers do with each epoch, in s."""
    times = os.times()
    return times.children_user + times.children_system


def _spent(pid: int) -> tuple[float, int | None, int]:
    """Return a process's CPU time in s, the bytes that it read from disk, and its threads."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        times = process.cpu_times()
        counters = getattr(process, "io_counters", None)
        read = None
        with suppress(psutil.Error, OSError):
            read = counters().read_bytes if counters else None
        return times.user + times.system, read, process.num_threads()
    return 0.0, None, 0


def resident_bytes(workers: list[int]) -> int:
    """Return resident memory, quickly: pages that processes share count more than once."""
    size = 0
    for pid in (psutil.Process().pid, *workers):
        with suppress(psutil.Error):
            size += psutil.Process(pid).memory_info().rss
    return size


def memory_of(workers: list[int]) -> tuple[str, dict[int, int]]:
    """Return how memory is counted, and that of this process and of its workers, in bytes."""
    kind, sizes = "RSS", {}
    for pid in (psutil.Process().pid, *workers):
        with suppress(psutil.Error):
            memory = psutil.Process(pid).memory_full_info()
            kind = next(name for name in ("pss", "uss", "rss") if hasattr(memory, name))
            sizes[pid] = int(getattr(memory, kind))
    return kind.upper(), sizes
