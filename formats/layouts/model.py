"""What a layout is: the bytes of a payload in a format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """A registry entry. One layout of each format is canonical: the one headlines compare."""

    format: str
    name: str
    canonical: bool
