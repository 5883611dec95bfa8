"""Start, use and end a process that runs the pipeline, from the run's side."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import errors
from bench.bundle import remove_leftovers, scratch
from bench.bundle.files import make_folder, store_error
from bench.errors import BenchError, ConfigurationError, PipelineError, WorkerError
from bench.system.limits import SHARED_MEMORY
from bench.system.temporary import temporary_folder
from bench.worker.process import Child
from bench.worker.protocol import Refused, Result
from bench.worker.variables import variables

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from bench.pipeline.configuration import Configuration
    from bench.system.watch import Watch

_PATIENCE = 60
_MIN_LIMIT_S = 300.0
"""A configuration may take so many times its window, or so long, before its process is taken to
hang. A loader that breaks, or gives no batch, says so much earlier."""

KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""Have GNU's C library keep the memory that a batch has freed for the next one.

By default it returns it to the system at times and not at others, depending on what was allocated
before; then each page is mapped anew, and the same batch takes up to four times as long.
"""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """First message to a process."""

    folder: str
    """Where data sets on disk and tasks are written."""
    nonce: str
    """What data sets are generated from."""


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """A configuration to run."""

    configuration: dict[str, Any]
    """Its fields."""
    kept: int
    """How many batches to record one by one at most."""
    canaries: int
    """How many to time before the window, and after it."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """A stage to measure in isolation."""

    name: str
    """Name in `bench.pipeline.probes.PROBES`."""
    seconds: float
    """How long to measure each thing."""
    configurations: tuple[dict[str, Any], ...]
    """Fields of the configurations to measure it for."""


class PipelineProcess(Child):
    """A process that runs one configuration after another; its data sets are removed with it."""

    def __init__(self, folder: Path, nonce: str, watch: Watch | None = None) -> None:
        """Start it, with its data sets in a hidden folder within a folder.

        Its temporary files are in a hidden folder, too, so that none is left if it is killed.

        Raises:
            StoreError: there is no place for its files.

        """
        remove_leftovers(folder, below=True)
        remove_leftovers(SHARED_MEMORY)
        self._folders = ExitStack()
        with self._folders:
            make_folder(folder)
            paths = [self._new_folder(parent) for parent in (folder, temporary_folder())]
            settings = KEEP_MEMORY | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(paths[1]))
            options = SessionOptions(str(paths[0]), nonce)
            super().__init__("bench.pipeline", options, variables(settings), watch)
            self._folders = self._folders.pop_all()

    def _new_folder(self, parent: Path) -> Path:
        try:
            path = self._folders.enter_context(scratch(parent))
            path.mkdir()
        except OSError as error:
            raise store_error(parent, error) from error
        return path.resolve()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._folders.close()

    def measure(
        self, configuration: Configuration, kept: int = 100, canaries: int = 1
    ) -> dict[str, Any]:
        """Run a configuration; return what `PipelineSession.measure` does.

        Raises:
            ConfigurationError: this machine cannot run it.
            PipelineError: a worker broke.
            WorkerLostError: the process broke.

        """
        limit_s = max(_MIN_LIMIT_S, _PATIENCE * configuration.seconds)
        fields = configuration.model_dump(mode="json")
        return self._result(MeasureRequest(fields, kept, canaries), limit_s)

    def probe(self, request: ProbeRequest) -> list[dict[str, Any]]:
        """Measure a stage in isolation; return records of `bench.bundle`.

        Raises:
            BenchError: it cannot be measured.

        """
        records: list[dict[str, Any]] = self._result(request, _MIN_LIMIT_S)["records"]
        return records

    def _result(self, message: object, limit_s: float) -> dict[str, Any]:
        reply = self.ask(message, limit_s)
        if isinstance(reply, Refused):
            raise _error(reply)
        if not isinstance(reply, Result):
            raise WorkerError("the measuring process answered out of turn")
        return reply.values


def _error(reply: Refused) -> BenchError:
    kind = getattr(errors, reply.error, PipelineError)
    if kind is ConfigurationError:
        return ConfigurationError(*reply.texts)
    return PipelineError(*reply.texts, outside=reply.outside)
