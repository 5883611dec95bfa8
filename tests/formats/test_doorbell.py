"""Scenes of doorbells: the same everywhere, balanced, and changed by an update as cameras are."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.errors import UnknownNameError
from formats.payloads import doorbell

GAINS = st.integers(min_value=0, max_value=4 * doorbell.ONE)


def test_scenes_are_the_same_on_every_machine() -> None:
    pictures, labels = doorbell.scenes("nonce", "cairo", 3, 1200)
    digest = hashlib.sha256(pictures.tobytes() + labels.astype("<i8").tobytes())
    rows = doorbell.features(pictures).astype("<i8")
    assert digest.hexdigest()[:16] == "01c49b072029ea40"
    assert hashlib.sha256(rows.tobytes()).hexdigest()[:16] == "33e0d64ead9e5279"
    assert doorbell.firmware("nonce") == ("cairo", 610, 1845)


def test_a_days_first_thousand_do_not_depend_on_how_many_follow() -> None:
    few, labels = doorbell.scenes("nonce", "lima", 0, 1000)
    many, more = doorbell.scenes("nonce", "lima", 0, 1001)
    assert np.array_equal(few, many[:1000])
    assert np.array_equal(labels, more[:1000])


@pytest.mark.parametrize("city", doorbell.CITIES)
def test_pictures_are_within_their_ranges(city: str) -> None:
    pictures, labels = doorbell.scenes("nonce", city, 1, 2000)
    assert pictures.shape == (2000, 32, 32, 3)
    assert pictures.dtype == np.uint8
    shares = np.bincount(labels, minlength=len(doorbell.CLASSES)) / len(labels)
    assert shares == pytest.approx([0.25] * 4, abs=0.05)
    rows = doorbell.features(pictures)
    assert rows.shape == (2000, len(doorbell.FEATURES))
    assert rows.min() >= 0
    brightness = rows[:, doorbell.FEATURES.index("brightness")].mean() / doorbell.SCALE
    assert 90 < brightness < 170
    ratios = rows[:, [3, 4]].mean(axis=0) / doorbell.ONE
    assert np.all((ratios > 0.75) & (ratios < 1.25)), "a city is nearly grey on average"


def test_a_days_light_is_a_small_change() -> None:
    days = [doorbell.features(doorbell.scenes("nonce", "osaka", day, 500)[0]) for day in range(12)]
    means = np.array([rows.mean(axis=0) for rows in days])
    spread = np.mean([rows.std(axis=0) for rows in days], axis=0)
    assert np.all(means.std(axis=0) < 0.3 * spread)


def test_features_of_one_colour_are_known() -> None:
    picture = np.empty((1, 32, 32, 3), dtype=np.uint8)
    picture[:] = (200, 100, 50)
    red, green, blue, red_green, blue_green, brightness, contrast, saturation = doorbell.features(
        picture
    )[0]
    assert (red, green, blue) == (200 * 256, 100 * 256, 50 * 256)
    assert (red_green, blue_green) == (2 * doorbell.ONE, doorbell.ONE // 2)
    assert brightness == 77 * 200 + 150 * 100 + 29 * 50
    assert contrast == 0
    assert saturation == 150 * 256


def test_contrast_is_the_standard_deviation_of_brightness() -> None:
    pictures, _ = doorbell.scenes("nonce", "austin", 0, 50)
    luma = pictures.astype(np.int64) @ np.array([77, 150, 29]) >> 8
    contrast = doorbell.features(pictures)[:, doorbell.FEATURES.index("contrast")]
    assert contrast / doorbell.SCALE == pytest.approx(luma.std(axis=(1, 2)), abs=0.01)


@given(red=GAINS, blue=GAINS)
def test_white_balance_rounds_and_clips(red: int, blue: int) -> None:
    levels = np.arange(256, dtype=np.uint8)
    picture = np.repeat(levels.reshape(1, 16, 16, 1), 3, axis=3)
    balanced = doorbell.white_balance(picture, red, blue).reshape(-1, 3).astype(np.int64)
    assert np.array_equal(balanced[:, 1], levels)
    for channel, gain in ((0, red), (2, blue)):
        exact = np.minimum(levels * (gain / doorbell.ONE), 255)
        assert np.abs(balanced[:, channel] - exact).max() <= 0.5
        assert np.all(np.diff(balanced[:, channel]) >= 0)


@given(red=st.integers(512, 1024), blue=st.integers(1024, 1400))
def test_grey_world_undoes_gains_that_did_not_clip(red: int, blue: int) -> None:
    pictures, _ = doorbell.scenes("nonce", "lima", 2, 20)
    pictures //= 2
    before = doorbell.grey_world(pictures).astype(np.int64)
    after = doorbell.grey_world(doorbell.white_balance(pictures, red, blue)).astype(np.int64)
    assert np.abs(before - after).max() <= 3


def test_grey_world_stands_black() -> None:
    black = np.zeros((2, 32, 32, 3), dtype=np.uint8)
    assert np.array_equal(doorbell.grey_world(black), black)


@given(nonce=st.text(max_size=20))
def test_an_update_is_a_cameras_and_follows_from_the_nonce(nonce: str) -> None:
    update = doorbell.firmware(nonce)
    assert update == doorbell.firmware(nonce)
    assert update.city in doorbell.CITIES
    assert 0.5 <= update.red / doorbell.ONE <= 0.661
    assert 1.599 <= update.blue / doorbell.ONE <= 2.1002


def test_every_city_can_be_the_one() -> None:
    cities = [doorbell.firmware(str(number)).city for number in range(300)]
    counts = [cities.count(city) for city in doorbell.CITIES]
    assert min(counts) > 20


def test_bad_input_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no city is called 'paris'"):
        doorbell.scenes("nonce", "paris", 0, 1)
    with pytest.raises(ValueError, match="between 0 and"):
        doorbell.white_balance(np.zeros((1, 32, 32, 3), np.uint8), -1, 0)


def test_nearest_colours_know_fewer_after_the_update() -> None:
    """A classifier of mean colours alone falls below what it knew, and grey world helps it."""
    update = doorbell.firmware("nonce")
    train = [doorbell.scenes("train", city, 0, 1000) for city in doorbell.CITIES]
    labels = np.concatenate([pair[1] for pair in train])
    pictures, truth = doorbell.scenes("test", "austin", 9, 1500)
    after = doorbell.white_balance(pictures, update.red, update.blue)

    def coarse(scenes: np.ndarray) -> np.ndarray:
        blocks = scenes.reshape(len(scenes), 8, 4, 8, 4, 3).mean(axis=(2, 4)) / 128 - 1
        return np.hstack([blocks.reshape(len(scenes), -1), np.ones((len(scenes), 1))])

    known = np.concatenate([coarse(doorbell.grey_world(pair[0])) for pair in train])
    weights = np.linalg.lstsq(known, np.eye(4)[labels], rcond=None)[0]

    def share(scenes: np.ndarray) -> float:
        return float(((coarse(scenes) @ weights).argmax(axis=1) == truth).mean())

    before = share(doorbell.grey_world(pictures))
    assert before > share(after) + 0.1
    assert share(doorbell.grey_world(after)) > share(after) + 0.1
