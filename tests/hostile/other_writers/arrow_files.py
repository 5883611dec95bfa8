"""Arrow IPC as pyarrow and Polars write it: other types, several batches, compressed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.hostile.other_writers.foreign import Written, described, pick
from tests.hostile.other_writers.parquet_files import FAULTS, table

if TYPE_CHECKING:
    from random import Random

    from formats.payloads import Batch, Payload
    from tests.hostile.other_writers.foreign import Writer


def _pyarrow(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    options = pick(rng, compression=["", "", "lz4", "zstd"], rows=[1, 3, 1 << 20], old=[0, 0, 1])
    options["old"] &= not options["compression"]  # pyarrow does not read what it packs so
    result, fault = table(rng, layout, payload, batch)
    sink = io.BytesIO()
    version = pa.ipc.MetadataVersion.V4 if options["old"] else pa.ipc.MetadataVersion.V5
    settings = pa.ipc.IpcWriteOptions(
        compression=options["compression"] or None, metadata_version=version
    )
    with pa.ipc.new_file(sink, result.schema, options=settings) as writer:
        writer.write_table(result, max_chunksize=options["rows"])
    how = described(options) + (f", {fault}" if fault else "")
    return Written(sink.getvalue(), how, FAULTS.get(fault, ""))


def _polars(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    import polars as pl

    options = pick(rng, compression=["uncompressed", "lz4", "zstd"], oldest=[True, False])
    result, fault = table(rng, layout, payload, batch)
    frame = pl.from_arrow(result)
    assert isinstance(frame, pl.DataFrame)
    sink = io.BytesIO()
    level = {"compat_level": pl.CompatLevel.oldest()} if options["oldest"] else {}
    frame.write_ipc(sink, compression=options["compression"], **level)
    how = described(options) + (f", {fault}" if fault else "")
    return Written(sink.getvalue(), how, FAULTS.get(fault, ""))


WRITERS: dict[str, tuple[Writer, str]] = {
    "pyarrow": (_pyarrow, "pyarrow"),
    "Polars": (_polars, "polars"),
}
"""Each writer with the library that it needs."""
