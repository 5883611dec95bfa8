"""Parquet by pandas: what a newcomer writes."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa

from formats.batch import Batch
from formats.layouts import parquet_columns
from formats.payloads import Payload


class Codec:
    """pandas.read_parquet, and a table from a DataFrame."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._schema = parquet_columns.schema(payload)

    def encode(self, batch: Batch) -> bytes:
        """Make a DataFrame a batch and write it."""
        columns: dict[str, object] = {}
        for field in self._payload.fields:
            names = parquet_columns.columns(field)
            rows = batch[field.name].reshape(-1, field.width)
            if field.blob:
                columns[field.name] = [row.tobytes() for row in rows]
            elif parquet_columns.is_spread(field):
                columns.update(zip(names, rows.T, strict=True))
            else:
                columns[field.name] = pd.Series(list(rows), dtype=object)
        frame = pd.DataFrame(columns)
        table = pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False)
        return parquet_columns.write(table.replace_schema_metadata())

    def decode(self, data: bytes) -> Batch:
        """Read a DataFrame a batch and stack its columns."""
        frame = pd.read_parquet(io.BytesIO(data))
        batch = {}
        for field in self._payload.fields:
            columns = frame[parquet_columns.columns(field)]
            if field.blob:
                joined = b"".join(columns[field.name])
                flat = np.frombuffer(joined, dtype=field.dtype).copy()
            elif parquet_columns.is_spread(field):
                flat = columns.to_numpy(dtype=field.dtype)
            else:
                flat = np.array(list(columns[field.name]), dtype=field.dtype)
            array = np.array(flat, dtype=field.dtype, order="C")
            batch[field.name] = array.reshape(len(frame), *field.shape)
        return batch
