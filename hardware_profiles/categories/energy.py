"""What it takes to compute, keep and move."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hardware_profiles.categories.thing import ByteEnergy, PowerPerByte, Thing, WorkEnergy
from hardware_profiles.rows import Named


class Energy(Thing):
    """A table of energies: of a process node, or of one kind of storage or network."""

    operation: Annotated[
        Named[WorkEnergy], Field(description="of an addition or multiplication, by data type")
    ]
    access: Annotated[
        Named[ByteEnergy],
        Field(description="of moving data to or from a memory, a word at a time"),
    ]
    transfer: Annotated[Named[ByteEnergy], Field(description="of moving data over a link")]
    keep: Annotated[Named[PowerPerByte], Field(description="of keeping data")]
