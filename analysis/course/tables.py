"""The tables that are kept of a class: what a row is, and which columns it has.

`submission` is in all of them: the first 16 hexadecimal digits of the SHA-256 of the file's bytes.
"""

from __future__ import annotations

import pyarrow as pa

_TEXT = pa.string()
"""Of few different values: Parquet keeps each once."""
_KEY = ("submission", pa.string())

_CASE = [
    ("case", _TEXT),
    ("kind", _TEXT),
    ("codec", _TEXT),
    ("payload", _TEXT),
    ("size", pa.int32()),
    ("batch", pa.int32()),
]

SUBMISSIONS = pa.schema(
    [
        _KEY,
        ("file", pa.string()),  # as it was named, from the folder that was given on
        ("pseudonym", pa.string()),  # null: it could not be read so far
        ("status", _TEXT),  # sound, look, rejected
        ("reasons", pa.list_(pa.string())),  # lines of remarks, the worst first
        ("digest", pa.string()),  # of the bundle
        ("written", pa.string()),  # when it was handed in, by its own clock, UTC
        ("started", pa.string()),  # when the run began, UTC, to the hour
        ("nonce", _TEXT),
        ("preset", _TEXT),
        ("state", _TEXT),  # complete, partial
        ("edition", pa.int64()),  # of the rules
        ("division", _TEXT),  # closed, open, other
        ("workload", pa.string()),  # what defines it: runs of different ones do not compare
        ("trust", _TEXT),  # valid, suspect, invalid
        ("cpu", _TEXT),
        ("machine_class", _TEXT),
        ("architecture", _TEXT),
        ("system", _TEXT),
        ("cores", pa.int32()),  # logical
        ("memory_gib", pa.int32()),
        ("virtual", pa.bool_()),
        ("power", _TEXT),  # mains, battery; null: not known
        ("python", _TEXT),
        ("tool", _TEXT),
        ("elapsed_s", pa.float64()),
        ("parts", pa.list_(pa.string())),  # of the bundle and the ledger, that are there
    ]
)
"""A row a file, rejected ones too."""

REMARKS = pa.schema(
    [
        _KEY,
        ("rule", _TEXT),
        ("severity", _TEXT),
        ("path", pa.string()),
        ("expected", pa.string()),
        ("found", pa.string()),
        ("remedy", pa.string()),
    ]
)
"""A row a remark."""

WINDOWS = pa.schema(
    [
        _KEY,
        ("pseudonym", pa.string()),
        ("status", _TEXT),
        ("machine_class", _TEXT),
        ("cpu", _TEXT),
        ("architecture", _TEXT),
        ("preset", _TEXT),
        ("edition", pa.int64()),
        ("division", _TEXT),
        *_CASE,
        ("source", _TEXT),
        ("decoded_bytes", pa.int64()),
        ("encoded_bytes", pa.int64()),
        ("loops", pa.int64()),  # calls in a sample
        ("process", pa.int16()),
        ("window", pa.int16()),
        ("attempt", pa.int8()),
        ("order", pa.int64()),
        ("gates", _TEXT),
        ("cpu_us", pa.int64()),
        ("warmup_us", pa.list_(pa.int64())),
        ("samples_us", pa.list_(pa.int64())),
        ("canary_us", pa.list_(pa.int64())),
        ("calm", pa.int32()),  # how many samples ran at the core's full speed
        ("time_s", pa.float64()),  # of a call: the median of the calm ones, or of all
    ]
)
"""class.parquet: a row a sample window, of codecs, copies and reads."""

CASES = pa.schema(
    [
        _KEY,
        *_CASE,
        ("time_s", pa.float64()),  # of a call: median of the medians of processes
        ("low_s", pa.float64()),
        ("high_s", pa.float64()),
        ("processes", pa.int16()),
        ("trusted", pa.bool_()),
        ("mb_per_s", pa.float64()),  # decoded bytes a second
    ]
)
"""A row a case with a time."""

PARAMETERS = pa.schema(
    [
        _KEY,
        ("parameter", _TEXT),
        ("unit", _TEXT),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
"""A row a parameter of a calibrated machine, with its 90 % interval."""

PREDICTIONS = pa.schema(
    [
        _KEY,
        ("configuration", _TEXT),
        ("predicted", pa.float64()),  # samples a second
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("measured", pa.float64()),
    ]
)
"""A row a configuration that was held out of the calibration, predicted and measured."""

LOCKS = pa.schema(
    [
        _KEY,
        ("question", _TEXT),
        ("choice", _TEXT),  # null: it was opened without a lock, or never
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("confidence", pa.float64()),
        ("late", pa.bool_()),  # made after the run that answers it
        ("answer", _TEXT),  # null: it has no score
        ("value", pa.float64()),
        ("right", pa.bool_()),
        ("held", pa.bool_()),
        ("interval_score", pa.float64()),
        ("tries", pa.int32()),  # of the act
        ("rationale", pa.string()),
    ]
)
"""A row a question of a submission."""

DEVICES = pa.schema(
    [
        _KEY,
        ("device", _TEXT),
        ("configuration", _TEXT),
        ("samples_per_s", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
"""A row a device: what a machine implies for it."""

BOTTLENECKS = pa.schema(
    [
        _KEY,
        ("configuration", _TEXT),
        ("stage", _TEXT),
        ("gain", pa.float64()),  # of the rate, as a share
        ("measured", pa.bool_()),  # else as the model says
        ("clear", pa.bool_()),  # whether it gains clearly more than the next
    ]
)
"""A row a configuration: which stage's removal gains most."""

MODELLED = pa.schema([_KEY, ("reason", pa.string())])
"""A row a submission that was calibrated, or why it could not be; empty: it was."""

PRINTS = pa.schema([_KEY, ("case", _TEXT), ("grid", pa.int8()), ("print", pa.int64())])
"""Hashes of a case's samples: as they are (grid 0), and of their shape, whatever they were scaled
by (grids 1 and 2)."""

INNER = pa.schema([_KEY, ("name", _TEXT), ("value", pa.float64())])
"""Logarithms of ratios between parts of a run that measured alike things (`inner.py`)."""

TABLES = {
    "submissions": SUBMISSIONS,
    "remarks": REMARKS,
    "windows": WINDOWS,
    "cases": CASES,
    "parameters": PARAMETERS,
    "predictions": PREDICTIONS,
    "bottlenecks": BOTTLENECKS,
    "modelled": MODELLED,
    "locks": LOCKS,
    "devices": DEVICES,
    "prints": PRINTS,
    "inner": INNER,
}
"""All of them, by name."""
