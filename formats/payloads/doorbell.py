"""Scenes of smart doorbells in six cities, with labels, and what is done to their colours.

Not one of `PAYLOADS`: nothing is timed on them. Who drifts and who does not is known, since every
picture follows from a nonce. Integers alone, so that it does so on every machine.

The shapes overlap on purpose: a bin is as tall as a child, a box as wide as a shrub. As at a real
door, colour settles much of what the shape leaves open: cardboard, uniforms, paint, leaves.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from formats.errors import UnknownNameError
from formats.payloads.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SIDE = 32
"""Pixels a side."""
ONE = 1024
"""A gain of 1, in fixed point."""
SCALE = 256
"""A grey level, in the fixed point of `features`."""
CLASSES = ("person", "parcel", "vehicle", "nobody")
FEATURES = (
    "red",
    "green",
    "blue",
    "red/green",
    "blue/green",
    "brightness",
    "contrast",
    "saturation",
)
"""Means of a channel in 1/256 grey levels, ratios of such in 1/1024, the rest in 1/256 levels."""

_CHUNK = 1000
"""Pictures that are drawn at once, so that they stay in the cache."""
_BRIGHTEST = 240
"""Of a surface; the noise of the sensor comes on top."""

_BACKGROUNDS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "austin": ((150, 128, 112), (112, 122, 98), (130, 128, 124)),
    "bergen": ((158, 166, 172), (98, 104, 108), (138, 120, 114)),
    "cairo": ((172, 156, 130), (150, 136, 116), (134, 134, 138)),
    "jaipur": ((168, 130, 122), (134, 120, 106), (140, 138, 132)),
    "lima": ((140, 144, 146), (116, 116, 112), (146, 138, 118)),
    "osaka": ((138, 136, 136), (104, 106, 112), (128, 122, 108)),
}
"""Of a city, the colours of its surfaces; of two of them, a scene's wall and ground are made."""

CITIES = tuple(_BACKGROUNDS)

_UNIFORM = ((36, 52, 110), (168, 38, 40), (206, 168, 40), (60, 44, 90))
_SKIN = ((224, 182, 152), (176, 126, 94), (110, 74, 54), (196, 150, 118))
_CARDBOARD = ((182, 140, 98), (166, 126, 84), (196, 156, 114), (172, 130, 96))
_PAINT = ((206, 208, 210), (46, 48, 52), (92, 116, 168), (132, 134, 138))
_LEAVES = ((66, 104, 48), (84, 122, 62), (58, 88, 50), (92, 112, 58))
_BIN = ((52, 90, 66), (74, 82, 78), (60, 100, 70), (70, 76, 64))


class _Part(NamedTuple):
    """A rectangle of a thing: colours to choose from, and its place in the thing, in eighths."""

    colours: tuple[tuple[int, int, int], ...]
    top: int
    bottom: int
    left: int
    right: int


class _Thing(NamedTuple):
    """Something at the door: smallest height and width, how many sizes of each, and its parts."""

    height: tuple[int, int]
    width: tuple[int, int]
    parts: tuple[_Part, _Part]


_THINGS = (
    _Thing((10, 12), (4, 6), (_Part(_UNIFORM, 0, 8, 0, 8), _Part(_SKIN, 0, 2, 2, 6))),
    _Thing((5, 9), (5, 10), (_Part(_CARDBOARD, 0, 8, 0, 8), _Part(_CARDBOARD, 3, 5, 0, 8))),
    _Thing((6, 8), (9, 12), (_Part(_PAINT, 0, 8, 0, 8), _Part(_PAINT, 1, 4, 2, 6))),
    _Thing((5, 12), (5, 12), (_Part(_LEAVES, 0, 8, 0, 8), _Part(_LEAVES, 2, 6, 2, 6))),
    _Thing((7, 12), (4, 7), (_Part(_BIN, 0, 8, 0, 8), _Part(_BIN, 0, 2, 0, 8))),
)
"""One for each class but the last, then what stands about where nobody is."""


class Firmware(NamedTuple):
    """An update that takes daylight for tungsten: what it does to pictures, and where."""

    city: str
    red: int
    """Gain in 1/1024, below 1; green keeps its own."""
    blue: int
    """Gain in 1/1024, above 1."""


