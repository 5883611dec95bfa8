"""Kinds of bad file: `FAULTS` is the only list."""

from analysis.course.demo.faults.contents import CONTENTS
from analysis.course.demo.faults.damage import DAMAGE
from analysis.course.demo.faults.given import LOOK, REJECTED, SOUND, Fault, Given

__all__ = ["FAULTS", "LOOK", "REJECTED", "SOUND", "Fault", "Given"]

FAULTS: dict[str, Fault] = {**DAMAGE, **CONTENTS}
"""By name; each says what checking it must come to, and by which rule."""
