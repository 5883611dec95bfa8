"""Where data lies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import (
    Power,
    PricePerByte,
    PricePerByteTime,
    PricePerRequest,
    Rate,
    RequestRate,
    Size,
    Thing,
    Time,
)
from hardware_profiles.rows import Line, Named, Table


class Retrieval(Table):
    """A way of getting data out of an archive."""

    price: PricePerByte
    time: Time


class Rent(Table):
    """A step of the price: it holds for the next `width` stored; without one, for all the rest."""

    width: Size | None = None
    price: PricePerByteTime


class Tier(Thing):
    """A drive, a volume of a cloud, or a class of object storage."""

    kind: Annotated[
        Line,
        Field(
            pattern=r"^(drive|volume|object)$",
            description="a drive or a cloud's volume is shared by its readers; of object storage, "
            "each has a connection of its own",
        ),
    ]
    read: Annotated[Rate, Field(description="sequential; for object storage, one connection")]
    random_read: Annotated[
        RequestRate | None, Field(description="small reads a second; for object storage, a prefix")
    ] = None
    latency: Annotated[Time, Field(description="of a small read, to the first byte")]
    capacity: Annotated[Size | None, Field(description="of one drive or volume, at most")] = None
    purchase: Annotated[PricePerByte | None, Field(description="of a drive")] = None
    rent: Annotated[Named[Rent], Field(description="steps, cheapest last")]
    request_price: Annotated[PricePerRequest | None, Field(description="of a GET")] = None
    billed_at_least: Annotated[Time | None, Field(description="of storing an object")] = None
    retrieval: Named[Retrieval]
    power: Annotated[Power | None, Field(description="while reading")] = None
