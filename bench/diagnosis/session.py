"""The process that runs a user's loader, from within."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import shutil
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import DataLoader, IterableDataset

from bench.diagnosis.batches import copied, leaves
from bench.diagnosis.instruments import UNSENT, Look, digests, looked_at_here
from bench.diagnosis.record import LoaderFacts, Variant
from bench.diagnosis.target import load, run_users, users_traceback
from bench.diagnosis.variants import LOADER_AS_IS, sharings, start_methods, variant_of
from bench.diagnosis.window import LoaderWindow
from bench.errors import LoaderError
from bench.pipeline.accelerator import Emulator
from bench.pipeline.loader_workers import last_line
from bench.system import causes
from bench.system.limits import usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable

_REPLAYED = 8
"""Batches that are kept in memory to be replayed."""
_REPLAYED_BYTES = 1 << 30
"""They take so much at the most."""


class LoaderSession:
    """Runs variants of one loader, one after another."""

    def __init__(self, target: str, step: str | None, folder: str) -> None:
        """Load what the user named.

        Args:
            target: `MODULE_OR_FILE:NAME` of a DataLoader, or of a function that returns one.
            step: the same of a function that takes a batch; None: there is none.
            folder: a scratch folder.

        Raises:
            LoaderError: there is no such loader, or the user's code raised an error.

        """
        self._target, self._folder = target, Path(folder)
        self._loader = _loader(target)
        self._step = _step(step) if step else None
        self._batches: list[Any] = []

    def facts(self) -> dict[str, Any]:
        """Return the fields of `LoaderFacts`."""
        return asdict(facts_of(self._loader))

    def run(
        self,
        fields: dict[str, Any],
        seconds: float,
        starts: int,
        step_s: float | None,
        *,
        watched: bool,
    ) -> Any:
        """Run a variant; return the fields of `LoaderRun`.

        Args:
            fields: of a `Variant`.
            seconds: how long, at least, once there is a first batch.
            starts: how many beginnings of an epoch to time at least.
            step_s: how long a step takes that is waited, in s; None: none is.
            watched: whether what loads is timed.

        Raises:
            LoaderError: the user's code raised an error, or a worker ended.

        """
        variant = Variant(**fields)
        consume = self._step or _waited(step_s)
        if variant.field == "replay":
            return self._replay(seconds, consume)
        mode = str(variant.value) if variant.field in {"collate", "batches", "digests"} else ""
        threads = variant.value if variant.field == "threads" else None
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        look = Look(str(folder), mode, threads, watched)
        loader = variant_of(self._loader, variant, look)
        before = torch.multiprocessing.get_sharing_strategy()
        if mode == "nothing" and self._step:
            consume = _nothing  # without a batch it cannot run
        window = LoaderWindow(loader, consume, folder)
        here = look if not loader.num_workers else Look(str(folder), watched=False)
        try:
            if variant.field == "sharing":
                torch.multiprocessing.set_sharing_strategy(variant.value)
            with looked_at_here(here):
                summary = self._guarded(window, seconds, starts, folder)
            if mode == "digests":
                summary["digests"] = digests(folder)
            return summary
        finally:
            torch.multiprocessing.set_sharing_strategy(before)
            shutil.rmtree(folder, ignore_errors=True)

    def _guarded(self, window: LoaderWindow, seconds: float, starts: int, folder: Path) -> Any:
        """Run a window; what breaks in it is the user's, or the system's."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return window.run(seconds, starts)
        except (Exception, SystemExit) as error:
            unsent = folder / UNSENT
            if unsent.exists():
                text = last_line(unsent.read_text(encoding="utf-8", errors="replace"))
                raise LoaderError(f"a worker could not send a batch: {text}") from error
            if "exited unexpectedly" in str(error) or "killed by signal" in str(error):
                raise LoaderError(_why_ended(error)) from error
            known = causes.error_reason(error)
            if known:
                raise LoaderError(known) from error
            raise LoaderError(f"the loader raised an error:\n{users_traceback(error)}") from error

    def _replay(self, seconds: float, consume: Callable[[Any], object]) -> Any:
        """Run the step on batches that lie in memory."""
        if not self._batches:
            plain = variant_of(self._loader, LOADER_AS_IS, Look(str(self._folder), watched=False))
            window = LoaderWindow(plain, self._keep, self._folder)
            self._guarded(window, 0.0, 0, self._folder)
        batches = itertools.cycle(self._batches)
        return LoaderWindow(_Endless(batches), consume, self._folder).run(seconds, 0)

    def _keep(self, batch: Any) -> None:
        size = sum(t.nbytes for t in _tensors(batch)) or 1
        if len(self._batches) < min(_REPLAYED, _REPLAYED_BYTES // size + 1):
            self._batches.append(copied(batch))


def _tensors(batch: Any) -> list[Any]:
    return [leaf for leaf in leaves(batch) if hasattr(leaf, "nbytes")]


class _Endless:
    """Batches from memory, as if they were a loader's."""

    batch_size = None
    num_workers = 0
    prefetch_factor = None
    _iterator = None

    def __init__(self, batches: Any) -> None:
        self._batches = batches

    def __iter__(self) -> Any:
        return self._batches


def _step(target: str) -> Callable[[Any], object]:
    function = load(target)
    if not callable(function):
        raise LoaderError(f"{target}: this is {type(function).__name__}, and no function")
    step: Callable[[Any], object] = function
    return step


def _waited(step_s: float | None) -> Callable[[Any], object]:
    return _nothing if step_s is None else Emulator(step_s).consume


def _nothing(batch: Any) -> None:
    """Take a batch, and no time."""
    del batch


def _loader(target: str) -> Any:
    value = load(target)
    if callable(value) and not isinstance(value, DataLoader):
        value = run_users(value, target)
    if not isinstance(value, DataLoader):
        kind = type(value).__name__
        remedy = "name a DataLoader, or a function without arguments that returns one"
        if kind == "WebLoader":
            remedy = "give torch's DataLoader the same data set, and name that"
        raise LoaderError(f"{target}: this is {kind}, and no torch DataLoader; {remedy}")
    return value


def facts_of(loader: Any) -> LoaderFacts:
    """Return a loader as it is, and what can be changed about it."""
    context = loader.multiprocessing_context
    start = context.get_start_method() if context else multiprocessing.get_start_method()
    iterable = isinstance(loader.dataset, IterableDataset)
    return LoaderFacts(
        kind="iterable" if iterable else "map",
        workers=loader.num_workers,
        prefetch=loader.prefetch_factor or 0,
        start=start,
        sharing=torch.multiprocessing.get_sharing_strategy(),
        pin=loader.pin_memory,
        persistent=loader.persistent_workers,
        in_order=loader.in_order,
        batch_size=loader.batch_size,
        batches=_length(loader),
        cores=usable_cores(),
        starts=tuple(s for s in start_methods() if s != "fork" or s == start or os.name != "nt"),
        sharings=sharings(),
        can_pin=torch.cuda.is_available(),
        most_threads=_most_threads(),
        shards=_shards(loader.dataset),
        unchangeable=_unchangeable(loader, start),
    )


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except Exception:  # noqa: BLE001 - the user's own __len__ may raise anything
        return None


def _shards(dataset: Any) -> int | None:
    """Return the number of shards that a data set of Hugging Face says to have."""
    count = getattr(dataset, "num_shards", None)
    return count if isinstance(count, int) else None


def _most_threads() -> int:
    """Return how many threads a library of a worker would use, beside torch, which has one."""
    from threadpoolctl import threadpool_info

    counts = [info["num_threads"] for info in threadpool_info() if "torch" not in info["filepath"]]
    try:
        import cv2
    except ImportError:
        pass
    else:
        counts.append(cv2.getNumThreads())
    return max(counts, default=1)


def _unchangeable(loader: Any, start: str) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if not loader.num_workers:
        why = "it has no workers"
        reasons |= dict.fromkeys(("prefetch", "persistent", "sharing", "start", "order"), why)
    elif loader.persistent_workers:
        reasons["persistent"] = "its workers outlive an epoch already"
    if not torch.cuda.is_available():
        reasons["pin"] = "there is no device here that pinned memory is for"
    if len(start_methods()) == 1:
        reasons["start"] = f"this system only has {start}"
    return reasons


def _why_ended(error: BaseException) -> str:
    text = causes.text_reason(str(error))
    return f"a worker of the loader ended: {text or last_line(str(error))}"
