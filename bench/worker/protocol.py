"""What the run and its measuring processes say to each other: one JSON object a line.

The run asks for one block at a time, and only after it has written the last one to disk; so nothing
but the measurement runs while something is measured, and nothing measured is lost.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from bench.cases import CaseSpec


@dataclass(frozen=True, slots=True)
class Job:
    """First line to a process: what stays the same for all its blocks, `turns` at the most."""

    nonce: str
    samples: int
    warmup: int
    turns: int
    cases: tuple[CaseSpec, ...]

    @classmethod
    def parse(cls, line: bytes) -> Job:
        """Read a job back from its line."""
        fields = orjson.loads(line)
        del fields["is"]
        return cls(**{**fields, "cases": tuple(CaseSpec(**case) for case in fields["cases"])})


@dataclass(frozen=True, slots=True)
class Request:
    """A block to measure: the position of its case in the job, and its pace where known."""

    case: int
    loops: int | None
    slow: bool

    @classmethod
    def parse(cls, line: bytes) -> Request | None:
        """Read a request back from its line; None at the end of the run, or of its process."""
        if not line:
            return None
        fields = orjson.loads(line)
        del fields["is"]
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Ready:
    """First answer: the process has imported what it needs."""

    torch_threads: int | None
    arrow_threads: int
    omp_threads: int
    cores_usable: int
    slowed_by: tuple[str, ...]
    """What slows it from outside."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A block's raw numbers (see `bench.bundle.Block`), and what they were taken on."""

    loops: int
    slow: bool
    encoded_bytes: int | None
    data_sha256: str
    warmup_us: tuple[int, ...]
    samples_us: tuple[int, ...]
    cpu_us: int | None
    canary_us: tuple[int, ...]
    setup_ns: int
    """What making the case ready took, once a process."""
    calibration_ns: int
    """What choosing how many calls are a sample took, once a run."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A case that cannot be measured. detail is for the user's screen, never for a bundle."""

    problem: str
    detail: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a process that runs the pipeline measured, as plain values."""

    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it cannot do what it was asked: the name of an error of `bench.errors`, and its texts."""

    error: str
    texts: tuple[str, ...]
    outside: str | None = None
    """See `bench.errors.PipelineError`."""


Answer = Ready | Measured | Failed | Result | Refused
_ANSWERS: dict[str, Any] = {
    kind.__name__: kind for kind in (Ready, Measured, Failed, Result, Refused)
}


def line(message: object) -> bytes:
    """Return a message as its line."""
    return orjson.dumps({"is": type(message).__name__, **asdict(message)}, default=_row) + b"\n"  # type: ignore[call-overload]


def _row(value: object) -> tuple[object, ...]:
    """Write a named tuple as a row."""
    if isinstance(value, tuple):
        return tuple(value)
    raise TypeError(f"a message cannot hold {type(value).__name__}")


def answer(data: bytes) -> Answer:
    """Read an answer back from its line."""
    fields: dict[str, Any] = orjson.loads(data)
    kind = _ANSWERS[fields.pop("is")]
    fixed = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    result: Answer = kind(**fixed)
    return result
