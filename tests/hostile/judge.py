"""The contract of `Codec.decode` on any bytes, checked for one decode at a time."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from formats.batch import memory_limit, misfit
from formats.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from formats.codec import Codec
    from formats.payloads import Batch

REMEDY = "write them again, or name the codec and payload that they were written with"
LONGEST_MESSAGE = 1_000
SLACK = 64 << 20
"""Bytes for what allocators reserve in large pieces and threads bring along."""

_STARVED = (
    "memory allocation", "out of memory", "malloc of size", "realloc of size", "bad_alloc",
    "unable to allocate", "cannot allocate", "not enough memory", "memalloc",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a decode came to: a batch or an error, and how it broke the contract, if it did."""

    batch: Batch | None = None
    error: DecodeError | None = None
    problem: str | None = None


def _origins(error: BaseException) -> list[BaseException]:
    """Return an error and those that it came from, up to one that is its own origin."""
    origins: list[BaseException] = []
    origin: BaseException | None = error
    while origin is not None:
        origins.append(origin)
        if origin in origins[:-1]:
            break
        origin = origin.__cause__ or origin.__context__
    return origins


def _starved(error: BaseException) -> bool:
    """Tell whether an error is for want of memory."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _STARVED)


def _complaint(codec: Codec[Any], error: BaseException) -> str | None:
    if not isinstance(error, DecodeError):
        return f"raised {type(error).__name__}: {str(error)[:200]}"
    text = str(error)
    origins = _origins(error)
    if any(map(_starved, origins)):
        return f"ran out of memory: {text[:200]}"
    if origins[-1] in origins[:-1]:
        return f"an error that came from itself: {text[:200]}"
    if not (text.startswith(f"{codec.name}: ") and text.endswith(REMEDY)):
        return f"a message without codec or remedy: {text[:200]}"
    if len(text) > LONGEST_MESSAGE or not text.isprintable():
        return f"a message of {len(text)} characters that nobody can read: {text[:200]!r}"
    return None


def judge(codec: Codec[Any], data: bytes, out: Batch | None = None) -> Verdict:
    """Decode bytes and hold what comes of it against the contract."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        try:
            batch = codec.decode(data, out)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  a panic of Polars is no Exception
            problem = _complaint(codec, error)
            return Verdict(error=error if isinstance(error, DecodeError) else None, problem=problem)
    problem = misfit(codec.payload, batch)
    if warned and not problem:
        problem = f"warned: {str(warned[0].message)[:200]}"
    return Verdict(batch=batch, problem=problem)


class Meter:
    """Bounds what a decode may take: address space where the system does so, else peak memory.

    The bound counts from what the process takes at its last rest.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.rest()
        self.unavailable = self._probe()
        self.how = (
            f"address space (RLIMIT_AS), slack {SLACK >> 20} MiB"
            if not self.unavailable
            else f"peak memory, slack {SLACK >> 20} MiB; RLIMIT_AS {self.unavailable}"
        )

    def rest(self) -> None:
        """Count from now: what is held now is no decode's."""
        self._baseline = self._process.memory_info()

    def _probe(self) -> str | None:
        """Say why address space cannot be bounded here, or None."""
        try:
            import resource
        except ImportError:
            return "unavailable: no module `resource`"
        try:
            with self._bounded(32 << 20):
                bytearray(128 << 20)
        except MemoryError:
            return None
        except (OSError, ValueError) as error:
            return f"unavailable: {error}"
        del resource
        return "unavailable: set, but not enforced"

    @contextmanager
    def _bounded(self, more: int) -> Iterator[None]:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        bound = self._baseline.vms + more
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    def judge(self, codec: Codec[Any], data: bytes, out: Batch | None = None) -> Verdict:
        """Decode bytes within the bound."""
        room = memory_limit(len(data)) + SLACK
        if not self.unavailable:
            with self._bounded(room):
                return judge(codec, data, out)
        before = self._peak()
        verdict = judge(codec, data, out)
        after = self._peak()
        if after > max(before, self._baseline.rss + room) and not verdict.problem:
            taken = (after - self._baseline.rss) >> 20
            return Verdict(verdict.batch, verdict.error, f"took {taken} MiB for {len(data)} bytes")
        return verdict

    def _peak(self) -> int:
        if sys.platform == "win32":
            return int(self._process.memory_info().peak_wset)
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def plain_allocators() -> None:
    """Ask processes started from now on not to take memory for anything but their decodes."""
    os.environ |= {
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "1",
        "POLARS_MAX_THREADS": "1",
        # To name the lines of a panic, Rust maps whole libraries into memory.
        "RUST_BACKTRACE": "0",
    }
