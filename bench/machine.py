"""The machine, as far as it may be recorded: one probe a key of `bench.bundle.Machine`."""

from __future__ import annotations

import platform
import re
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from bench.availability import UnavailableError, available_or_reason, output
from bench.bundle import Machine
from bench.system.limits import usable_cores
from formats.registry import DECODERS

LIBRARIES = sorted(
    {"numpy", "pytest-benchmark", "torch"}.union(*(entry.libraries for entry in DECODERS.values()))
)
"""What every case goes through, and what the decoders run."""
_SAME = ("cpu", "cores_logical", "python", "libraries")
"""Facts in which a run must not differ from what is added to it later."""


def difference(measured_on: Machine) -> str | None:
    """Return the first fact of `_SAME` in which this machine differs; None: there is none."""
    this_machine = machine()
    differs = (n for n in _SAME if getattr(this_machine, n) != getattr(measured_on, n))
    return next(differs, None)


def how_different(measured_on: Machine) -> str | None:
    """Say with what else a run was measured than is here; None: with nothing else.

    It ends "was measured with ...".
    """
    name = difference(measured_on)
    if name is None:
        return None
    here = machine()
    if name != "libraries":
        words = name.replace("_", " ")
        return f"another {words}: {getattr(measured_on, name)}, here {getattr(here, name)}"
    names = sorted(measured_on.libraries.keys() | here.libraries.keys())
    pairs = ((n, measured_on.libraries.get(n), here.libraries.get(n)) for n in names)
    changed = [
        f"{n} {then or 'missing'}, here {now or 'missing'}" for n, then, now in pairs if then != now
    ]
    return f"other versions of libraries: {'; '.join(changed)}"


def machine(now: datetime | None = None) -> Machine:
    """Return the facts about this machine that a bundle may hold."""
    started = (now or datetime.now(UTC)).astimezone(UTC)
    return Machine.model_validate(
        {
            "started": started.strftime("%Y-%m-%dT%HZ"),
            "system": _line(platform.system()),
            "release": _release(platform.release()),
            "architecture": _line(platform.machine()),
            "cpu": _line(available_or_reason(_cpu)),
            "cores_physical": psutil.cpu_count(logical=False) or "unavailable: not reported",
            "cores_logical": psutil.cpu_count() or 1,
            "cores_usable": usable_cores(),
            "memory_gib": max(1, round(psutil.virtual_memory().total / 2**30)),
            "virtual": available_or_reason(_virtual),
            "python": _line(f"{platform.python_implementation()} {platform.python_version()}"),
            "libraries": {name: result for name in LIBRARIES if (result := _version(name))},
        }
    )


def _line(text: object) -> str:
    """Reduce text to one short printable line; unknown where nothing is left."""
    return re.sub(r"[^ -~]+", " ", str(text)).strip()[:80] or "unknown"


def _release(text: str) -> str:
    match = re.match(r"\d+(\.\d+)?", text)
    return match.group() if match else "unknown"


def _version(distribution: str) -> str | None:
    try:
        return _line(version(distribution))
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    if sys.platform == "linux":
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        match = re.search(r"^(?:model name|Model|cpu model)\s*:\s*(.+)$", text, re.MULTILINE)
        if match is None:
            raise UnavailableError("not in /proc/cpuinfo")
        return match.group(1)
    if sys.platform == "darwin":
        return output("sysctl", "-n", "machdep.cpu.brand_string")
    if sys.platform == "win32":
        import winreg

        key = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as handle:
            return str(winreg.QueryValueEx(handle, "ProcessorNameString")[0])
    raise UnavailableError("no probe for this system")


def _virtual() -> bool:
    if sys.platform == "linux":
        if re.search(
            r"^flags\s*:.*\bhypervisor\b", Path("/proc/cpuinfo").read_text(), re.MULTILINE
        ):
            return True
        if platform.machine() in {"x86_64", "AMD64"}:
            return False
        raise UnavailableError("no flag on this architecture")
    if sys.platform == "darwin":
        return output("sysctl", "-n", "kern.hv_vmm_present") == "1"
    raise UnavailableError("no probe for this system")
