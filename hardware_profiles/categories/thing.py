"""What every file has, whatever it describes; and the types of its numbers."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from hardware_profiles.rows import CheckedWord, Counts, Key, Line, Named, Number, Table, Year

Size: TypeAlias = Annotated[Number, Counts("B")]
Rate: TypeAlias = Annotated[Number, Counts("B/s")]
Time: TypeAlias = Annotated[Number, Counts("s")]
Count: TypeAlias = Annotated[Number, Counts("1")]
Exponent: TypeAlias = Annotated[Number, Counts("1", signed=True)]
Share: TypeAlias = Annotated[Number, Counts("fraction")]
Frequency: TypeAlias = Annotated[Number, Counts("Hz")]
Points: TypeAlias = Annotated[Number, Counts("point")]
Work: TypeAlias = Annotated[Number, Counts("OP")]
WorkRate: TypeAlias = Annotated[Number, Counts("OP/s")]
WorkEnergy: TypeAlias = Annotated[Number, Counts("J/OP")]
RequestRate: TypeAlias = Annotated[Number, Counts("IO/s")]
Power: TypeAlias = Annotated[Number, Counts("W")]
PowerPerByte: TypeAlias = Annotated[Number, Counts("W/B")]
Energy: TypeAlias = Annotated[Number, Counts("J")]
ByteEnergy: TypeAlias = Annotated[Number, Counts("J/B")]
Charge: TypeAlias = Annotated[Number, Counts("C")]
Voltage: TypeAlias = Annotated[Number, Counts("V")]
Mass: TypeAlias = Annotated[Number, Counts("g")]
Length: TypeAlias = Annotated[Number, Counts("m")]
Speed: TypeAlias = Annotated[Number, Counts("m/s")]
Propagation: TypeAlias = Annotated[Number, Counts("s/m")]
Money: TypeAlias = Annotated[Number, Counts("USD")]
PricePerByte: TypeAlias = Annotated[Number, Counts("USD/B")]
PricePerTime: TypeAlias = Annotated[Number, Counts("USD/s")]
PricePerByteTime: TypeAlias = Annotated[Number, Counts("USD/(B*s)")]
PricePerRequest: TypeAlias = Annotated[Number, Counts("USD/request")]
PricePerSample: TypeAlias = Annotated[Number, Counts("USD/sample")]
Carbon: TypeAlias = Annotated[Number, Counts("gCO2e")]
CarbonPerEnergy: TypeAlias = Annotated[Number, Counts("gCO2e/J")]
CarbonPerFreight: TypeAlias = Annotated[Number, Counts("gCO2e/(g*m)")]
EnergyPerFreight: TypeAlias = Annotated[Number, Counts("J/(g*m)")]
# Of what passes through a pipeline: samples, or the tokens of a language model.
Items: TypeAlias = Annotated[Number, Counts("sample", "token")]
ItemRate: TypeAlias = Annotated[Number, Counts("sample/s", "token/s")]
ItemSize: TypeAlias = Annotated[Number, Counts("B/sample", "B/token")]
ItemWork: TypeAlias = Annotated[Number, Counts("OP/sample", "OP/token")]
ItemEnergy: TypeAlias = Annotated[Number, Counts("J/sample", "J/token")]


class Source(Table):
    """What was read: a document, a page, a file of a repository, a log."""

    title: Line
    locator: Annotated[
        Line, Field(description="URL, owner/repository:path@commit, DOI or arXiv id")
    ]
    year: Annotated[Year, Field(description="of publication")]
    checked: Annotated[
        CheckedWord,
        Field(description="seen: it was read; copy: a transcription was read; else unverified"),
    ]


class Remark(Table):
    """What is no number, and must be known to use the numbers."""

    text: Line
    source: Key


class Thing(Table):
    """What every file has."""

    title: Line
    summary: Line
    sources: Annotated[dict[Key, Source], Field(min_length=1)]
    remarks: Annotated[list[Remark], Field(default_factory=list)]
    workings: Annotated[Named[Number], Field(description="what formulas of the file need besides")]

    refers_to: ClassVar[dict[str, str]] = {}
    """Fields that name another profile, and the category of that."""
