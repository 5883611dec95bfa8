"""Encode a batch: arrays to bytes in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.cases.case import CaseSpec, Data, Prepared, Role
from formats.batch import mismatch
from formats.registry import bind, fast

if TYPE_CHECKING:
    from collections.abc import Mapping


class Encode:
    """Every codec's encode."""

    name = "encode"
    direction = "encode"
    ranks: Mapping[Role | None, int] = {Role.FAST: 3, Role.NAIVE: 5, Role.OTHER: 5, Role.PEER: 5}

    def prepare(self, case: CaseSpec, data: Data) -> Prepared:
        """Bind the codec; check that its bytes decode to the batch they were made of."""
        payload = case.data
        encode = bind(case.decoder, payload).encode
        batch = data.of(case)

        def check(result: object) -> str | None:
            if not isinstance(result, bytes):
                return f"returned {type(result).__name__}, not bytes"
            decoded = bind(fast(case.decoder.layout, payload), payload).decode(result)
            return mismatch(payload, decoded, data.kept_of(case))

        return Prepared(lambda: encode(batch), check, encoded_bytes=len(encode(batch)))
