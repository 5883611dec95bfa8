"""Decode a batch: bytes in memory to tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.cases.model import CaseSpec, Data, Prepared
from formats.batch import mismatch
from formats.decoders import Role
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Decode:
    """Every codec's decode, up to and with the tensors."""

    name = "decode"
    ranks: Mapping[Role | None, int] = {Role.FAST: 0, Role.NEWCOMER: 2}

    def prepare(self, case: CaseSpec, data: Data) -> Prepared:
        """Bind the codec; check tensors bit for bit against the generated batch."""
        payload = data.payload(case)
        decode = case.decoder.bind(payload).decode
        encoded = data.bytes_of(case)

        expected = data.of(case)

        def check(result: object) -> str | None:
            tensors = cast("dict[str, NDArray[Any]]", result)
            for name, array in expected.items():
                if not np.array_equal(np.asarray(tensors[name]), array):
                    return f"{name}: the tensor's values differ"
            return mismatch(payload, decode(encoded), expected)

        return Prepared(lambda: to_tensors(decode(encoded)), check, encoded_bytes=len(encoded))
