"""The bundle: one canonical JSON document a run, and the types it is read as.

The only part of `bench` that other packages import.
"""

from bench.bundle.model import (
    SCHEMA,
    SCHEMA_VERSION,
    Block,
    Bundle,
    Case,
    DataRecord,
    Environment,
    Gate,
    LayoutRecord,
    Machine,
    Problem,
    Run,
    Threads,
)
from bench.bundle.quality import (
    DRIFT,
    NOISY_SHARE,
    ProcessSamples,
    by_process,
    calm_samples,
    disturbed_share,
    enough_calm,
    pace_spread,
    reference_us,
    references_us,
)
from bench.bundle.store import (
    BUNDLE_NAME,
    RUNS,
    find,
    latest,
    parse,
    read,
    write,
    write_atomically,
)
from bench.errors import BundleError, StoreError

__all__ = [
    "BUNDLE_NAME",
    "DRIFT",
    "NOISY_SHARE",
    "RUNS",
    "SCHEMA",
    "SCHEMA_VERSION",
    "Block",
    "Bundle",
    "BundleError",
    "Case",
    "DataRecord",
    "Environment",
    "Gate",
    "LayoutRecord",
    "Machine",
    "Problem",
    "ProcessSamples",
    "Run",
    "StoreError",
    "Threads",
    "by_process",
    "calm_samples",
    "disturbed_share",
    "enough_calm",
    "find",
    "latest",
    "pace_spread",
    "parse",
    "read",
    "reference_us",
    "references_us",
    "write",
    "write_atomically",
]