def firmware(nonce: str) -> Firmware:
    """Return the update that follows from a nonce.

    Blue's gain is uniform between 1.6 and 2.1 and red's falls from 0.66 to 0.50 with it: what the
    white balance of the IMX219 does between 5,716 K and 2,911 K, and between 8,575 K and 2,498 K
    (`hardware_profiles/quality/drift.toml`).
    """
    slip = int(Stream(nonce, "doorbell/firmware").below(513))
    order = hashlib.sha256(f"{nonce}\0doorbell/city".encode()).digest()
    city = CITIES[int.from_bytes(order[:8], "little") % len(CITIES)]
    return Firmware(city, red=676 - slip * 164 // 512, blue=1638 + slip)


def _background(stream: Stream, city: str, pictures: int) -> NDArray[np.int64]:
    """Return colours of wall and ground, shape (pictures, 2, 3)."""
    surfaces = np.array(_BACKGROUNDS[city], dtype=np.int64)
    first = stream.below(len(surfaces), pictures)
    second = (first + 1 + stream.below(len(surfaces) - 1, pictures)) % len(surfaces)
    own = stream.below(29, pictures, 2, 3) - 14
    return surfaces[np.stack([first, second], axis=1)] + own


def weather(nonce: str, city: str, day: int) -> tuple[int, int]:
    """Return what a day's weather does to all pictures of a city, in 1/1024: brightness, warmth.

    Brightness changes by up to 1.5 %; red gains by up to 0.8 % what blue loses.
    """
    stream = Stream(nonce, f"doorbell/weather/{city}/{day}")
    bright, warm = int(stream.below(31)) - 15, int(stream.below(17)) - 8
    return bright, warm


def _light(nonce: str, city: str, day: int, stream: Stream, pictures: int) -> NDArray[np.int64]:
    """Return the gains of daylight in 1/1024, shape (pictures, 1, 3).

    A day's weather moves all of its pictures a little; hour and shade move each of them much more.
    """
    brighter, warmer = weather(nonce, city, day)
    bright = ONE + brighter + stream.below(361, pictures) - 180
    warm = warmer + stream.below(81, pictures) - 40
    gains = np.stack([ONE + warm, np.full(pictures, ONE), ONE - warm], axis=1)
    light: NDArray[np.int64] = (gains * bright[:, None] >> 10)[:, None]
    return light


def _paint(
    canvas: NDArray[np.uint8],
    colour: NDArray[np.uint8],
    box: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Fill a rectangle of every picture: (top, bottom, left, right), each (pictures,)."""
    line = np.arange(SIDE)
    top, bottom, left, right = (edge[:, None] for edge in box)
    rows, columns = (line >= top) & (line < bottom), (line >= left) & (line < right)
    mask = rows[:, :, None] & columns[:, None, :]
    for channel in range(3):
        np.copyto(canvas[:, channel], colour[:, channel, None, None], where=mask)


def _draw(
    canvas: NDArray[np.uint8], kind: NDArray[np.int64], light: NDArray[np.int64], stream: Stream
) -> None:
    """Paint a thing of its kind into every picture; kind len(_THINGS) paints nothing."""
    pictures = len(canvas)
    sizes = np.array([(*t.height, *t.width) for t in _THINGS] + [(1, 1, 1, 1)], dtype=np.int64)
    dice = stream.below(1 << 16, pictures, 6)
    size = sizes[kind]
    height = size[:, 0] + (dice[:, 0] * size[:, 1] >> 16)
    width = size[:, 2] + (dice[:, 1] * size[:, 3] >> 16)
    top = SIDE - 1 - height - (dice[:, 2] * 7 >> 16)
    left = (dice[:, 3] * (SIDE + 1 - width)) >> 16
    empty = kind == len(_THINGS)
    own = stream.below(33, pictures, 1, 3) - 16
    for place in range(2):
        parts = [thing.parts[place] for thing in _THINGS]
        colours = np.array([*(part.colours for part in parts), parts[0].colours], dtype=np.int64)
        edges = np.array([*(part[1:] for part in parts), (0, 0, 0, 0)], dtype=np.int64)[kind]
        colour = colours[kind, dice[:, 4 + place] * 4 >> 16][:, None] + own
        shade = np.clip(colour * light >> 10, 0, _BRIGHTEST).astype(np.uint8)[:, 0]
        box = (
            top + (height * edges[:, 0] >> 3),
            np.where(empty, 0, top + (height * edges[:, 1] >> 3)),
            left + (width * edges[:, 2] >> 3),
            left + (width * edges[:, 3] >> 3),
        )
        _paint(canvas, shade, box)


def chunks(
    nonce: str, city: str, day: int, count: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Yield what `scenes` returns, up to 1,000 pictures at once, as (pictures, 3, 32, 32).

    Raises:
        UnknownNameError: no such city.

    """
    if city not in _BACKGROUNDS:
        raise UnknownNameError(f"no city is called {city!r}; choose from {', '.join(CITIES)}")
    for chunk, start in enumerate(range(0, count, _CHUNK)):
        yield _chunk(nonce, city, day, chunk, min(_CHUNK, count - start))


def _chunk(
    nonce: str, city: str, day: int, chunk: int, pictures: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return one chunk of a day's pictures, channels first, and their labels."""
    stream = Stream(nonce, f"doorbell/{city}/{day}/{chunk}")
    labels = stream.below(len(CLASSES), pictures)
    light = _light(nonce, city, day, stream, pictures)
    surfaces = np.clip(_background(stream, city, pictures) * light >> 10, 0, _BRIGHTEST)
    wall, ground = surfaces.astype(np.uint8).transpose(1, 0, 2)
    horizon = 14 + stream.below(12, pictures)
    lower = np.arange(SIDE) >= horizon[:, None]
    canvas = np.empty((pictures, 3, SIDE, SIDE), dtype=np.uint8)
    canvas[:] = np.where(lower[:, None], ground[:, :, None], wall[:, :, None])[..., None]
    nobody = len(CLASSES) - 1
    # Something stands about in half of all scenes, and in three of four where nobody is.
    furniture = nobody + stream.below(2, pictures)
    about = stream.below(4, pictures) < np.where(labels == nobody, 3, 2)
    _draw(canvas, np.where(about, furniture, len(_THINGS)), light, stream)
    _draw(canvas, np.where(labels == nobody, len(_THINGS), labels), light, stream)
    noise = stream.uint64(pictures, 3 * SIDE * SIDE // 8).astype("<u8").view(np.uint8)
    canvas += (noise >> 4).reshape(canvas.shape)
    return canvas, labels


def scenes(
    nonce: str, city: str, day: int, count: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return a day's first pictures of a city, as its cameras sent them before any update.

    Returns:
        Pictures, shape (count, 32, 32, 3), red, green and blue; labels, shape (count,), places in
        `CLASSES`. A day's first 1,000 are the same however many are asked for beyond them.

    Raises:
        UnknownNameError: no such city.

    """
    pictures = np.empty((count, SIDE, SIDE, 3), dtype=np.uint8)
    labels = np.empty(count, dtype=np.int64)
    start = 0
    for canvas, kinds in chunks(nonce, city, day, count):
        stop = start + len(kinds)
        pictures[start:stop], labels[start:stop] = canvas.transpose(0, 2, 3, 1), kinds
        start = stop
    return pictures, labels


def levels(gain: int) -> NDArray[np.uint8]:
    """Return what a gain in 1/1024 makes of each of the 256 levels, rounded and clipped.

    Raises:
        ValueError: a gain below 0 or above 64.

    """
    if not 0 <= gain <= 64 * ONE:
        raise ValueError(f"a gain is between 0 and {64 * ONE} (64 times), not {gain}")
    level = np.arange(256, dtype=np.int64)
    return np.minimum((level * gain + ONE // 2) // ONE, 255).astype(np.uint8)


def white_balance(pictures: NDArray[np.uint8], red: int, blue: int) -> NDArray[np.uint8]:
    """Return pictures with red and blue multiplied by gains in 1/1024, rounded and clipped.

    Raises:
        ValueError: a gain below 0 or above 64.

    """
    balanced = pictures.copy()
    for channel, gain in ((0, red), (2, blue)):
        balanced[..., channel] = levels(gain)[pictures[..., channel]]
    return balanced


def grey_world(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pictures whose red and blue are scaled so that their mean is green's.

    Buchsbaum, J. Franklin Inst. 310 (1980): a scene is grey on average, so that what colour its
    mean has is the light's. Each picture gets gains of its own; what had been clipped stays lost.
    """
    sums = pictures.reshape(len(pictures), -1, 3).sum(axis=1, dtype=np.int64)
    gains = np.minimum(sums[:, 1:2] * ONE // np.maximum(sums, 1), 64 * ONE)
    corrected = pictures.copy()
    for channel in (0, 2):
        wide = pictures[..., channel].astype(np.int64) * gains[:, channel, None, None]
        corrected[..., channel] = np.minimum((wide + ONE // 2) >> 10, 255)
    return corrected


def features(pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return what a device reports of each picture, shape (pictures, len(FEATURES)).

    Brightness is Rec. 601's luma, contrast its standard deviation over the picture, saturation
    the mean of a pixel's largest less its smallest channel. Ratios are those of the means.
    """
    rows = np.empty((len(pictures), len(FEATURES)), dtype=np.int64)
    for start in range(0, len(pictures), _CHUNK):
        part = pictures[start : start + _CHUNK]
        planes = np.ascontiguousarray(part.reshape(len(part), -1, 3).transpose(2, 0, 1))
        rows[start : start + len(part)] = features_of_planes(planes)
    return rows


def features_of_planes(planes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the features of pictures, shape (3, pictures, pixels)."""
    rows = np.empty((planes.shape[1], len(FEATURES)), dtype=np.int64)
    red, green, blue = planes
    pixels = red.shape[1]
    sums = planes.sum(axis=2, dtype=np.int64)
    luma = red * np.uint16(77) + green * np.uint16(150) + blue * np.uint16(29)
    light = luma.sum(axis=1, dtype=np.int64)
    level = (luma >> np.uint16(8)).astype(np.uint16)
    squares = (level.astype(np.uint32) ** 2).sum(axis=1, dtype=np.int64)
    spread = squares * pixels - level.sum(axis=1, dtype=np.int64) ** 2
    span = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    rows[:, :3] = (sums * SCALE // pixels).T
    rows[:, 3] = sums[0] * ONE // np.maximum(sums[1], 1)
    rows[:, 4] = sums[2] * ONE // np.maximum(sums[1], 1)
    rows[:, 5] = light // pixels
    rows[:, 6] = np.sqrt(spread).astype(np.int64) * SCALE // pixels
    rows[:, 7] = span.sum(axis=1, dtype=np.int64) * SCALE // pixels
    return rows
