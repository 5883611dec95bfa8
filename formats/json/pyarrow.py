"""JSON by Arrow's reader, one thread, the types given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from formats import codec
from formats.batch import blank, put
from formats.errors import DecodeError
from formats.json import layout as objects
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[JsonLayout]):
    """pyarrow.json.read_json."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        types = [
            (field.name, pa.list_(pa.int64()) if field.shape else pa.int64())
            for field in payload.fields
        ]
        self._parse = pj.ParseOptions(
            explicit_schema=pa.schema(types), unexpected_field_behavior="ignore"
        )

    def encode(self, batch: Batch) -> bytes:
        """Refuse: Arrow only reads JSON."""
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a table a batch and copy each column."""
        data = objects.text_of(data)
        if not data:
            return blank(self.payload, 0, 0, out)
        # On a null in front, pyarrow 26 ends the process.
        if not data.lstrip().startswith(b"{"):
            raise DecodeError("line 1: not an object")
        # A block must hold a line whole.
        options = pj.ReadOptions(use_threads=False, block_size=max(1 << 22, len(data)))
        table = pj.read_json(pa.BufferReader(data), read_options=options, parse_options=self._parse)
        batch = blank(self.payload, table.num_rows, len(data), out)
        for field in self.payload.fields:
            column = table.column(field.name).combine_chunks()
            if column.null_count:
                raise DecodeError(f"{field.name}: some samples lack it")
            if field.shape:
                lengths = np.diff(column.offsets.to_numpy())
                if (lengths != field.width).any():
                    row = int(np.argmax(lengths != field.width))
                    raise DecodeError(
                        f"line {row + 1}: {field.name} has {lengths[row]} values, "
                        f"expected {field.width}"
                    )
                column = column.flatten()
                if column.null_count:
                    raise DecodeError(f"{field.name}: some values are null")
            put(field, batch[field.name], column.to_numpy(zero_copy_only=False))
        return batch
