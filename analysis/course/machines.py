"""Classes of machines, so that like is shown beside like."""

from __future__ import annotations

import re

_CLASSES = (
    (r"\bapple\b", "Apple"),
    (r"xeon|epyc|graviton|neoverse|ampere|opteron", "server"),
    (r"ryzen|athlon|\bamd\b", "AMD laptop or desktop"),
    (r"intel|\bcore\b|pentium|celeron", "Intel laptop or desktop"),
    (r"snapdragon|qualcomm|cortex|raspberry|\barm", "Arm, other"),
)
"""What a processor's name holds, and which class that is; the first counts."""
OTHER = "other"


def machine_class(cpu: str, *, virtual: bool | None) -> str:
    """Return the class of a machine, by the name of its processor."""
    name = next((name for form, name in _CLASSES if re.search(form, cpu.lower())), OTHER)
    return f"{name}, virtual" if virtual else name
