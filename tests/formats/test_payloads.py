"""Generated data are the same on every machine, and look like what they stand for."""

import numpy as np
import pytest

from formats.batch import digest
from formats.errors import UnknownNameError
from formats.payloads import PAYLOADS, payload
from formats.payloads.stream import Stream

GOLDEN = {
    "tabular": "ec4b2fbba57d52bf523704bfda080df59c26f9b802b5e0618d835075f35bc7b2",
    "image": "0f10c2c5ac31969836cfe7c36a65f4308a81bc597f632630c519c814bfe1cf5a",
    "tokens": "f2df55ee9062fe8f2937f1273952d3f4e286a5d5ebd3b45d2548314dcf55d9de",
    "audio": "ba6645b5a6e6810d0a1351f6d154d600949ff326cf8d05eba61587b499db4b02",
}


def test_stream_is_splitmix64() -> None:
    """The published outputs of SplitMix64 for the seed 1234567."""
    stream = Stream("any", "label")
    stream._key = np.array(1234567, dtype=np.uint64)
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert stream.uint64(2).tolist() + stream.uint64(3).tolist() == expected


@pytest.mark.parametrize("name", PAYLOADS)
def test_golden_digest(name: str) -> None:
    """A change of any generated value changes the digest that bundles carry."""
    found = payload(name)
    assert digest(found, found.generate("golden", 3)) == GOLDEN[name]


@pytest.mark.parametrize("name", PAYLOADS)
def test_nonce_and_size_choose_the_data(name: str) -> None:
    usual = payload(name)
    first, again, other = (usual.generate(nonce, 2) for nonce in ("a", "a", "b"))
    assert digest(usual, first) == digest(usual, again) != digest(usual, other)
    assert payload(name, 8).sample_bytes != usual.sample_bytes


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("samples", [0, 1, 5])
def test_fields_have_the_declared_shape(name: str, samples: int) -> None:
    found = payload(name)
    batch = found.generate("shape", samples)
    assert tuple(batch) == found.field_names
    for field in found.fields:
        low, high = field.bounds
        array = batch[field.name]
        assert array.dtype == field.dtype
        assert array.shape == (samples, *field.shape)
        assert np.all((array >= low) & (array <= high))


def test_a_prefix_of_a_longer_stream_is_the_shorter_one() -> None:
    assert Stream("n", "l").uint64(9)[:4].tolist() == Stream("n", "l").uint64(4).tolist()


def test_below_is_uniform() -> None:
    counts = np.bincount(Stream("n", "l").below(10, 100_000), minlength=10)
    # 4 standard deviations of a binomial count
    assert np.all(np.abs(counts - 10_000) < 4 * np.sqrt(100_000 * 0.1 * 0.9))


def test_zipf_falls_with_rank() -> None:
    ids = Stream("n", "l").zipf(1000, 200_000)
    counts = np.bincount(ids, minlength=1000)
    assert ids.min() == 0
    assert ids.max() < 1000
    # frequency of id k is proportional to 1 / (k + 1)
    assert counts[0] / counts[9] == pytest.approx(10, rel=0.1)
    assert counts[9] / counts[99] == pytest.approx(10, rel=0.25)


def test_images_are_smooth_and_noisy() -> None:
    """Neighbours resemble each other far more than strangers do, but are not equal."""
    pixels = payload("image").generate("look", 8)["pixels"].astype(int)
    neighbours = np.abs(np.diff(pixels, axis=2)).mean()
    strangers = np.abs(pixels - pixels[::-1]).mean()
    assert 1 < neighbours < strangers / 3


def test_unknown_payload_names_the_choices() -> None:
    with pytest.raises(UnknownNameError, match=r"'video'.*tabular, image, tokens, audio"):
        payload("video")
