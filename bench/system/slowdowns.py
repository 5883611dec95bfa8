"""What slows this process from outside, and cannot be cleared by who starts it."""

from __future__ import annotations

import os
import platform
import re
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

from bench.availability import available_or_reason, output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LIBRARIES = re.compile(
    r"/lib(jemalloc|tcmalloc|mimalloc|hoard|snmalloc|asan|tsan|ubsan|lsan|efence|dmalloc|duma|"
    r"heaptrack|memray|faketime|gperftools|profiler|SegFault|memusage)\b[^/\n]*$",
    re.MULTILINE,
)
"""Libraries that take the place of the C library's functions, by the name of their file."""


def slowdowns() -> tuple[str, ...]:
    """Return what slows this process from outside, each in a few words; empty: nothing known."""
    return tuple(text for look in _LOOKS for text in look())


def _interpreter() -> Iterator[str]:
    if hasattr(sys, "gettotalrefcount"):
        yield "a debug build of Python"
    if sys.flags.dev_mode:
        yield "Python's development mode"
    if tracemalloc.is_tracing():
        yield "tracemalloc"
    if "debug" in os.environ.get("PYTHONMALLOC", ""):
        yield "a debug allocator of Python"


def _tracers() -> Iterator[str]:
    if sys.gettrace() or getattr(threading, "gettrace", lambda: None)():
        yield "a trace function, such as a debugger's or that of coverage"
    if sys.getprofile() or getattr(threading, "getprofile", lambda: None)():
        yield "a profile function"
    monitoring = getattr(sys, "monitoring", None)
    if monitoring:
        for tool in range(6):
            if name := monitoring.get_tool(tool):
                yield f"the monitoring tool {re.sub(r'[^ -~]', '?', str(name))[:20]}"


def _debugger() -> Iterator[str]:
    if re.search(r"^TracerPid:\s*[1-9]", _text("/proc/self/status"), re.MULTILINE):
        yield "a debugger or tracer is attached, as by gdb or strace"


def _preloaded() -> Iterator[str]:
    if _text("/etc/ld.so.preload").strip():
        yield "libraries that the system preloads (/etc/ld.so.preload)"
    names = {match.group(1) for match in _LIBRARIES.finditer(_text("/proc/self/maps"))}
    yield from (f"the library {name}" for name in sorted(names))


def _emulated() -> Iterator[str]:
    if platform.system() == "Darwin" and platform.machine() == "x86_64":
        translated = available_or_reason(lambda: output("sysctl", "-n", "sysctl.proc_translated"))
        if translated == "1":
            yield "an x86 Python, emulated on an Arm processor (Rosetta)"


_LOOKS: tuple[Callable[[], Iterator[str]], ...] = (
    _interpreter,
    _tracers,
    _debugger,
    _preloaded,
    _emulated,
)


def _text(path: str) -> str:
    """Return the text of a file of the system; empty: there is none."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
