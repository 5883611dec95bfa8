"""A run on the screen: a row a case as it is measured, above a bar with the time left."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Self

from rich.progress import BarColumn, Progress, TextColumn

from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from bench.bundle import Block, Problem
    from bench.cases import CaseSpec
    from bench.pipeline.configuration import Configuration


class Screen:
    """Shows a run on stderr; a context manager."""

    def __init__(self, console: Console, blocks: int, decoded_bytes: dict[str, int]) -> None:
        """Blocks is how many are planned, decoded_bytes the size of each case's batch by id."""
        self._console = console
        self._decoded_bytes = decoded_bytes
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[left]}"),
            console=console,
            # Drawn only between blocks: a drawing thread would disturb what is measured.
            auto_refresh=False,
        )
        self._task = self._bar.add_task("starting", total=blocks, left="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def probing(self, what: str) -> None:
        """Say what is being measured alone."""
        self._bar.update(self._task, description=what)
        self._bar.refresh()

    def waiting(self, process: int, processes: int) -> None:
        """Say which process is measuring."""
        self._bar.update(self._task, description=f"process {process + 1} of {processes}")
        self._bar.refresh()

    def measured(self, case: CaseSpec, block: Block, loops: int, *, first: bool) -> None:
        """Print a case's row when it is first measured."""
        if not first:
            return
        seconds = median(block.samples_us) / loops / 1e6
        rate = self._decoded_bytes[case.id] / seconds / 1e6
        what = f"{case.payload} x{case.batch}"
        self._console.print(
            f"{case.kind:<7} {case.codec or '':<26} {what:<14} "
            f"{seconds * 1e3:>9.3f} ms {rate:>9,.0f} MB/s",
            highlight=False,
        )

    def ran(self, configuration: Configuration, window: dict[str, Any] | None) -> None:
        """Print a configuration's row."""
        if window is None:
            return
        rate = window["batches"] * configuration.samples / window["us"] * 1e6
        tax = f"{percent(1 - window['step'][0] / window['us']):>6} tax" if window["step"] else ""
        where = "" if configuration.storage == "disk" else f" {configuration.storage}"
        feeds = "" if configuration.accelerator == "none" else f" {configuration.accelerator}"
        self._console.print(
            f"{'feed':<7} {configuration.codec:<26} "
            f"{configuration.payload} x{configuration.samples:<8} "
            f"{configuration.workers}w{where}{feeds}: {rate:>9,.0f} samples/s {tax}",
            highlight=False,
        )

    def message(self, text: str) -> None:
        """Show a message."""
        self._console.print(text, style="dim", markup=False, highlight=False)

    def failed(self, case: CaseSpec, problem: Problem, detail: str) -> None:
        """Say why a case cannot be measured."""
        self._console.print(f"{case.id}: {problem.value}; the run goes on without it", style="red")
        self._console.print(detail.rstrip(), style="dim", markup=False, highlight=False)

    def progress(self, done: int, left_s: float) -> None:
        """Move the bar."""
        left = f"about {left_s:.0f} s left"
        total = max(done, int(self._bar.tasks[0].total or 0))
        self._bar.update(self._task, completed=done, total=total, left=left)
        self._bar.refresh()
