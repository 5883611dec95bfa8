"""Who watches a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bench.bundle import Block, Problem
    from bench.cases import CaseSpec
    from bench.pipeline.configuration import Configuration


class Observer(Protocol):
    """Is told what a run does, between what it measures."""

    def probing(self, what: str) -> None:
        """A part of the machine, or of the run, is next."""

    def ran(self, configuration: Configuration, window: dict[str, Any] | None) -> None:
        """A configuration was run; window: as `bench.bundle.Window` has it, None where it broke."""

    def message(self, text: str) -> None:
        """Show a message."""

    def waiting(self, process: int, processes: int) -> None:
        """A fresh process is being started."""

    def measured(self, case: CaseSpec, block: Block, loops: int, *, first: bool) -> None:
        """A block was measured; first: no block of its case had been."""

    def failed(self, case: CaseSpec, problem: Problem, detail: str) -> None:
        """A case cannot be measured."""

    def progress(self, done: int, left_s: float) -> None:
        """So many blocks are done, and so much time is expected to be left."""
