"""How the settings of levers read on the page: of controls, of what was used, of what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.lever import MISSION
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from analysis.acts.lever import Lever
    from hardware_profiles.catalogue import Catalogue

MISSION_WORDS = "as the mission says"
USUAL = "usual"
"""The setting that leaves a choice to the run, such as its fastest decoder."""
_PLACES, _PRODUCTS = {"city", "region"}, {"accelerator"}
"""Levers whose names are those of places, and those of products."""


def words_of(lever: Lever, setting: str, catalogue: Catalogue) -> str:
    """Return how a setting reads."""
    if setting == MISSION:
        return MISSION_WORDS
    if setting in lever.on_page:
        return lever.on_page[setting]
    if setting in lever.names:
        return _name(lever, setting, catalogue)
    if lever.unit in {"", "1"}:
        return setting
    try:
        return lever.amount(setting).text()
    except AnalysisError:  # of an older ledger
        return setting


def _name(lever: Lever, setting: str, catalogue: Catalogue) -> str:
    if setting in catalogue:
        return catalogue[setting].title
    text = setting.replace("_", " ")
    if lever.name in _PRODUCTS or (lever.name in _PLACES and len(text) == len("uk")):
        return text.upper()
    return text.title() if lever.name in _PLACES else text


def counted_in(number: str, unit: str) -> str:
    """Return a whole number with its unit: `1 worker`, `4 workers`, `30 %`."""
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"
