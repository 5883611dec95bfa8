"""The bundle of a run while it grows: after every block it is whole on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.bundle import Block, calm_samples, parse, read, reference_us, write
from bench.bundle.canonical import dumps
from bench.bundle.gates import gates
from bench.cases import CaseSpec, Filters
from bench.environment import environment
from bench.errors import BenchError
from bench.run.pipeline_record import Document, Pipelines
from bench.run.schedule import Slot
from bench.worker.protocol import Request

if TYPE_CHECKING:
    from pathlib import Path

    from bench.bundle import Problem
    from bench.worker.protocol import Measured, Ready


class Recorder:
    """Writes what is measured into the document, and the document to disk."""

    def __init__(self, path: Path, document: Document) -> None:
        """Take a document, that of a new run or of one that goes on.

        Raises:
            BundleError: it is not one that could be read back; better now than after the run.

        """
        parse(dumps(document), str(path))
        self._path = path
        self._document = document
        self._before_ns: int = document["run"]["elapsed_ns"]
        self._order = 0
        self._canaries: dict[int, list[int]] = {}
        self._slow: set[int] = set()
        for rank, case in enumerate(document["cases"]):
            for block in case["blocks"]:
                if not block.warmup_us and document["run"]["warmup"]:
                    self._slow.add(rank)
                self._order = max(self._order, block.order + 1)
                self._canaries.setdefault(block.process, []).extend(block.canary_us)
        pipeline = document["pipeline"]
        self.pipeline = Pipelines(pipeline) if isinstance(pipeline, dict) else None
        self._kept: int | None = self._count()

    @property
    def path(self) -> Path:
        """Where the bundle is."""
        return self._path

    @property
    def run(self) -> Document:
        """The run's part of the document."""
        run: Document = self._document["run"]
        return run

    @property
    def cases(self) -> tuple[CaseSpec, ...]:
        """The cases in order of rank."""
        names = ("kind", "codec", "payload", "size", "batch")
        return tuple(CaseSpec(*(case[n] for n in names)) for case in self._document["cases"])

    def decoded_bytes(self) -> dict[str, int]:
        """Return the bytes of each case's batch as arrays, by the case's id."""
        return {case["id"]: case["decoded_bytes"] for case in self._document["cases"]}

    @property
    def blocks(self) -> int:
        """Number of blocks in the bundle on disk, windows of the pipeline among them."""
        if self._kept is None:
            # The last write was cut short, by an error or a Ctrl-C: before it replaced the file
            # or after.
            try:
                self._kept = read(self._path).measured_blocks
            except BenchError:
                self._kept = 0
        return self._kept

    def request(self, case: int) -> Request:
        """Return the request for a block of a case, at the pace of its earlier ones."""
        return Request(case, self._document["cases"][case]["loops"], case in self._slow)

    def slots(self) -> list[Slot]:
        """Return the slots that are measured."""
        return [
            Slot(rank, block.process, block.window, block.attempt)
            for rank, case in enumerate(self._document["cases"])
            for block in case["blocks"]
        ]

    def judge(self, process: int) -> dict[Slot, int]:
        """Hold all blocks of a process against its canaries so far.

        Returns the first attempts to run again, each with the calm samples its case has there.
        """
        reference = reference_us(self._canaries.get(process, [1]))
        flagged: dict[Slot, int] = {}
        for rank, case in enumerate(self._document["cases"]):
            indices = [i for i, block in enumerate(case["blocks"]) if block.process == process]
            for index in indices:
                block = case["blocks"][index]
                case["blocks"][index] = block._replace(gates=gates(block, reference))
            blocks = [case["blocks"][index] for index in indices]
            calm = sum(len(calm_samples(block, reference)) for block in blocks)
            for block in blocks:
                if block.gates and block.attempt == 1:
                    flagged[Slot(rank, process, block.window)] = calm
        return flagged

    def problems(self) -> list[int]:
        """Return the ranks of the cases that cannot be measured."""
        return [r for r, case in enumerate(self._document["cases"]) if case["problem"]]

    def ready(self, ready: Ready) -> None:
        """Note what a measuring process says of itself: threads, cores, what slows it."""
        self._document["threads"] = {
            "torch": ready.torch_threads or "unavailable: not installed",
            "arrow": ready.arrow_threads,
            "omp": ready.omp_threads,
        }
        self._document["machine"]["cores_usable"] = ready.cores_usable
        slowed_by = self._document["slowed_by"] or []
        self._document["slowed_by"] = sorted({*slowed_by, *ready.slowed_by})

    @property
    def wants_storage(self) -> bool:
        """Whether the disk is still to be read: in runs of all cases, once."""
        selected = any(self.run[name] for name in Filters._fields)
        return self._document["storage"] is None and not selected

    def storage(self, document: Document | str, elapsed_ns: int) -> None:
        """Note what the disk gave, or why it was not read."""
        self._document["storage"] = document
        self.save(elapsed_ns)

    def measured(self, slot: Slot, result: Measured, elapsed_ns: int) -> Block:
        """Add a block, with the gates it does not pass by now, and write the bundle."""
        self._canaries.setdefault(slot.process, []).extend(result.canary_us)
        bare = Block(
            process=slot.process,
            window=slot.window,
            attempt=slot.attempt,
            order=self._order,
            warmup_us=result.warmup_us,
            samples_us=result.samples_us,
            cpu_us=result.cpu_us,
            canary_us=result.canary_us,
            gates="",
        )
        block = bare._replace(gates=gates(bare, reference_us(self._canaries[slot.process])))
        case = self._document["cases"][slot.case]
        case["blocks"].append(block)
        case["loops"] = result.loops
        case["encoded_bytes"] = result.encoded_bytes
        if result.slow:
            self._slow.add(slot.case)
        self._order += 1
        self._note_data(case, result.data_sha256)
        self.save(elapsed_ns)
        return block

    def failed(self, case: int, problem: Problem, elapsed_ns: int) -> None:
        """Note that a case cannot be measured, and write the bundle."""
        self._document["cases"][case]["problem"] = problem.value
        self.save(elapsed_ns)

    def complete(self, elapsed_ns: int) -> None:
        """Note that the run came to its end, and what it left out; write the bundle."""
        self._document["after"] = environment().model_dump(mode="json")
        self.run["state"] = "complete"
        self.run["left_out"] = [
            case["id"]
            for case in self._document["cases"]
            if not case["blocks"] and not case["problem"]
        ]
        self.save(elapsed_ns)

    def save(self, elapsed_ns: int) -> None:
        """Write the bundle; elapsed_ns is the wall time of this launch so far.

        Raises:
            StoreError: it cannot be written; the last version is still there.

        """
        self.run["elapsed_ns"] = self._before_ns + elapsed_ns
        self._kept = None
        write(self._path, self._document)
        self._kept = self._count()

    def _count(self) -> int:
        blocks = sum(len(case["blocks"]) for case in self._document["cases"])
        return blocks + (self.pipeline.measured_windows if self.pipeline else 0)

    def _note_data(self, case: Document, sha256: str) -> None:
        entry = {name: case[name] for name in ("payload", "size", "batch")} | {"sha256": sha256}
        if entry not in self._document["data"]:
            self._document["data"].append(entry)
