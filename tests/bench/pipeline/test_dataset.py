"""Records of unequal cost, in several files, for several threads, beside a heap of objects."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch", reason="the pipeline is torch's")

from bench.bundle.setup import RECORDS, TAIL_EVERY  # noqa: E402
from bench.pipeline.dataset import Heap, RecordSource, Tail, Task, _ThreadedSource  # noqa: E402
from bench.pipeline.dataset_files import Reader, write_dataset  # noqa: E402
from bench.pipeline.storage import storage_backend  # noqa: E402
from formats.payloads import payload  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def test_of_each_group_one_record_is_slow_at_a_place_of_its_own() -> None:
    tail = Tail(20, "test")
    counts = [tail.repeats(record) for record in range(50 * TAIL_EVERY)]
    groups = [counts[at : at + TAIL_EVERY] for at in range(0, len(counts), TAIL_EVERY)]
    assert all(sorted(group) == [1] * (TAIL_EVERY - 1) + [20] for group in groups)
    assert len({group.index(20) for group in groups}) > TAIL_EVERY / 2
    assert counts == [Tail(20, "test").repeats(record) for record in range(len(counts))]
    assert counts != [Tail(20, "other").repeats(record) for record in range(len(counts))]


def test_without_a_tail_no_record_is_slow() -> None:
    assert {Tail().repeats(record) for record in range(100)} == {1}


def test_records_are_the_same_in_one_file_and_in_several(tmp_path: Path) -> None:
    data, codec = payload("tokens", 32), "protobuf/messages/wire"
    read: dict[int, list[bytes]] = {}
    for shards in (1, 3, 8):
        folders = [tmp_path / f"{shards}-{number}" for number in range(shards)]
        for folder in folders:
            folder.mkdir()
        places = [storage_backend("disk", folder=folder) for folder in folders]
        dataset = write_dataset(places, data, codec, (RECORDS, 4), "test")
        assert dataset.records == RECORDS
        assert [dataset.shard(record) for record in range(RECORDS)] == sorted(
            dataset.shard(record) for record in range(RECORDS)
        )
        assert len(dataset.backends) == {1: 1, 3: 3, 8: 8}[shards]
        reader = Reader(dataset, None)
        read[shards] = [reader.read(record).data for record in (*range(RECORDS), 0, 5, 13)]
        reader.close()
        for backend in dataset.backends:
            backend.remove()
    assert read[1] == read[3] == read[8]
    assert len(set(read[1])) == RECORDS


def test_a_heap_holds_as_many_bytes_as_it_says() -> None:
    """Its strings are looked up all over: of few samples, most in a page of their own."""
    heap = Heap(2)
    held = sum(map(sys.getsizeof, heap._entries)) + sys.getsizeof(heap._entries)
    assert held == pytest.approx(2 << 20, rel=0.02)
    heap.look_up(3, 100)
    assert not Heap(0)._entries


def test_threads_load_the_parts_of_a_batch_in_order(tmp_path: Path) -> None:
    data, codec = payload("tokens", 32), "protobuf/messages/wire"
    (tmp_path / "data").mkdir()
    places = [storage_backend("disk", folder=tmp_path / "data")]
    dataset = write_dataset(places, data, codec, (RECORDS, 4), "test")
    task = Task(dataset, ("tokens", 32), codec)
    alone = RecordSource(task, None)
    together = _ThreadedSource(replace(task, threads=4), None)
    tensors, timing = together.load(1)
    parts = [alone.load(record)[0]["input"] for record in range(4, 8)]
    assert torch.equal(tensors["input"], torch.cat(parts))
    assert timing.reads == 4
    alone.close()
    together.close()
