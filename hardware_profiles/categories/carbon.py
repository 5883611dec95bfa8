"""What it emits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import CarbonPerEnergy, CarbonPerFreight, Count, Thing
from hardware_profiles.rows import Named


class Carbon(Thing):
    """Factors from energy or freight to carbon."""

    grid: Annotated[Named[CarbonPerEnergy], Field(description="by region")]
    freight: Annotated[Named[CarbonPerFreight], Field(description="by means of transport")]
    overhead: Annotated[
        Named[Count],
        Field(description="energy of a data centre over that of its machines (PUE)"),
    ]
