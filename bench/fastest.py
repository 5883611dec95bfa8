"""Which decoder of each layout is the fastest for each payload, by a run of all of them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import orjson

from bench.bundle import by_process, references_us
from bench.errors import SelectionError
from formats.payloads import PAYLOADS
from formats.registry import KNOWN, LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bundle import Bundle

_DIRECTIONS = ("decode", "encode")
_MARGIN = 1.03
"""A decoder takes another's place in the table only where it is faster by more than this."""


def table(bundle: Bundle) -> bytes:
    """Return the table of the fastest, as `formats.registry.fast` reads it.

    By direction, layout and payload, at the payload's usual batch; encoders of canonical layouts
    alone. Only of decoders that need no extra library; where the first that is registered for a
    layout is as fast as any, it stays.

    Raises:
        SelectionError: a codec that could be the fastest was not measured.

    """
    if why := bundle.why_not_all:
        raise SelectionError(f"the run cannot compare all: {why}; `nox -s peers` measures all")
    times_s = dict(_times(bundle))
    result: dict[str, dict[str, dict[str, str]]] = {}
    for direction in _DIRECTIONS:
        for layout in LAYOUTS.values():
            if direction == "encode" and not layout.canonical:
                continue
            names = [d for d in KNOWN.values() if d.layout == layout.id and not d.needs]
            able = [d for d in names if d.writes or direction == "decode"]
            for kind in PAYLOADS.values():
                if not layout.fits(kind()):
                    continue
                try:
                    costs_s = {d.name: times_s[direction, d.codec, kind.name] for d in able}
                except KeyError as error:
                    raise SelectionError(
                        f"the run lacks {' '.join(error.args[0])}; `nox -s peers` measures all"
                    ) from None
                best = min(costs_s, key=lambda name: costs_s[name])
                if costs_s[able[0].name] <= _MARGIN * costs_s[best]:
                    best = able[0].name
                result.setdefault(direction, {}).setdefault(layout.id, {})[kind.name] = best
    return orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _times(bundle: Bundle) -> Iterator[tuple[tuple[str, str, str], float]]:
    """Yield the median time of each codec on each payload's usual batch, in seconds."""
    references = references_us(bundle)
    for case in bundle.cases:
        kind = PAYLOADS.get(case.payload)
        if case.codec and case.blocks and kind and (case.size, case.batch) == kind.usual:
            samples = [
                median(process.calm_s or process.all_s) for process in by_process(case, references)
            ]
            yield (case.kind, case.codec, case.payload), median(samples)
