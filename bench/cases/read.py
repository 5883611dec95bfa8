"""Read an encoded batch from a file in the page cache: the ceiling of storage."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from bench.cases.case import CaseSpec, Data, Prepared, Role

if TYPE_CHECKING:
    from collections.abc import Mapping


class Read:
    """One unbuffered read of a whole file into a buffer that was touched before."""

    name = "read"
    direction = "decode"
    ranks: Mapping[Role | None, int] = {Role.FAST: 4}

    def prepare(self, case: CaseSpec, data: Data) -> Prepared:
        """Write the encoded batch to a nameless file, which leaves it in the page cache."""
        encoded = data.bytes_of(case)
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed with the case
        file.write(encoded)
        buffer = bytearray(len(encoded))

        def call() -> int | None:
            file.seek(0)
            return file.readinto(buffer)

        def check(result: object) -> str | None:
            return None if result == len(encoded) and buffer == encoded else "the bytes differ"

        return Prepared(call, check, encoded_bytes=len(encoded), close=file.close)
