"""Decode a batch: bytes in memory to tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.cases.case import CaseSpec, Data, Prepared, Role
from formats.batch import mismatch
from formats.registry import bind
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Decode:
    """Every codec's decode, up to and with the tensors, into arrays that were filled before.

    Fresh memory of some megabytes costs a page fault every 4 KiB when it is first touched, as much
    as a fast decode itself; a training loop that reuses its buffers does not pay it, and so it is
    left out for all codecs alike.
    """

    name = "decode"
    direction = "decode"
    ranks: Mapping[Role | None, int] = {Role.FAST: 0, Role.NAIVE: 2, Role.OTHER: 2, Role.PEER: 2}

    def prepare(self, case: CaseSpec, data: Data) -> Prepared:
        """Bind the codec; check tensors bit for bit against the generated batch.

        Of a lossy layout, against what its reference decoder makes of that.
        """
        payload = case.data
        decode = bind(case.decoder, payload).decode
        encoded = data.bytes_of(case)

        expected = data.kept_of(case)
        out = decode(encoded)

        def check(result: object) -> str | None:
            tensors = cast("dict[str, NDArray[Any]]", result)
            for name, array in expected.items():
                if not np.array_equal(np.asarray(tensors[name]), array):
                    return f"{name}: the tensor's values differ"
            return mismatch(payload, decode(encoded), expected)

        return Prepared(lambda: to_tensors(decode(encoded, out)), check, encoded_bytes=len(encoded))
