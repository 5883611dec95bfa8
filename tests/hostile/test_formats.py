"""Whatever bytes a decoder is given: a batch or one kind of error, in bounded time and memory."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.batch import mismatch
from formats.codec import Codec
from formats.errors import DecodeError
from formats.registry import DECODERS, FORMATS, LAYOUTS, bind
from tests.hostile import bombs, children, corpus
from tests.hostile.children import Blast, Job, Result, Round
from tests.hostile.fuzz import rounds
from tests.hostile.judge import REMEDY, judge

if TYPE_CHECKING:
    from formats.payloads import Batch

pytestmark = pytest.mark.hostile

DECODES = 3_000


def problems(results: list[Result]) -> list[str]:
    """Say what broke the contract, each with the arguments that repeat it."""
    return [
        f"{result.job.codec}: {what} (python -m tests.hostile.fuzz {result.job.again})"
        for result in results
        for _, what in result.problems
    ]


TARGETS: dict[str, list[tuple[str, str]]] = {}
for _bomb, _codec, _name in bombs.names():
    TARGETS.setdefault(f"{DECODERS[_codec].format}: {_bomb}", []).append((_codec, _name))


def blast(bomb: str, target: tuple[str, str]) -> Blast:
    return Blast(*target, bomb.split(": ", 1)[1], scale=1)


@pytest.fixture(scope="module")
def results() -> list[Result]:
    """Decode damaged bytes with each codec, and each bomb with some.

    `python -m tests.hostile.fuzz` decodes many more, and bombs ten times as large with all.
    """
    jobs: list[Job] = list(rounds(corpus.pairs(), seed=2, decodes=DECODES, steps=12))
    for number, (bomb, targets) in enumerate(TARGETS.items()):
        for half in range(2):
            place = 7 * number + len(targets) * half // 2
            jobs.append(blast(bomb, targets[place % len(targets)]))
    value: list[Result] = []
    children.run(jobs, value.append)
    return value


def test_damaged_bytes_decode_or_are_refused(results: list[Result]) -> None:
    value = [result for result in results if isinstance(result.job, Round)]
    assert problems(value) == []
    assert sum(result.decodes for result in value) >= DECODES
    assert {result.job.codec for result in value} == set(DECODERS)
    assert sum(result.refused for result in value) > DECODES / 4
    assert sum(result.returned for result in value) > DECODES / 10


@pytest.mark.parametrize("bomb", TARGETS)
def test_a_bomb_is_refused_within_the_memory_limit(bomb: str, results: list[Result]) -> None:
    all_of_it = {blast(bomb, target) for target in TARGETS[bomb]}
    value = [result for result in results if result.job in all_of_it]
    assert problems(value) == []
    assert 1 <= len(value) <= 2
    for message in (message for result in value for message in result.messages):
        assert message.endswith(REMEDY)


def test_nearly_all_bombs_are_refused(results: list[Result]) -> None:
    value = [result for result in results if isinstance(result.job, Blast)]
    assert sum(result.refused for result in value) > 0.8 * len(value)
    assert {result.job.codec.split("/")[0] for result in value} == set(FORMATS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_decoders_that_accept_the_same_bytes_agree(layout: str) -> None:
    """A reader may be stricter than another; none may see other values in the same bytes."""
    codecs = [codec for codec, entry in DECODERS.items() if entry.layout == layout]
    compared = 0
    for name in [name for codec, name in corpus.pairs() if codec == codecs[0]]:
        payload = corpus.subject(name)
        bound = [bind(DECODERS[codec], payload) for codec in codecs]
        for number in range(4):
            for damaged in islice(corpus.mutated(3, codecs[0], name, number), 10):
                value = [(codec.name, judge(codec, damaged).batch) for codec in bound]
                accepted = [(codec, batch) for codec, batch in value if batch is not None]
                compared += len(accepted) > 1
                for codec, batch in accepted[1:]:
                    wrong = mismatch(payload, batch, accepted[0][1])
                    assert wrong is None, (codec, accepted[0][0], number, damaged[:200])
    assert compared > 5 or len(codecs) == 1


EDIT = st.tuples(st.integers(0, 2**16), st.integers(0, 9), st.binary(max_size=9))


@pytest.mark.parametrize("codec", DECODERS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes_are_refused_or_are_a_batch(codec: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for value, name in corpus.pairs() if value == codec]))
    tried = corpus.valid(DECODERS[codec].layout, name, data.draw(st.sampled_from(corpus.BATCHES)))
    for place, size, value in data.draw(st.lists(EDIT, max_size=3)):
        start = place % (len(tried) + 1)
        tried = tried[:start] + value + tried[start + size :]
    bound = bind(DECODERS[codec], corpus.subject(name))
    for damaged in (tried, data.draw(st.binary(max_size=200))):
        assert judge(bound, damaged).problem is None


class Broken(Codec[Any]):
    """A codec that breaks the contract as it is told."""

    name = "csv/rows/broken"

    def __init__(self, outcome: object) -> None:
        super().__init__(corpus.subject("tokens"), None)
        self._outcome = outcome

    def encode(self, batch: Batch) -> bytes:
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        raise NotImplementedError

    def decode(self, data: bytes, out: Batch | None = None) -> Batch:
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (ValueError("damaged"), "raised ValueError"),
        (SyntaxError("x"), "raised SyntaxError"),
        (DecodeError("something"), "without codec or remedy"),
        (DecodeError("csv/rows/broken: something"), "without codec or remedy"),
        (MemoryError("x"), "raised MemoryError"),
        ({"ids": np.zeros((2, 3), np.int32)}, "shape"),
        ({"ids": np.zeros((2, 300), np.int64)}, "dtype"),
        ({}, "fields"),
    ],
)
def test_a_broken_contract_is_seen(outcome: object, text: str) -> None:
    problem = judge(Broken(outcome), b"x").problem
    assert problem is not None
    assert text in problem


def test_a_kept_contract_is_seen() -> None:
    assert judge(Broken({"ids": np.zeros((2, 300), np.int32)}), b"x").problem is None
    assert judge(Broken(DecodeError(f"csv/rows/broken: it is. {REMEDY}")), b"x").problem is None
