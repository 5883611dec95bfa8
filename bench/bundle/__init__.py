"""The bundle: one canonical JSON document a run, and the types it is read as.

The only part of `bench` that other packages import.
"""

from bench.bundle.calm import CalmPart, calm_part, is_disturbed, pass_references_us, slowdown
from bench.bundle.files import lock, require_writable, write_atomically
from bench.bundle.last import RUNS, Last, last, latest
from bench.bundle.parts import PIPELINE, Part, lacking
from bench.bundle.pipeline import (
    Configured,
    Contention,
    Device,
    Ipc,
    Isolated,
    Pipeline,
    Times,
    Window,
)
from bench.bundle.quality import (
    CPU_OVER_WALL,
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
from bench.bundle.schema import (
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
from bench.bundle.scratch import note_elsewhere, remove_leftovers, scratch
from bench.bundle.setup import REAL_DEVICES, Setup
from bench.bundle.storage import Storage, StorageReads
from bench.bundle.store import (
    BUNDLE_NAME,
    find,
    parse,
    read,
    verified,
    write,
)
from bench.errors import BundleError, StoreError
from bench.stages import REMOVABLE, SUPPLY_STAGES, WORKER_STAGES, Stage

__all__ = [
    "BUNDLE_NAME",
    "CPU_OVER_WALL",
    "DRIFT",
    "NOISY_SHARE",
    "PIPELINE",
    "REAL_DEVICES",
    "REMOVABLE",
    "RUNS",
    "SCHEMA",
    "SCHEMA_VERSION",
    "SUPPLY_STAGES",
    "WORKER_STAGES",
    "Block",
    "Bundle",
    "BundleError",
    "CalmPart",
    "Case",
    "Configured",
    "Contention",
    "DataRecord",
    "Device",
    "Environment",
    "Gate",
    "Ipc",
    "Isolated",
    "Last",
    "LayoutRecord",
    "Machine",
    "Part",
    "Pipeline",
    "Problem",
    "ProcessSamples",
    "Run",
    "Setup",
    "Stage",
    "Storage",
    "StorageReads",
    "StoreError",
    "Threads",
    "Times",
    "Window",
    "by_process",
    "calm_part",
    "calm_samples",
    "disturbed_share",
    "enough_calm",
    "find",
    "is_disturbed",
    "lacking",
    "last",
    "latest",
    "lock",
    "note_elsewhere",
    "pace_spread",
    "parse",
    "pass_references_us",
    "read",
    "reference_us",
    "references_us",
    "remove_leftovers",
    "require_writable",
    "scratch",
    "slowdown",
    "verified",
    "write",
    "write_atomically",
]
