"""The contract of a batch, and the arrays that decoders fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from formats.batch import blank, memory_limit, mismatch, put
from formats.errors import DecodeError
from formats.payloads import payload as payload_named
from formats.payloads.sample import Field

if TYPE_CHECKING:
    from formats.payloads import Batch


def broken() -> dict[str, Batch]:
    """Return batches that are none of audio-4, each by the message expected."""
    pcm = payload_named("audio", 4).generate("m", 2)["pcm"]
    readonly = pcm.copy()
    readonly.flags.writeable = False
    return {
        "fields": {"other": pcm},
        "dtype": {"pcm": pcm.astype(np.int32)},
        "shape": {"pcm": pcm.reshape(4, 2)},
        "owned": {"pcm": np.frombuffer(bytearray(pcm.tobytes()), np.int16).reshape(pcm.shape)},
        "writable": {"pcm": readonly},
        "contiguous": {"pcm": np.asfortranarray(pcm)},
    }


def test_mismatch_sees_each_way_to_break_the_contract() -> None:
    payload = payload_named("audio", 4)
    batch = payload.generate("m", 2)
    wrong = broken()
    wrong["1 values differ"] = {"pcm": batch["pcm"] ^ np.eye(2, 4, k=3, dtype=np.int16)}
    wrong["expected (2, 4)"] = {"pcm": batch["pcm"][:1].copy()}
    for expected, arrays in wrong.items():
        assert expected in str(mismatch(payload, arrays, batch)), expected
    assert mismatch(payload, batch, batch) is None


def test_arrays_are_filled_again_only_where_they_are_right() -> None:
    payload = payload_named("audio", 4)
    right = payload.generate("m", 2)
    assert blank(payload, 2, 100, right) is right
    for what, arrays in broken().items():
        fresh = blank(payload, 2, 100, arrays)
        assert fresh is not arrays, what
        assert mismatch(payload, fresh, fresh) is None
    for samples in (0, 1, 3):
        fresh = blank(payload, samples, 100, right)
        assert len(fresh["pcm"]) == samples
        assert not np.shares_memory(fresh["pcm"], right["pcm"])


def test_more_samples_than_the_bytes_can_hold_are_refused() -> None:
    payload = payload_named("audio", 4)
    most = memory_limit(100) // 4 // payload.sample_bytes
    with pytest.raises(DecodeError, match=rf"100 bytes claim to hold {most + 1} samples of 8"):
        blank(payload, most + 1, 100)
    with pytest.raises(DecodeError, match="more than is believable"):
        blank(payload, most + 1, 100, payload.generate("m", 2))
    assert len(blank(payload, 1000, 100)["pcm"]) == 1000


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("uint8", np.array([0, 255], np.int64)),
        ("int16", np.array([-32768, 32767], np.int32)),
        ("int32", np.array([0, 2**31 - 1], np.uint32)),
        ("int32", np.array([-5, 9], np.int8)),
        ("int32", np.array([[1], [2]], np.uint64)),
    ],
)
def test_numbers_that_fit_are_put(dtype: str, values: Any) -> None:
    target = np.empty(2, dtype=dtype)
    put(Field("f", dtype), target, values)
    assert target.tolist() == values.ravel().tolist()


@pytest.mark.parametrize(
    ("dtype", "values", "message"),
    [
        ("uint8", np.array([0, 256]), "f: 256 in row 1 does not fit uint8"),
        ("uint8", np.array([-1, 0]), "f: -1 in row 0 does not fit uint8"),
        ("int16", np.array([0, 1 << 15]), "f: 32768 in row 1 does not fit int16"),
        ("int32", np.array([0, 1 << 31], np.uint32), "f: 2147483648 in row 1 does not fit int32"),
        ("int32", np.array([1, -(1 << 31) - 1]), "f: -2147483649 in row 1 does not fit int32"),
        ("int32", np.array([1, 1 << 63], np.uint64), f"f: {1 << 63} in row 1 does not fit int32"),
        ("int32", np.array([1.0, 2.0]), "f: float64 values, expected whole numbers"),
        ("uint8", np.array([True, False]), "f: bool values, expected whole numbers"),
        ("uint8", np.array(["1", "2"], object), "f: object values, expected whole numbers"),
        ("int32", np.array([1, 2, 3]), "f: 3 values, expected 2"),
        ("int32", np.array([], np.int32), "f: 0 values, expected 2"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(dtype: str, values: Any, message: str) -> None:
    target = np.array([7, 7], dtype=dtype)
    with pytest.raises(DecodeError) as raised:
        put(Field("f", dtype), target, values)
    assert str(raised.value) == message
    assert target.tolist() == [7, 7]


def test_a_row_is_counted_in_samples() -> None:
    field = Field("f", "uint8", (3,))
    with pytest.raises(DecodeError, match="f: 300 in row 1 does"):
        put(field, np.empty((2, 3), np.uint8), np.array([[0, 1, 2], [3, 4, 300]]))
