"""What it emits, and what moving freight takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import (
    CarbonPerEnergy,
    CarbonPerFreight,
    Count,
    EnergyPerFreight,
    Thing,
)
from hardware_profiles.rows import Named


class Carbon(Thing):
    """Factors from energy or freight to carbon, and from freight to energy."""

    grid: Annotated[Named[CarbonPerEnergy], Field(description="by region")]
    freight: Annotated[Named[CarbonPerFreight], Field(description="by means of transport")]
    fuel: Annotated[Named[CarbonPerEnergy], Field(description="by fuel that is burned")]
    haulage: Annotated[
        Named[EnergyPerFreight], Field(description="energy of freight, by means of transport")
    ]
    overhead: Annotated[
        Named[Count],
        Field(description="energy of a data centre over that of its machines (PUE)"),
    ]
