"""What consumes the samples."""

from __future__ import annotations

from typing import Annotated, Literal

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

TrainingMethod = Literal["tuned", "production", "example", "emulated"]
Precision = Literal["fp8", "int8", "int8_dla"]


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


class Sample(Table):
    """The samples that rates are of, where they are not by token."""

    size: Annotated[Count, Field(description="in the payload's own unit")]
    exponent: Annotated[
        Count, Field(description="of a sample's size, to which the work of a step grows")
    ]


class Workload(Thing):
    """A model, its records and how fast it takes them."""

    payload: Annotated[Line, Field(pattern=r"^(image|tokens|tabular|audio)$")]
    model: Model
    record: Annotated[dict[Key, ItemSize], Field(min_length=1, description="as stored, or decoded")]
    sample: Annotated[
        Sample | None, Field(description="that rates are of; left out where they are by token")
    ] = None
    demand: Annotated[
        dict[TrainingMethod, dict[Key, ItemRate]],
        Field(
            default_factory=dict,
            description="what one accelerator trains on, if it never waits: by method, by device",
        ),
    ]
    serve: Annotated[
        dict[Precision, dict[Key, ItemRate]],
        Field(
            default_factory=dict,
            description="what one accelerator infers, if it never waits: by precision, by device",
        ),
    ]
    energy: Annotated[Named[ItemEnergy], Field(description="of one inference, by part")]
    data: DataSet
    accuracy: Annotated[Share | None, Field(description="that a benchmark asks for")] = None
    utilisation: Annotated[Named[Share], Field(description="of the peak (MFU), or of time")]
