"""Every codec gives back every batch, bit for bit, in arrays a training step may keep.

Of a lossy layout: what its reference decoder makes of the batch.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from formats.batch import mismatch
from formats.payloads import PAYLOADS, Payload
from formats.payloads import payload as payload_named
from formats.registry import DECODERS, LAYOUTS, bind, decoder
from formats.tensors import to_tensors
from tests.formats.cases import (
    bound,
    codec_cases,
    decoders_of,
    encoded,
    first_of,
    layout_cases,
    small,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Batch

pytestmark = pytest.mark.hostile

# Pictures are compressed, and read again, one at a time.
SLOW = {layout.id: 20 for layout in LAYOUTS.values() if layout.pictures}


def batches(payload: Payload) -> st.SearchStrategy[Batch]:
    """Draw batches of any values the fields may hold, empty ones and single samples among them."""

    def of_length(samples: int) -> st.SearchStrategy[Batch]:
        def array(index: int) -> st.SearchStrategy[NDArray[Any]]:
            field = payload.fields[index]
            low, high = field.bounds
            edges = st.sampled_from([low, high, 0, 1, 127, min(high, 128)])
            elements = edges | st.integers(low, high)
            return npst.arrays(field.dtype, (samples, *field.shape), elements=elements)

        names = payload.field_names
        return st.fixed_dictionaries({name: array(i) for i, name in enumerate(names)})

    return st.integers(0, 3).flatmap(of_length)


def test_each_codec_is_tried_with_a_payload() -> None:
    cases = codec_cases()
    assert {codec for codec, _ in cases} == set(DECODERS)
    assert {name for _, name in cases} == set(PAYLOADS)
    assert {entry.codec for name in LAYOUTS for entry in decoders_of(name)} == set(DECODERS)


@pytest.mark.parametrize(("layout", "name"), layout_cases())
def test_round_trip(layout: str, name: str) -> None:
    """Encoders of a layout write the same bytes, and its decoders read them, one batch or another.

    So that a decoder is compared on bytes that any of them could have written.
    """
    payload = small(name)
    codecs = [(entry, bound(entry.codec, name)) for entry in decoders_of(layout)]
    writer = bound(first_of(layout).codec, name)
    assert codecs

    @settings(
        max_examples=SLOW.get(layout, 40), deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(batches(payload))
    def check(batch: Batch) -> None:
        written, kept = writer.encode(batch), LAYOUTS[layout].kept(payload, batch)
        for entry, codec in codecs:
            if entry.writes:
                assert codec.encode(batch) == written, entry.codec
            assert mismatch(payload, codec.decode(written), kept) is None, entry.codec

    check()


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize(
    "codec", [entry.codec for entry in DECODERS.values() if LAYOUTS[entry.layout].canonical]
)
def test_usual_size_and_a_short_last_batch(codec: str, name: str) -> None:
    """A codec once bound takes batches of any length, as the end of an epoch brings them."""
    payload = payload_named(name)
    reader, writer = bind(decoder(codec), payload), bind(first_of(decoder(codec).layout), payload)
    for samples in (8, 3):
        batch = payload.generate("usual", samples)
        written = writer.encode(batch)
        assert mismatch(payload, reader.decode(written), batch) is None
        if decoder(codec).writes:
            assert reader.encode(batch) == written


@pytest.mark.parametrize(("codec", "name"), codec_cases())
def test_one_codec_reads_different_batches_in_turn(codec: str, name: str) -> None:
    """Neither scratch memory nor what was learnt of one file is taken for another's."""
    payload = small(name)
    reader = bind(decoder(codec), payload)
    layout = decoder(codec).layout
    read = []
    for nonce, samples in (("a", 2), ("b", 60), ("c", 1), ("d", 2), ("e", 0), ("b", 60), ("a", 2)):
        batch = payload.generate(nonce, samples)
        decoded, kept = (
            reader.decode(encoded(layout, payload, batch)),
            LAYOUTS[layout].kept(payload, batch),
        )
        read.append((decoded, kept))
        assert mismatch(payload, decoded, kept) is None, (nonce, samples)
    for decoded, kept in read:
        assert mismatch(payload, decoded, kept) is None, "changed by a later decode"


@pytest.mark.parametrize(("codec", "name"), codec_cases())
def test_arrays_of_an_earlier_batch_are_filled_again(codec: str, name: str) -> None:
    payload = small(name)
    reader = bind(decoder(codec), payload)
    layout = decoder(codec).layout
    first, second = payload.generate("first", 3), payload.generate("second", 3)
    short = payload.generate("short", 2)
    kept = partial(LAYOUTS[layout].kept, payload)
    out = reader.decode(encoded(layout, payload, first))
    arrays = dict(out)
    again = reader.decode(encoded(layout, payload, second), out=out)
    assert mismatch(payload, again, kept(second)) is None
    assert mismatch(payload, again, kept(first)) is not None
    assert all(again[field] is arrays[field] for field in arrays)
    other = reader.decode(encoded(layout, payload, short), out=again)
    assert mismatch(payload, other, kept(short)) is None
    assert not any(np.shares_memory(other[field], arrays[field]) for field in arrays)
    assert mismatch(payload, again, kept(second)) is None


@pytest.mark.parametrize(("codec", "name"), codec_cases())
def test_decoded_tensors_are_the_callers_own(codec: str, name: str) -> None:
    """Writing to one decoded batch changes neither the bytes nor another decoded batch."""
    payload = small(name)
    batch = payload.generate("own", 2)
    reader = bound(codec, name)
    layout = decoder(codec).layout
    written, right = encoded(layout, payload, batch), LAYOUTS[layout].kept(payload, batch)
    kept = bytes(bytearray(written))
    first, second = reader.decode(written), reader.decode(written)
    for tensor in to_tensors(first).values():
        # Over the tensor's own memory, or the array itself where torch has no wheel.
        view = np.asarray(tensor)
        assert view.flags.c_contiguous
        view += 1
    assert written == kept
    assert mismatch(payload, second, right) is None
    assert mismatch(payload, first, right) is not None
