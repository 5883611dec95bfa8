"""Copy as many bytes as a decoded batch has: the ceiling no decoder can pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.cases.case import CaseSpec, Data, Prepared, Role

if TYPE_CHECKING:
    from collections.abc import Mapping


class Memcpy:
    """One copy between two buffers that were touched before."""

    name = "memcpy"
    direction = "decode"
    ranks: Mapping[Role | None, int] = {None: 1}

    def prepare(self, case: CaseSpec, data: Data) -> Prepared:
        """Lay the batch out as one run of bytes, and a buffer to copy it to."""
        arrays = data.of(case).values()
        source = np.concatenate([array.reshape(-1).view(np.uint8) for array in arrays])
        target = source.copy()
        target[:] = 0

        def check(_: object) -> str | None:
            return None if np.array_equal(source, target) else "the copy differs"

        return Prepared(lambda: np.copyto(target, source), check)
