"""The hashes of the code that measures now, for the table of editions.

`python -m bench.edition` adds them to the edition of now, where a change alters no number.
"""

from __future__ import annotations

import orjson

from bench.bundle import EDITION, EDITIONS, Hashes, case_name, editions, write_atomically
from bench.cases import CaseSpec, select, source
from bench.learning import doorbell
from bench.learning import record as learning
from bench.presets import PRESETS
from bench.run import pipeline_record
from formats.names import kind_of


def present() -> dict[str, str]:
    """Return the hashes of the source that counts, by name."""
    by_name: dict[str, CaseSpec] = {}
    for preset in PRESETS.values():
        for case in select(preset):
            by_name.setdefault(case_name(case.kind, case.codec, kind_of(case.payload)), case)
    return {name: source(case) for name, case in sorted(by_name.items())} | {
        "pipeline": pipeline_record.source(),
        "learning": learning.source(),
        "doorbell": doorbell.source(),
    }


def table() -> dict[int, Hashes]:
    """Return the table of editions, with the code of now in the edition of now."""
    now = editions().get(EDITION, {})
    for name, value in present().items():
        known = now.setdefault(name, [])
        if value not in known:
            known.append(value)
    return {**editions(), EDITION: dict(sorted(now.items()))}


def written() -> bytes:
    """Return the table as the bytes of its file."""
    return orjson.dumps(table(), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n"


if __name__ == "__main__":
    write_atomically(EDITIONS, written())
