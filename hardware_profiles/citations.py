"""Sources, numbered in the order in which numbers cite them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware_profiles.provenance import Fact


class Citations:
    """The list of sources below a table."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str, int | None], int] = {}

    def cite(self, fact: Fact) -> str:
        """Return the marks of the sources that a fact rests on, such as `[1] [3]`."""
        keys = sorted({(leaf.source, leaf.locator, leaf.year) for leaf in fact.leaves}, key=str)
        places = [self._places.setdefault(key, len(self._places) + 1) for key in keys]
        return " ".join(f"[{place}]" for place in sorted(places))

    def sources(self) -> list[tuple[int, str]]:
        """Return each place with title, year and locator of its source."""
        return [
            (place, f"{source} ({year}). {locator}")
            for (source, locator, year), place in self._places.items()
        ]
