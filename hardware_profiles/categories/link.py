"""How data travels."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from hardware_profiles.categories.thing import (
    ByteEnergy,
    Count,
    Length,
    Mass,
    Money,
    PricePerByte,
    PricePerTime,
    Propagation,
    Rate,
    Share,
    Size,
    Speed,
    Thing,
    Time,
)
from hardware_profiles.rows import Table


class Wire(Table):
    """A line, a bus or a radio."""

    rate: Annotated[Rate, Field(description="of the line")]
    efficiency: Annotated[
        Share,
        Field(description="share of the rate that an application sustains, all losses counted"),
    ]
    framing: Annotated[
        Share | None,
        Field(description="what framing alone leaves of the rate: the efficiency's ceiling"),
    ] = None
    propagation: Annotated[Propagation | None, Field(description="one way")] = None
    detour: Annotated[
        Count | None, Field(description="how many times as long the way is as the crow flies")
    ] = None
    window: Annotated[
        Size | None, Field(description="of TCP: what one stream has under way, at most")
    ] = None
    reach: Annotated[Length | None, Field(description="no farther than that")] = None
    energy: Annotated[ByteEnergy | None, Field(description="at one end")] = None
    price: Annotated[PricePerTime | None, Field(description="of having it")] = None


class Parcel(Table):
    """A box of drives: it is filled, travels, and is read out."""

    capacity: Size
    load: Annotated[Rate, Field(description="at which one box is filled")]
    turnaround: Annotated[
        Time, Field(description="from order to readable, without the filling and what `pace` says")
    ]
    pace: Annotated[
        Speed | None, Field(description="on the road; without one, distance does not matter")
    ] = None
    fee: Annotated[Money, Field(description="of a box and its trip")]
    included: Annotated[Time | None, Field(description="on site, within the fee")] = None
    extra_day: Annotated[PricePerTime | None, Field(description="on site, after that")] = None
    box: Annotated[Money | None, Field(description="of the drive itself, where it is bought")] = (
        None
    )
    export: Annotated[PricePerByte | None, Field(description="out of the cloud")] = None
    unload: Annotated[
        Rate | None,
        Field(description="at which one box is read out, where `turnaround` has not counted it"),
    ] = None
    mass: Mass


class Link(Thing):
    """A wire or a parcel."""

    wire: Wire | None = None
    parcel: Parcel | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.wire is None) == (self.parcel is None):
            raise ValueError("a link has either a table `wire` or a table `parcel`")
        return self
