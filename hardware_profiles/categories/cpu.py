"""How fast one core is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import Count, Points, Rate, Thing
from hardware_profiles.rows import Key, Named


class Cpu(Thing):
    """An index of the speed of one core, by CPU; how cost follows it; what one core copies."""

    index: dict[Key, Points]
    exponent: Annotated[
        Named[Count], Field(description="a of: time on B = time on A x (index A / index B)^a")
    ]
    error: Annotated[
        Named[Count], Field(description="factor by which such a time may be off, either way")
    ]
    copy_rate: Annotated[Named[Rate], Field(description="of memcpy, one core")]
