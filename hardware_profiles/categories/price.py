"""What it costs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import (
    PricePerByte,
    PricePerRequest,
    PricePerSample,
    PricePerTime,
    Size,
    Thing,
)
from hardware_profiles.rows import Key, Named, Table


class Step(Table):
    """A step of a tariff: it holds for the next `width`; without one, for all the rest."""

    width: Size | None = None
    price: PricePerByte


class Price(Thing):
    """A price list."""

    tariff: Annotated[
        Named[dict[Key, Step]], Field(description="of moving data, in steps, in order")
    ]
    time: Annotated[Named[PricePerTime], Field(description="of having a machine or a port")]
    request: Named[PricePerRequest]
    label: Annotated[Named[PricePerSample], Field(description="of having a sample labelled")]
