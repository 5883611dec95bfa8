"""Which run in runs/ is the last: by what bundles say, whenever files were copied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from bench.bundle.store import BUNDLE_NAME, read
from bench.errors import BundleError
from hardware_profiles.errors import TextError
from hardware_profiles.text import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.bundle.schema import Bundle

RUNS = Path("runs")
"""Where runs go unless told otherwise."""
_STAMP = re.compile(r"\d{8}-\d{6}")
"""What the name of a run's folder begins with, where the user chose none: when it began."""
_HOUR = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}Z")


class Last(NamedTuple):
    """The last run, and what a user should know of the choice."""

    path: Path
    """Its bundle."""
    rivals: tuple[Path, ...]
    """Bundles of the same hour that may be later: neither they nor their folders say."""
    unreadable: tuple[Path, ...]
    """Bundles that cannot be read, and are passed over."""


class _Began(NamedTuple):
    """When a run began, to compare with others."""

    hour: str
    """As its bundle says; empty where it cannot be read."""
    stamp: str
    """As its folder's name says, in the time of where it was measured; empty where it does not."""
    name: str
    """Of its folder."""


def latest(fits: Callable[[Bundle], bool] | None = None, wanted: str = "run") -> Path:
    """Return the last bundle in runs/ that fits; see `last`."""
    return last(fits, wanted).path


def last(fits: Callable[[Bundle], bool] | None = None, wanted: str = "run") -> Last:
    """Return the last run in runs/ that fits, by when it began.

    A bundle says the hour, and a folder that the user did not name says the second. Of runs of one
    hour of which that is not known, one that has it comes last, else the one whose name sorts last.

    Args:
        fits: whether a bundle will do; None: any, even one that cannot be read.
        wanted: what such a run is called.

    Raises:
        BundleError: there is none; those that cannot be read are named.

    """
    began = {path: _began(path) for path in RUNS.glob(f"*/{BUNDLE_NAME}")}
    paths = sorted(began, key=began.__getitem__, reverse=True)
    unreadable = [path for path in paths if not began[path].hour]
    fitting: list[Path] = []
    for path in paths:
        if fitting and began[path].hour != began[fitting[0]].hour:
            break
        if fits is None:
            fitting.append(path)
            continue
        try:
            if fits(read(path)):
                fitting.append(path)
        except BundleError:
            unreadable += [path] if path not in unreadable else []
    if not fitting:
        cannot = [f"{path} cannot be read" for path in unreadable]
        raise BundleError(str(RUNS), [f"no {wanted} is there; name a run's folder", *cannot])
    first = fitting[0]
    rivals = [p for p in fitting[1:] if not (began[p].stamp and began[first].stamp)]
    return Last(first, tuple(rivals), tuple(p for p in unreadable if p != first))


def _began(path: Path) -> _Began:
    """Return when a run began; it is not checked, since only the one that is used has to be."""
    name = path.parent.name
    stamp = _STAMP.match(name)
    try:
        document = orjson.loads(read_text(path))
        hour = str(document["machine"]["started"])
    except (OSError, ValueError, TypeError, KeyError, TextError):
        hour = ""
    return _Began(hour if _HOUR.fullmatch(hour) else "", stamp.group() if stamp else "", name)
