"""What consumes the samples."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import (
    Count,
    ItemEnergy,
    ItemRate,
    Items,
    ItemSize,
    ItemWork,
    Share,
    Size,
    Thing,
)
from hardware_profiles.rows import Key, Line, Named, Table


class Model(Table):
    """The model itself."""

    parameters: Count
    size: Annotated[dict[Key, Size], Field(description="of the weights, by data type")]
    forward: Annotated[ItemWork, Field(description="of one forward pass")]
    train: Annotated[ItemWork | None, Field(description="of a step of training")] = None
    state: Annotated[Named[ItemSize], Field(description="kept for each item served")]


class DataSet(Table):
    """The data set that it is usually trained on."""

    name: Line
    items: Items
    size: Size


class Workload(Thing):
    """A model, its records and how fast it takes them."""

    payload: Annotated[Line, Field(pattern=r"^(image|tokens|tabular|audio)$")]
    model: Model
    record: Annotated[dict[Key, ItemSize], Field(min_length=1, description="as stored, or decoded")]
    demand: Annotated[
        Named[ItemRate], Field(description="what one accelerator trains on, if it never waits")
    ]
    serve: Annotated[
        Named[ItemRate], Field(description="what one accelerator infers, if it never waits")
    ]
    energy: Annotated[Named[ItemEnergy], Field(description="of one inference, by part")]
    data: DataSet
    accuracy: Annotated[Share | None, Field(description="that a benchmark asks for")] = None
    utilisation: Annotated[Named[Share], Field(description="of the peak (MFU), or of time")]
