"""One thread a library in every measuring process, and what each finds out about itself."""

from __future__ import annotations

import os

from bench.system.limits import usable_cores
from bench.system.slowdowns import slowdowns
from bench.worker.protocol import Ready


def ready() -> Ready:
    """Import what decoders share, hold every library to one thread, and say what was set."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        import torch
    except ImportError:
        torch_threads = None
    else:
        torch.set_num_threads(1)
        torch_threads = torch.get_num_threads()
    omp_threads = int(os.environ["OMP_NUM_THREADS"])
    return Ready(torch_threads, pa.cpu_count(), omp_threads, usable_cores(), slowdowns())
