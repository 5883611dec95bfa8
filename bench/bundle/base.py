"""What all parts of a bundle are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import CoreSchema, core_schema

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Positive = Annotated[int, Field(ge=1, le=2**53 - 1)]
Size = Annotated[int, Field(ge=1, le=1_000_000)]
"""Of a sample, in the payload's own unit; or samples in a batch: as many as options take."""
Several = Annotated[int, Field(ge=1, le=10_000)]
"""Processes, windows, readers: what work is repeated for. No run has a tenth of that."""
Cores = Annotated[int, Field(ge=1, le=8192)]
"""As many as Linux can be built for on x86-64 (NR_CPUS)."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/+-]{1,80}$")]
Unavailable = Annotated[str, Field(pattern=r"^unavailable: [ -~]{1,100}$")]
Line = Annotated[str, Field(pattern=r"^[ -~]{1,80}$")]


class Record(BaseModel):
    """A frozen part of a bundle: exact types, no unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a string as one of a few names: what `Literal` does, for a list that is kept elsewhere.

    `Annotated[str, OneOf(REMOVABLE)]` has the messages and the JSON Schema of a `Literal`.
    """

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _source: object, _handler: Any) -> CoreSchema:
        """Return the schema of a literal."""
        return core_schema.literal_schema([str(name) for name in self.names])
