"""What follows controls: all that a page shows for each of their settings, made beforehand.

A page's script looks values up and computes none. Other forms of a document show what is there
without a script: the settings that are chosen at first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Self

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Control:
    """What a reader sets: one of some options."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    """Each a setting, and how it reads."""
    chosen: str
    """The setting at first."""
    radios: bool = False
    """Whether all options are seen at once."""
    sets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What choosing an option does to other controls: their settings, by option."""

    def __post_init__(self) -> None:
        if self.chosen not in self.settings or not set(self.sets) <= set(self.settings):
            raise ValueError(f"{self.name}: {self.chosen!r} or {self.sets} is none of its settings")

    def __str__(self) -> str:
        """Say how it is set at first."""
        return f"{self.label}: {dict(self.options)[self.chosen]}"

    @property
    def settings(self) -> tuple[str, ...]:
        """Of its options, in order."""
        return tuple(setting for setting, _ in self.options)


@dataclass(frozen=True)
class Following(Generic[T]):
    """A value for each setting of some controls."""

    controls: tuple[str, ...]
    """By name; none: it is always the same."""
    values: tuple[T, ...]
    """Row by row: the last control's options follow each other."""
    at_first: T

    def map(self, function: Callable[[T], U]) -> Following[U]:
        """Return what a function makes of each value; equal values are asked for once."""
        known: dict[int, U] = {}
        values = tuple(
            known[id(value)] if id(value) in known else known.setdefault(id(value), function(value))
            for value in self.values
        )
        return Following(self.controls, values, function(self.at_first))


def constant(value: T) -> Following[T]:
    """Return a value that follows nothing."""
    return Following((), (value,), value)


def settings(controls: Sequence[Control]) -> Iterator[dict[str, str]]:
    """Yield each combination of some controls' settings, in the order of `Following.values`."""
    for combination in product(*(control.settings for control in controls)):
        yield {c.name: setting for c, setting in zip(controls, combination, strict=True)}


def following(
    controls: Sequence[Control], function: Callable[[Mapping[str, str]], T]
) -> Following[T]:
    """Return a function's values for each combination of some controls' settings."""
    names = tuple(control.name for control in controls)
    at_first = {control.name: control.chosen for control in controls}
    return Following(names, tuple(map(function, settings(controls))), function(at_first))


def once(
    function: Callable[[Mapping[str, str]], T], names: Sequence[str]
) -> Callable[[Mapping[str, str]], T]:
    """Return a function of settings that works each combination of some controls out once."""
    known: dict[tuple[str, ...], T] = {}

    def looked_up(at: Mapping[str, str]) -> T:
        key = tuple(at[name] for name in names)
        if key not in known:
            known[key] = function(at)
        return known[key]

    return looked_up


class Live(str):
    """A text that follows controls; everywhere but on a page it is the text at first.

    What is made of it, such as by an f-string, is a plain text that follows nothing.
    """

    __slots__ = ("texts",)
    texts: Following[str]

    def __new__(cls, texts: Following[str]) -> Self:
        """Return the text at first, with those of other settings."""
        live = super().__new__(cls, texts.at_first)
        live.texts = texts
        return live

    def __getnewargs__(self) -> tuple[Following[str]]:  # type: ignore[override]
        """Return what a copy is made of."""
        return (self.texts,)


def live(controls: Sequence[Control], function: Callable[[Mapping[str, str]], str]) -> Live:
    """Return a text that follows some controls."""
    return Live(following(controls, function))
