"""Generated data are the same on every machine, and look like what they stand for."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from formats.errors import UnknownNameError
from formats.payloads import PAYLOADS, VALUES, kind
from formats.payloads import payload as payload_named
from formats.payloads.digest import digest
from formats.payloads.stream import Stream
from formats.pictures.jpeg import JPEG

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    payload = payload_named(name)
    assert digest(payload, payload.generate("golden", 3)) == GOLDEN[name]


@pytest.mark.parametrize("name", PAYLOADS)
def test_nonce_and_size_choose_the_data(name: str) -> None:
    usual = payload_named(name)
    first, again, other = (usual.generate(nonce, 2) for nonce in ("a", "a", "b"))
    assert digest(usual, first) == digest(usual, again) != digest(usual, other)
    assert payload_named(name, 8).sample_bytes != usual.sample_bytes


VARIANTS = [
    name
    for base, its in PAYLOADS.items()
    for name in (base, *(f"{base}-{values}" for values in (*VALUES, *its.values)))
]


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("samples", [0, 1, 5])
def test_fields_have_the_declared_shape(name: str, samples: int) -> None:
    payload = payload_named(name)
    batch = payload.generate("shape", samples)
    assert tuple(batch) == payload.field_names
    for field in payload.fields:
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
    pixels = payload_named("image").generate("look", 8)["pixels"].astype(int)
    neighbours = np.abs(np.diff(pixels, axis=2)).mean()
    strangers = np.abs(pixels - pixels[::-1]).mean()
    assert 1 < neighbours < strangers / 3


GOLDEN_VALUES = {
    "repetitive": "4811ce97c27ab47251bfc2e244c8082b1e355aa07154958547083855f48c3534",
    "sorted": "4b3c933668278dd5c2b5c4e8dba5b4e681c298fcbf4c2201455344a9cd0c8076",
    "wide": "53ca4265be208e3d314414640ded132d86d4ffe811872dd033d2702a0ffeab6a",
}


@pytest.mark.parametrize("values", VALUES)
def test_golden_digest_of_other_values(values: str) -> None:
    payload = payload_named(f"tabular-{values}")
    assert digest(payload, payload.generate("golden", 9)) == GOLDEN_VALUES[values]


@pytest.mark.parametrize("name", PAYLOADS)
def test_other_values_lie_in_the_same_fields(name: str) -> None:
    usual = payload_named(name, 8)
    for values in VALUES:
        other = payload_named(f"{name}-{values}", 8)
        assert other.fields == usual.fields
        first, again = (other.generate("same", 40) for _ in range(2))
        assert digest(other, first) == digest(other, again)
        assert digest(other, first) != digest(usual, usual.generate("same", 40))


@pytest.mark.parametrize("name", PAYLOADS)
def test_repetitive_values_are_few_samples_again_and_again(name: str) -> None:
    batch = payload_named(f"{name}-repetitive", 8).generate("few", 40)
    rows = np.concatenate([array.reshape(40, -1) for array in batch.values()], axis=1)
    assert 1 < len(np.unique(rows, axis=0)) <= 4


@pytest.mark.parametrize("name", PAYLOADS)
def test_sorted_values_rise_from_sample_to_sample(name: str) -> None:
    usual, ordered = (payload_named(n, 8).generate("order", 40) for n in (name, f"{name}-sorted"))
    for field, array in ordered.items():
        assert np.all(array[1:] >= array[:-1])
        assert np.array_equal(array, np.sort(usual[field], axis=0))


@pytest.mark.parametrize("name", PAYLOADS)
def test_wide_values_fill_their_range(name: str) -> None:
    payload = payload_named(f"{name}-wide", 8)
    batch = payload.generate("wide", 500)
    for field in payload.fields:
        low, high = field.bounds
        array = batch[field.name].astype(np.int64)
        span = high - low
        assert array.min() < low + span // 20
        assert array.max() > high - span // 20
        assert abs(float(array.mean()) - (low + high) / 2) < span / 20


@pytest.mark.parametrize("name", PAYLOADS)
def test_shapes_are_named(name: str) -> None:
    payload_kind = kind(name)
    assert payload_kind.shapes("usual") == (payload_kind.usual,)
    assert payload_kind.shapes("small")[0][0] == payload_kind.usual[0]
    assert payload_kind.shapes("large") == ((payload_kind.large,) if payload_kind.large else ())
    assert [size for size, _ in payload_kind.shapes("sizes")] == sorted(payload_kind.sizes)
    assert {size for size, _ in payload_kind.shapes("batches")} == {payload_kind.usual[0]}
    assert kind(f"{name}-wide").name == f"{name}-wide"


@pytest.mark.parametrize(
    "name", ["video", "video-sorted", "tokens-other", "tokens-natural", "-sorted"]
)
def test_unknown_payload_names_the_choices(name: str) -> None:
    choices = (
        rf"'{name}'.*tabular, image, tokens, audio, .*"
        r"\(repetitive, sorted, wide; of image: natural\)"
    )
    with pytest.raises(UnknownNameError, match=choices):
        payload_named(name)


GOLDEN_NATURAL = "5f3e431c8b9e9cf36bd5b041399529658d5387beef61a901fdb5bbdbf27d289d"


def natural(side: int, samples: int) -> NDArray[np.uint8]:
    batch = payload_named("image-natural", side).generate("eye", samples)
    pixels: NDArray[np.uint8] = batch["pixels"]
    return pixels


def test_golden_digest_of_natural_pictures() -> None:
    payload = payload_named("image-natural", 40)
    assert digest(payload, payload.generate("golden", 3)) == GOLDEN_NATURAL


def test_natural_pictures_have_the_spectrum_of_photographs() -> None:
    """Power falls with about the square of the frequency: Field (1987) has 1.8 to 2.3."""
    grey = natural(128, 24).mean(axis=3)
    window = np.hanning(128)[:, None] * np.hanning(128)
    flat = (grey - grey.mean(axis=(1, 2), keepdims=True)) * window
    power = (np.abs(np.fft.fft2(flat)) ** 2).mean(axis=0)
    frequency = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None])
    edges = np.geomspace(2 / 128, 0.5, 9)
    rings = [power[(frequency >= a) & (frequency < b)].mean() for a, b in pairwise(edges)]
    centres = np.sqrt(edges[1:] * edges[:-1])
    slope = float(np.polyfit(np.log(centres), np.log(rings), 1)[0])
    assert -2.5 < slope < -1.7


def test_natural_pictures_have_edges() -> None:
    """Differences of neighbours are far from normal, whose kurtosis is 3: most small, some large.

    Those of the usual pictures are noise on slopes, and nearly normal.
    """

    def kurtosis(pixels: NDArray[np.uint8]) -> float:
        steps = np.diff(pixels.mean(axis=3), axis=2)
        return float(((steps - steps.mean()) ** 4).mean() / steps.var() ** 2)

    assert kurtosis(natural(96, 16)) > 4.5
    assert kurtosis(payload_named("image", 96).generate("eye", 16)["pixels"]) < 4


def test_natural_pictures_take_as_many_bits_of_jpeg_as_those_of_imagenet() -> None:
    """114,660 B of 469 x 387 to 482 x 415 pixels are 4.6 to 5.1 bits a pixel; see formats.md."""
    payload = payload_named("image-natural", 224)
    cells = JPEG.write(payload.fields[0], natural(224, 12))
    bits = 8 * sum(map(len, cells)) / (12 * 224**2)
    assert 4.4 < bits < 5.2
