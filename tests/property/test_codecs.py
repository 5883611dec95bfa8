"""Every codec gives back every batch, bit for bit, in arrays a training step may keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from formats.batch import mismatch
from formats.decoders import DECODERS, decoder
from formats.payloads import PAYLOADS, Payload, payload
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.batch import Batch

# Small enough to be quick, odd enough to break what assumes a round number.
SIZES = {"tabular": 5, "image": 3, "tokens": 300, "audio": 77}


def batches(found: Payload) -> st.SearchStrategy[Batch]:
    """Draw batches of any values the fields may hold, empty ones and single samples among them."""

    def of_length(samples: int) -> st.SearchStrategy[Batch]:
        def array(index: int) -> st.SearchStrategy[NDArray[Any]]:
            field = found.fields[index]
            low, high = field.bounds
            edges = st.sampled_from([low, high, 0, 1, 127, min(high, 128)])
            elements = edges | st.integers(low, high)
            return npst.arrays(field.dtype, (samples, *field.shape), elements=elements)

        names = found.field_names
        return st.fixed_dictionaries({name: array(i) for i, name in enumerate(names)})

    return st.integers(0, 3).flatmap(of_length)


@pytest.mark.parametrize("name", PAYLOADS)
def test_size_in_use_has_every_payload(name: str) -> None:
    assert payload(name, SIZES[name]).fields


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("codec", DECODERS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_round_trip(codec: str, name: str, data: st.DataObject) -> None:
    found = payload(name, SIZES[name])
    batch = data.draw(batches(found))
    bound = decoder(codec).bind(found)
    assert mismatch(found, bound.decode(bound.encode(batch)), batch) is None


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("samples", [0, 1, 7])
def test_codecs_of_a_layout_write_the_same_bytes(name: str, samples: int) -> None:
    """So that a decoder is compared on bytes that any of them could have written."""
    found = payload(name, SIZES[name])
    batch = found.generate("same", samples)
    written: dict[str, bytes] = {}
    for entry in DECODERS.values():
        encoded = entry.bind(found).encode(batch)
        assert encoded == written.setdefault(entry.layout, encoded), entry.codec


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("codec", DECODERS)
def test_usual_size_and_a_short_last_batch(codec: str, name: str) -> None:
    """A codec once bound takes batches of any length, as the end of an epoch brings them."""
    found = payload(name)
    bound = decoder(codec).bind(found)
    for samples in (8, 3):
        batch = found.generate("usual", samples)
        assert mismatch(found, bound.decode(bound.encode(batch)), batch) is None


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("codec", DECODERS)
def test_decoded_tensors_are_the_callers_own(codec: str, name: str) -> None:
    """Writing to one decoded batch changes neither the bytes nor another decoded batch."""
    found = payload(name, SIZES[name])
    batch = found.generate("own", 2)
    bound = decoder(codec).bind(found)
    encoded = bound.encode(batch)
    kept = bytes(bytearray(encoded))
    first, second = bound.decode(encoded), bound.decode(encoded)
    for tensor in to_tensors(first).values():
        # Over the tensor's own memory, or the array itself where torch has no wheel.
        view = np.asarray(tensor)
        assert view.flags.c_contiguous
        view += 1
    assert encoded == kept
    assert mismatch(found, second, batch) is None
    assert mismatch(found, first, batch) is not None


def test_mismatch_sees_each_way_to_break_the_contract() -> None:
    found = payload("audio", 4)
    batch = found.generate("m", 2)
    pcm = batch["pcm"]
    readonly = pcm.copy()
    readonly.flags.writeable = False
    borrowed = np.frombuffer(bytearray(pcm.tobytes()), np.int16).reshape(pcm.shape)
    broken: dict[str, Batch] = {
        "fields": {"other": pcm},
        "dtype": {"pcm": pcm.astype(np.int32)},
        "shape": {"pcm": pcm.reshape(4, 2)},
        "1 values differ": {"pcm": pcm ^ np.eye(2, 4, k=3, dtype=np.int16)},
        "owned": {"pcm": borrowed},
        "writable": {"pcm": readonly},
        "contiguous": {"pcm": np.asfortranarray(pcm)},
    }
    for expected, wrong in broken.items():
        assert expected in str(mismatch(found, wrong, batch)), expected
    assert mismatch(found, batch, batch) is None
