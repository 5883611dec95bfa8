"""The instruments themselves: a decoder that crashes, hangs or takes too much is noticed."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

from formats.batch import memory_limit
from formats.registry import DECODERS, LAYOUTS, bind
from tests.hostile import children, corpus, fuzz
from tests.hostile.children import Result, Round
from tests.hostile.judge import SLACK, Meter
from tests.hostile.mutations import DEEP
from tests.hostile.test_formats import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from formats.payloads import Batch

pytestmark = pytest.mark.hostile

CODEC = "csv/rows/stdlib"


@dataclass(frozen=True)
class Sabotage(Round):
    """A round that ends the process, or hangs, at its second step."""

    deed: str = "exit"

    def inputs(self) -> Iterator[bytes]:
        yield b"1"
        if self.deed == "hang":
            time.sleep(60)
        if self.deed == "exit":
            os._exit(3)
        yield b"2"


def test_a_crash_and_a_hang_are_results_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "PATIENCE_S", 2)
    jobs = [Sabotage(CODEC, "tokens", 1, 0, 2, deed) for deed in ("nothing", "exit", "hang")]
    results: list[Result] = []
    children.run(jobs, results.append, warm=False)
    message = [problem for result in results for _, problem in result.problems]
    assert [result.job for result in results] == jobs
    assert len(message) == 2
    assert message[0].startswith("died with exit code 3")
    assert message[1].startswith("hung for 2 s")
    assert [result.decodes for result in results] == [2, 2, 2]


class Hungry(Broken):
    """A codec that takes some memory more than it may."""

    def decode(self, data: bytes, out: Batch | None = None) -> Batch:
        held = np.ones((memory_limit(len(data)) + SLACK + (32 << 20)) // 8)
        return {"ids": np.zeros((2, 300), np.int32) + np.int32(held[0])}


class Noisy(Broken):
    """A codec that warns."""

    def decode(self, data: bytes, out: Batch | None = None) -> Batch:
        warnings.warn("odd", stacklevel=1)
        return {"ids": np.zeros((2, 300), np.int32)}


def test_memory_beyond_the_limit_is_noticed() -> None:
    problem = Meter().judge(Hungry(None), b"x").problem
    assert problem is not None
    assert "took" in problem or "raised MemoryError" in problem or "_ArrayMemoryError" in problem


def test_memory_within_the_limit_is_not() -> None:
    meter = Meter()
    fine = {"ids": np.zeros((2, 300), np.int32)}
    assert meter.judge(Broken(fine), b"x").problem is None
    assert "slack" in meter.how


def test_peak_memory_stands_in_where_address_space_cannot_be_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Meter, "_probe", lambda self: "unavailable: no module `resource`")
    meter = Meter()
    peaks = iter([1 << 20, 1 << 20, 1 << 20, 1 << 50])
    monkeypatch.setattr(meter, "_peak", lambda: next(peaks))
    fine = Broken({"ids": np.zeros((2, 300), np.int32)})
    assert "unavailable: no module `resource`" in meter.how
    assert meter.judge(fine, b"x").problem is None
    assert "MiB for 1 bytes" in str(meter.judge(fine, b"x").problem)


def test_a_decoder_that_warns_is_noticed() -> None:
    problem = Meter().judge(Noisy(None), b"x").problem
    assert problem == "warned: odd"


@pytest.mark.parametrize("codec", DECODERS)
def test_mutations_are_the_same_again(codec: str) -> None:
    name = next(name for value, name in corpus.pairs() if value == codec)
    for number in range(3):
        first = list(islice(corpus.mutated(1, codec, name, number), 40))
        assert first == list(islice(corpus.mutated(1, codec, name, number), 40))
        assert len(set(first)) > 5
        assert first != list(islice(corpus.mutated(2, codec, name, number), 40))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_mutated_is_valid(layout: str) -> None:
    entry = next(entry for entry in DECODERS.values() if entry.layout == layout)
    for name in [name for codec, name in corpus.pairs() if codec == entry.codec]:
        for samples in (*corpus.BATCHES, corpus.large(layout, name)):
            batch = bind(entry, corpus.subject(name)).decode(corpus.valid(layout, name, samples))
            assert len(next(iter(batch.values()))) == samples


def test_mutations_reach_deep_and_far() -> None:
    items = [
        data
        for number in range(200)
        for data in islice(corpus.mutated(1, CODEC, "tokens", number), 4)
    ]
    assert any(len(data) > 300_000 for data in items)
    nested = islice(corpus.mutated(5, "json/lines/wire", "tokens", 1), 400)
    assert any(b"[" * DEEP in data for data in nested)


def _tell(problem: str | None) -> Callable[..., str]:
    def run(jobs: Sequence[Round], note: Callable[[Result], None]) -> str:
        for job in jobs:
            note(Result(job, refused=2, returned=1, problems=[(0, problem)] if problem else []))
        return "nothing"

    return run


def test_the_command_names_each_violation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    arguments = ["--codec", CODEC, "--payload", "tokens", "--decodes", "25", "--no-bombs"]
    monkeypatch.setattr(children, "run", _tell("raised KeyError: 'ids'"))
    assert fuzz.main([*arguments, "--keep", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "raised KeyError: 'ids'" in out
    assert (
        f"python -m tests.hostile.fuzz --seed 1 --codec {CODEC} --payload tokens"
        " --round 0 --steps 25" in out
    )
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == next(corpus.mutated(1, CODEC, "tokens", 0))


def test_the_command_is_content_with_no_violation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(children, "run", _tell(None))
    assert fuzz.main(["--codec", CODEC, "--decodes", "25"]) == 0
    assert "csv/rows/stdlib" in capsys.readouterr().out


def test_an_unknown_codec_is_an_error() -> None:
    with pytest.raises(SystemExit):
        fuzz.main(["--codec", "xml"])
