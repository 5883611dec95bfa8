"""All profiles: their numbers as quantities, by name and dotted path.

>>> profiles = catalogue()
>>> print(profiles["h100"]["accelerator.memory"])
81,559 MiB (measured)
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hardware_profiles.compiled import compiled, kept, rebuilt
from hardware_profiles.draws import DRAWS
from hardware_profiles.errors import ProfileError, ProfileFileError
from hardware_profiles.profile import Catalogue, Disagreement, Profile

if TYPE_CHECKING:
    from hardware_profiles.compiled import Compiled

__all__ = ["SHIPPED", "Catalogue", "Disagreement", "Profile", "catalogue", "load"]

_LEAST_DRAWS = 10
SHIPPED = Path(__file__).parent


@cache
def catalogue() -> Catalogue:
    """Return the profiles that ship with the project.

    Raises:
        ProfileFileError: some cannot be used; it lists every problem of every file.

    """
    return rebuilt(kept(SHIPPED, _read), DRAWS)


def load(folder: Path, draws: int = DRAWS) -> Catalogue:
    """Read all profiles of a folder, which has a folder for each category.

    Args:
        folder: where they are.
        draws: how many draws a number gets.

    Raises:
        ProfileFileError: some cannot be used; it lists every problem of every file.
        ProfileError: so few draws show no range.

    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise ProfileFileError([f"{folder}: there is no such folder"])
    if draws < _LEAST_DRAWS:
        raise ProfileError(f"{draws} draws show no range; take {_LEAST_DRAWS} or more")
    return rebuilt(_read(folder, draws), draws)


def _read(folder: Path, draws: int = DRAWS) -> Compiled:
    # What reads and checks files takes longer to import than what was kept takes to read.
    from hardware_profiles.reading import read_all
    from hardware_profiles.resolving import Resolver

    sheets, broken, problems = read_all(folder)
    resolver = Resolver(sheets, broken, draws)
    profiles = {name: resolver.profile(sheet) for name, sheet in sheets.items()}
    if problems + resolver.problems:
        raise ProfileFileError(problems + resolver.problems)
    return compiled(Catalogue(profiles))
