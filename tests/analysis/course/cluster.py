"""A real dask.distributed cluster on loopback: a scheduler and workers, a process each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from tests.conftest import ROOT

if TYPE_CHECKING:
    from types import TracebackType

_QUIET = ("--no-dashboard",)


class Cluster:
    """Started by `with`; `address` is what `--scheduler` takes."""

    def __init__(self, workers: int) -> None:
        self._count = workers
        self._processes: list[subprocess.Popen[str]] = []
        self.address = ""

    def __enter__(self) -> Self:
        scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0")
        assert scheduler.stderr
        for line in scheduler.stderr:
            if "Scheduler at:" in line:
                self.address = line.split()[-1]
                break
        for _ in range(self._count):
            self._start("dask_worker", self.address, "--nthreads", "1", "--no-nanny")
        from distributed import Client

        with Client(self.address, timeout="120s", set_as_default=False) as client:
            client.wait_for_workers(self._count, timeout=300)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
            if process.stderr:
                process.stderr.close()

    def kill_a_worker(self) -> None:
        self._processes[1].send_signal(signal.SIGKILL)

    def _start(self, module: str, *words: str) -> subprocess.Popen[str]:
        is_first = not self._processes
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *words, *_QUIET],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if is_first else subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
            cwd=ROOT,
        )
        self._processes.append(process)
        return process
