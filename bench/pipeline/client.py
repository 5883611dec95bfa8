"""Start, ask and end a process that runs the pipeline, from the run's side."""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench import errors
from bench.errors import BenchError, ConfigurationError, PipelineError, WorkerError
from bench.worker.process import Child
from bench.worker.protocol import Found, Refused

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from bench.pipeline.configuration import Configuration

_PATIENCE = 60
"""So many times a window may a configuration take: see `window`; a slow one is not lost."""
_LEAST_S = 300.0

HIDDEN = ".data-factory-"
"""How folders of data sets are called while something is measured."""

KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""Memory that a batch has let go of is kept for the next, where the C library is GNU's.

Left to itself, that gives it back at times and not at others, depending on what was allocated
before; then each page is fetched anew, and the same batch takes up to four times as long.
"""


@dataclass(frozen=True, slots=True)
class Hello:
    """First line to a process: where data sets may lie, and what they are made from."""

    folder: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A configuration to run, and how many batches to keep as they were."""

    configuration: dict[str, Any]
    kept: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A stage to measure alone, for so long each time; configurations to measure it for."""

    name: str
    seconds: float
    configurations: tuple[dict[str, Any], ...]


class Host(Child):
    """A process that runs one configuration after another; its data sets go with it."""

    def __init__(self, folder: Path, nonce: str) -> None:
        """Start it, with data sets in a hidden folder of the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._place = TemporaryDirectory(prefix=HIDDEN, dir=folder, ignore_cleanup_errors=True)
        super().__init__("bench.pipeline", Hello(self._place.name, nonce), KEEP_MEMORY)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._place.cleanup()

    def measure(self, found: Configuration, kept: int = 100) -> dict[str, Any]:
        """Run a configuration; return what `session.measure` does.

        Raises:
            ConfigurationError: this machine cannot run it so.
            PipelineError: a worker broke.
            WorkerLostError: the process broke.

        """
        limit_s = max(_LEAST_S, _PATIENCE * found.seconds)
        return self._found(Measure(found.model_dump(mode="json"), kept), limit_s)

    def probe(self, asked: Probe) -> list[dict[str, Any]]:
        """Measure a stage alone; return records of `bench.bundle`.

        Raises:
            BenchError: it cannot be measured.

        """
        records: list[dict[str, Any]] = self._found(asked, _LEAST_S)["records"]
        return records

    def _found(self, message: object, limit_s: float) -> dict[str, Any]:
        reply = self.ask(message, limit_s)
        if isinstance(reply, Refused):
            raise _raised(reply)
        if not isinstance(reply, Found):
            raise WorkerError("the measuring process answered out of turn")
        return reply.found


def _raised(reply: Refused) -> BenchError:
    kind = getattr(errors, reply.error, PipelineError)
    if kind is ConfigurationError:
        return ConfigurationError(*reply.texts)
    return PipelineError(*reply.texts)
