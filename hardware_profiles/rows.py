"""A number as a file writes it: a fact, a formula, a choice of sources, or another file's number.

A field of a category is annotated with what its number counts, by a unit: `Annotated[Number,
Counts("B/s")]` takes any unit of a rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    StringConstraints,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function
from typing_extensions import TypeAliasType

from hardware_profiles import units
from hardware_profiles.errors import UnitError

Line = Annotated[str, StringConstraints(min_length=1, max_length=700, pattern=r"^\S(.*\S)?$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Path = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,119}$")]
Year = Annotated[int, Field(ge=1900, le=2100)]
CheckedWord = Literal["seen", "copy", "unverified"]
ExactWord = Literal["definition", "counted", "listed", "rated", "required", "single"]


class Table(BaseModel):
    """A table of a file: no unknown keys, exact types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


_Entry = TypeVar("_Entry")
Named: TypeAlias = Annotated[dict[Key, _Entry], Field(default_factory=dict)]
"""A table of entries, each under a distinct name; it may be left out."""


def _known_unit(text: str) -> str:
    try:
        units.unit(text)
    except UnitError as error:
        raise ValueError(str(error)) from None
    return text


UnitText = Annotated[Line, AfterValidator(_known_unit)]


class Stated(Table):
    """A number that a source states, or that is assumed.

    `low` and `high` are the 5th and 95th percentile of what it may be; left out, it is exact, and
    `exact` says why.
    `source` is a key of the file's sources; locator, year and checked are the source's unless
    the row gives them.
    """

    value: float
    unit: UnitText
    low: float | None = None
    high: float | None = None
    kind: Literal["measured", "datasheet", "published", "assumed"]
    source: Key
    exact: Annotated[
        ExactWord | None,
        Field(
            description="why it has no range; definition: by definition, a standard or arithmetic; "
            "counted: of whole things, in full; listed: a price list or a maker's table of what "
            "there is to choose; rated: a maker's figure for a part; required: a plan or a "
            "benchmark asks for it; single: one source's one figure, whose spread is not known"
        ),
    ] = None
    locator: Line | None = None
    year: Year | None = None
    checked: CheckedWord | None = None
    note: Line | None = None

    @field_validator("kind", mode="before")
    @classmethod
    def _not_derived(cls, kind: object) -> object:
        if kind == "derived":
            raise ValueError("a derived number has a formula in place of a value")
        return kind

    @field_validator("value", "low", "high")
    @classmethod
    def _finite(cls, number: float | None) -> float | None:
        if number is not None and not math.isfinite(number):
            raise ValueError(f"{number} is no number to compute with")
        return number

    @field_validator("low", "high")
    @classmethod
    def _in_order(cls, number: float | None, info: ValidationInfo) -> float | None:
        value = info.data.get("value")
        if number is not None and value is not None:
            if info.field_name == "low" and number > value:
                raise ValueError(f"low {number:g} and value {value:g} are not in order")
            if info.field_name == "high" and number < value:
                raise ValueError(f"value {value:g} and high {number:g} are not in order")
        return number

    @property
    def range(self) -> tuple[float, float]:
        """Return low and high; the value twice where it is exact."""
        low = self.value if self.low is None else self.low
        return low, self.value if self.high is None else self.high

    @model_validator(mode="after")
    def _sound(self) -> Self:
        low, high = self.range
        if low < 0 < high:
            raise ValueError(f"the range {low:g} to {high:g} changes sign")
        if self.kind == "assumed" and low == high:
            raise ValueError("an assumed number needs a range: give low < high")
        if self.exact and low < high:
            raise ValueError(f"it cannot be {self.exact} and have a range: leave one out")
        if self.kind == "assumed" and not self.note:
            raise ValueError("an assumed number needs a note that says why")
        if self.unit in {"fraction", "percent"} and not 0 <= low <= high <= _WHOLE[self.unit]:
            raise ValueError(f"a {self.unit} is from 0 to {_WHOLE[self.unit]}")
        return self


_WHOLE = {"fraction": 1, "percent": 100}


class Formula(Table):
    """A number derived from others of the file, such as `2 * model.macs`."""

    formula: Line
    unit: UnitText
    note: Line | None = None


class Same(Table):
    """The number of another file: the profile's name, a colon, the path in it."""

    same_as: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*:[a-z][a-z0-9_.]*$")]
    _expected: Counts | None = PrivateAttr(default=None)

    def expect(self, counts: Counts) -> None:
        """Note what the number must count; it is checked when the other file is read."""
        self._expected = counts

    @property
    def expected(self) -> Counts | None:
        """Return what the number must count."""
        return self._expected


class Choice(Table):
    """Sources that disagree, side by side: which is used, and why."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, defer_build=True)
    __pydantic_extra__: dict[Key, Row]

    use: Key
    why: Line

    @model_validator(mode="after")
    def _used_is_there(self) -> Self:
        names = list(self.__pydantic_extra__)
        if len(names) < 2:
            raise ValueError("a choice needs two sources or more, each a table with a name")
        if self.use not in names:
            raise ValueError(f"use = {self.use!r} is none of {', '.join(names)}")
        return self

    @property
    def rows(self) -> dict[str, Row]:
        """Return what each source says, by its name."""
        return self.__pydantic_extra__


def _no_bare_number(number: object) -> object:
    if not isinstance(number, dict):
        raise ValueError(  # noqa: TRY004 - pydantic collects ValueErrors
            f"{number!r} stands bare; a number is a table with value, unit, kind and source"
        )
    return number


def _form(number: Any) -> str:
    return next(
        (f"<{form}>" for form in ("formula", "same_as", "use") if form in number), "<value>"
    )


# Tags stand in brackets, which no key can have, so that they can be taken out of an error's path.
_Plain: TypeAlias = (
    Annotated[Stated, Tag("<value>")]
    | Annotated[Formula, Tag("<formula>")]
    | Annotated[Same, Tag("<same_as>")]
)
Row = TypeAliasType(
    "Row", Annotated[_Plain, Discriminator(_form), BeforeValidator(_no_bare_number)]
)
Number = TypeAliasType(
    "Number",
    Annotated[
        _Plain | Annotated[Choice, Tag("<use>")],
        Discriminator(_form),
        BeforeValidator(_no_bare_number),
    ],
)
Choice.model_rebuild()


@dataclass(frozen=True)
class Counts:
    """What a number counts: any unit of the dimension of one of these; below 0 if signed."""

    units: tuple[str, ...]
    signed: bool

    def __init__(self, *texts: str, signed: bool = False) -> None:
        object.__setattr__(self, "units", texts)
        object.__setattr__(self, "signed", signed)

    def fits(self, unit: str) -> bool:
        """Tell whether a unit counts that."""
        dimension = units.unit(unit).dimension
        return any(units.unit(text).dimension == dimension for text in self.units)

    def __str__(self) -> str:
        return " or ".join(repr(text) for text in self.units)

    def check(self, number: Stated | Formula | Same | Choice) -> Stated | Formula | Same | Choice:
        """Return the number, where its unit fits.

        Raises:
            ValueError: it counts something else.

        """
        for row in number.rows.values() if isinstance(number, Choice) else (number,):
            if isinstance(row, Same):
                row.expect(self)
            elif not self.fits(row.unit):
                raise ValueError(f"{row.unit!r} does not count this; give it in {self}, or alike")
            elif isinstance(row, Stated) and row.value < 0 and not self.signed:
                raise ValueError(f"{row.value:g} is below 0; there is no such thing")
        return number

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "description": f"a number in {self}, or alike"}
