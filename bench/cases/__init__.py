"""The cases of a run. `KINDS` is the only list of what is timed."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from bench.cases import decode, encode, memcpy, read
from bench.cases.case import CaseSpec, Data, Filters, Kind, Prepared, Role
from bench.errors import SelectionError
from bench.identity import source_hash
from bench.presets import Decoders, Layouts
from formats.names import kind_of
from formats.payloads import PAYLOADS
from formats.payloads import kind as kind_of_payload
from formats.registry import DECODERS, LAYOUTS, fast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.presets import Preset, Sweep
    from formats.codec import Decoder
    from formats.payloads import Payload

__all__ = ["KINDS", "CaseSpec", "Data", "Filters", "Kind", "Prepared", "Role", "select", "source"]

# One module and one line each.
_KINDS: tuple[Kind, ...] = (decode.Decode(), encode.Encode(), memcpy.Memcpy(), read.Read())
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}

_ALL = Filters()


def select(preset: Preset, filters: Filters = _ALL) -> dict[CaseSpec, Role | None]:
    """Return a preset's cases with their roles, in order of rank: the first is left out last.

    A codec that is named is measured even where the preset shows another one of its layout.

    Raises:
        SelectionError: the filters leave nothing.

    """
    selected: dict[CaseSpec, Role | None] = {}
    for sweep in preset.sweeps:
        ranked = _ranked(sweep, filters, _decoders(preset, filters))
        for _, case, role in sorted(ranked, key=lambda row: row[0]):
            selected.setdefault(case, role)
    if not any(case.codec for case in selected):
        raise SelectionError(
            "no case has that payload, format and codec together; "
            "`python -m bench list` shows those there are"
        )
    return selected


def _decoders(preset: Preset, filters: Filters) -> list[Decoder]:
    """Return the decoders that are asked for.

    Those that need an extra library only where the preset is for them, or they are named: what a
    preset measures must not depend on what else is installed.
    """
    return [
        decoder
        for decoder in DECODERS.values()
        if (not filters.formats or decoder.format in filters.formats)
        and (not filters.codecs or decoder.codec in filters.codecs)
        and (not decoder.needs or preset.extra or filters.codecs)
    ]


def _ranked(
    sweep: Sweep, filters: Filters, decoders: list[Decoder]
) -> Iterator[tuple[int, CaseSpec, Role | None]]:
    """Yield the cases of a sweep, each with its rank and role."""
    for name in _payloads(sweep, filters):
        for size, batch in _shapes(name, sweep, filters):
            payload = kind_of_payload(name)(size)
            for kind in KINDS.values():
                if sweep.kinds and kind.name not in sweep.kinds:
                    continue
                if None in kind.ranks:
                    yield kind.ranks[None], CaseSpec(kind.name, None, name, size, batch), None
                    continue
                for decoder in decoders:
                    role = _role(decoder, kind, payload, sweep, filters)
                    if role and role in kind.ranks:
                        spec = CaseSpec(kind.name, decoder.codec, name, size, batch)
                        yield kind.ranks[role], spec, role


def _payloads(sweep: Sweep, filters: Filters) -> Iterable[str]:
    """Return the payloads of a sweep; one that is named with other values stands for its own."""
    swept = sweep.payloads or tuple(PAYLOADS)
    if not filters.payloads:
        return swept
    return (name for name in filters.payloads if {name, kind_of(name)} & set(swept))


def _shapes(name: str, sweep: Sweep, filters: Filters) -> Iterable[tuple[int, int]]:
    """Return the shapes of a payload in a sweep: (size, samples in a batch)."""
    kind = kind_of_payload(name)
    if not (filters.sizes or filters.batches):
        return kind.shapes(sweep.shape)
    size, batch = kind.usual
    return product(filters.sizes or (size,), filters.batches or (batch,))


def _role(
    decoder: Decoder, kind: Kind, payload: Payload, sweep: Sweep, filters: Filters
) -> Role | None:
    """Return why a sweep measures a codec, None where it does not."""
    layout = LAYOUTS[decoder.layout]
    if layout.canonical != (sweep.layouts is Layouts.CANONICAL) or not layout.fits(payload):
        return None
    if decoder is fast(layout.id, payload, kind.direction):
        return Role.FAST
    if not decoder.writes and kind.direction == "encode":
        return None
    if decoder.naive and sweep.decoders is not Decoders.FAST:
        return Role.NAIVE
    if filters.codecs or sweep.decoders is Decoders.ALL:
        return Role.PEER if decoder.needs else Role.OTHER
    return None


def source(case: CaseSpec) -> str:
    """Return the hash of the source that decides a case's time.

    The loop that times it, the case, its data, its codec, and the codec that writes the bytes every
    codec of its layout is timed on.
    """
    modules = [
        "bench.worker.measure",
        f"bench.cases.{case.kind}",
        f"formats.payloads.{case.data.name}",
    ]
    if case.codec:
        writer = fast(case.decoder.layout, case.data, "encode")
        modules += [case.decoder.module, writer.module, *filter(None, [case.decoder.pixels])]
    return source_hash(*modules)
