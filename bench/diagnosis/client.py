"""Start, use and end the processes that run a user's loader."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Self

from bench.diagnosis.record import BatchTimes, LoaderFacts, LoaderRun, Variant
from bench.errors import LoaderError, WorkerError
from bench.system.temporary import temporary_folder
from bench.system.watch import Watch
from bench.worker.process import Child
from bench.worker.protocol import Refused, Result

_START_S = 600.0
"""A user's module may read a data set when it is imported."""
_PATIENCE, _MIN_LIMIT_S = 20, 600.0
"""A run may take so many times its window, or so long, before it is taken to hang."""


@dataclass(frozen=True, slots=True)
class LoaderRequest:
    """What a user named; the fields are those of `LoaderSession`."""

    target: str
    step: str | None
    folder: str


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A variant to run; the fields are those of `LoaderSession.run`."""

    fields: dict[str, Any]
    seconds: float
    starts: int
    step_s: float | None
    watched: bool


class LoaderProcess(Child):
    """A process with a user's loader."""

    def __init__(self, request: LoaderRequest, watch: Watch) -> None:
        # The user's own variables: what they set is part of what they want to know about. But a
        # socket by which tensors are shared needs a short path.
        short = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary_folder()))
        super().__init__("bench.diagnosis", request, os.environ | short, watch)
        self.request = request

    def open(self) -> LoaderFacts:
        """Load what the user named.

        Raises:
            LoaderError: there is no such loader, or the user's code raised an error.

        """
        values = _values(self.ask(self.request, _START_S))
        for name in ("starts", "sharings"):
            values[name] = tuple(values[name])
        return LoaderFacts(**values)

    def run(self, request: RunRequest) -> dict[str, Any]:
        """Run a variant; return what `LoaderSession.run` does.

        Raises:
            LoaderError: the user's code raised an error, or a worker ended.

        """
        return _values(self.ask(request, max(_MIN_LIMIT_S, _PATIENCE * request.seconds)))


def in_text(name: str) -> str:
    """Return a name that may be no text, as those of files are, so that JSON holds it."""
    return os.fsencode(name).decode("latin-1")


def _values(reply: object) -> dict[str, Any]:
    if isinstance(reply, Refused):
        raise LoaderError(*reply.texts)
    if not isinstance(reply, Result):
        raise WorkerError("the process of the loader answered out of turn")
    return reply.values


class LoaderProcesses:
    """A process for variants with workers, and one for those whose consumer loads.

    A data set that the consumer has read from may hold what workers must not inherit, such as an
    open file. A context manager.
    """

    def __init__(self, target: str, step: str | None) -> None:
        """Start none yet; the arguments are those of `LoaderSession`."""
        self._named = (in_text(target), in_text(step) if step else None)
        self._stack = ExitStack()
        self._processes: dict[bool, LoaderProcess] = {}
        self.facts: LoaderFacts
        """The loader as it is, once it is opened."""
        self.step_s: float | None = None
        """How long a step takes that is waited, in s; None: none is."""

    def __enter__(self) -> Self:
        self._watch = self._stack.enter_context(Watch())
        folder = tempfile.mkdtemp(prefix="data-factory-", dir=temporary_folder())
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self._folder = folder
        try:
            process = self._start()
            self.facts = process.open()
            self._processes[self.facts.workers == 0] = process
        except BaseException as error:
            self._stack.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)  # type: ignore[arg-type]

    def _start(self) -> LoaderProcess:
        process = LoaderProcess(LoaderRequest(*self._named, self._folder), self._watch)
        self._stack.push(process.__exit__)
        return process

    def run(
        self, variant: Variant, seconds: float, round_: int = 0, starts: int = 0
    ) -> LoaderRun | None:
        """Run a variant; None: it gave no batch.

        Args:
            variant: what to run.
            seconds: how long, at least.
            round_: of which round it is.
            starts: how many beginnings of an epoch to time at least.

        Raises:
            LoaderError: the user's code raised an error, or a worker ended.

        """
        values = self.values(variant, seconds, starts)
        return loader_run(variant, round_, values) if values["batches"] else None

    def values(
        self, variant: Variant, seconds: float, starts: int = 0, *, watched: bool = True
    ) -> dict[str, Any]:
        """Run a variant; return what `LoaderSession.run` does."""
        here = variant.in_consumer(self.facts)
        if here not in self._processes:
            self._processes[here] = self._start()
            self._processes[here].open()
        request = RunRequest(asdict(variant), seconds, starts, self.step_s, watched)
        return self._processes[here].run(request)


def loader_run(variant: Variant, round_: int, values: dict[str, Any]) -> LoaderRun:
    """Return a run from the values that its process sent."""
    values = dict(values)
    values["times"] = tuple(BatchTimes(**time) for time in values["times"])
    values["first_batch_s"] = tuple(values["first_batch_s"])
    values["memory_points"] = tuple((at, size) for at, size in values["memory_points"])
    return LoaderRun(
        name=variant.name, field=variant.field, value=variant.value, round=round_, **values
    )
