"""The cases of a run. `KINDS` is the only list of what is timed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.cases import decode, encode, memcpy, read
from bench.cases.model import CaseSpec, Data, Kind, Prepared
from bench.errors import SelectionError
from bench.identity import source_hash
from formats.decoders import DECODERS, Decoder, fast
from formats.layouts import LAYOUTS
from formats.payloads import PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.presets import Preset

__all__ = ["KINDS", "CaseSpec", "Data", "Kind", "Prepared", "select", "source"]

# One module and one line each.
_KINDS: tuple[Kind, ...] = (decode.Decode(), encode.Encode(), memcpy.Memcpy(), read.Read())
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}


def select(
    preset: Preset,
    payloads: tuple[str, ...] = (),
    formats: tuple[str, ...] = (),
    codecs: tuple[str, ...] = (),
) -> list[CaseSpec]:
    """Return a preset's cases in order of rank, the first the last to be left out.

    An empty filter lets everything pass.

    Raises:
        SelectionError: the filters leave nothing.

    """
    decoders = [
        decoder
        for decoder in DECODERS.values()
        if LAYOUTS[decoder.layout].canonical
        and (not formats or decoder.format in formats)
        and (not codecs or decoder.codec in codecs)
    ]
    ranked = sorted(_ranked(preset, decoders, payloads), key=lambda pair: pair[0])
    if not any(case.codec for _, case in ranked):
        raise SelectionError(
            "no case has that payload, format and codec together; "
            "`python -m bench list` shows those there are"
        )
    return [case for _, case in ranked]


def _ranked(
    preset: Preset, decoders: list[Decoder], payloads: tuple[str, ...]
) -> Iterator[tuple[tuple[int, int], CaseSpec]]:
    for shape_rank, (shape, kinds) in enumerate(preset.shapes.items()):
        for payload in PAYLOADS.values():
            at = getattr(payload, shape)
            if at is None or (payloads and payload.name not in payloads):
                continue
            for kind in KINDS.values():
                if kinds and kind.name not in kinds:
                    continue
                for role, rank in kind.ranks.items():
                    codecs = [d.codec for d in decoders if d.role is role] if role else [None]
                    for codec in codecs:
                        yield (shape_rank, rank), CaseSpec(kind.name, codec, payload.name, *at)


def source(case: CaseSpec) -> str:
    """Return the hash of the source that decides a case's time.

    The loop that times it, the case, its data, its codec, and the fast codec of its layout, whose
    bytes every codec of that layout is timed on.
    """
    modules = [
        "bench.worker.measure",
        f"bench.cases.{case.kind}",
        f"formats.payloads.{case.payload}",
    ]
    if case.codec:
        modules += [case.decoder.module, fast(case.decoder.layout).module]
    return source_hash(*modules)
