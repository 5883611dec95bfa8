"""JPEG of this project and of others: the same pixels by each library, or an error."""

from __future__ import annotations

import io
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from formats.errors import DecodeError
from formats.payloads import payload
from formats.pictures import jpeg, turbo
from formats.registry import DECODERS
from tests.hostile import bombs_jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.pictures.coding import ReadPicture

READERS: dict[str, ReadPicture] = {
    module: import_module(module).read
    for module in ("formats.pictures.jpeg", *dict.fromkeys(d.pixels for d in DECODERS.values()))
    if module
}
SIDES = [3, 64, 224, 300]


def opened(cell: bytes) -> NDArray[np.uint8]:
    """Return the pixels as Pillow opens a file."""
    with Image.open(io.BytesIO(cell)) as picture:
        return np.asarray(picture.convert("RGB"))


def pixels_of(read: ReadPicture, cell: bytes, side: int = bombs_jpeg.SIDE) -> NDArray[np.uint8]:
    target = np.zeros((side, side, 3), np.uint8)
    read(payload("image", side).fields[0], cell, target, 0)
    return target


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", READERS)
def test_every_library_sees_the_reference(name: str, side: int) -> None:
    """Bit for bit, on pictures with the statistics of photographs, small and large ones."""
    natural = payload("image-natural", side)
    cells = jpeg.write(natural.fields[0], natural.generate("reference", 3)["pixels"])
    for cell in cells:
        assert np.array_equal(pixels_of(READERS[name], cell, side), opened(cell))


@pytest.mark.parametrize("kind", bombs_jpeg.KINDS)
@pytest.mark.parametrize("name", READERS)
def test_pictures_of_other_writers_are_read_as_they_are_stored(name: str, kind: str) -> None:
    cell = bombs_jpeg.KINDS[kind]()
    assert np.array_equal(pixels_of(READERS[name], cell), opened(cell))


@pytest.mark.parametrize("kind", sorted(set(bombs_jpeg.REFUSED) - {"cut off and ended"}))
@pytest.mark.parametrize("name", READERS)
def test_what_is_no_such_picture_is_refused(name: str, kind: str) -> None:
    """Before it is unpacked, but for damage that libjpeg alone sees."""
    cell = bombs_jpeg.REFUSED[kind]()
    with pytest.raises(Exception, match=r"(?i)jpeg|decompress"):
        pixels_of(READERS[name], cell)


def test_ours_refuses_what_libjpeg_only_warns_of() -> None:
    cell = bombs_jpeg.REFUSED["cut off and ended"]()
    if find_spec("simplejpeg"):
        with pytest.raises(DecodeError, match="row 0: pixels is not a JPEG: Corrupt JPEG data"):
            pixels_of(turbo.read, cell)
    assert pixels_of(jpeg.read, cell).shape == (3, 3, 3)


def test_the_reference_is_the_accurate_transform() -> None:
    """libjpeg's fast one gives other pixels of the same bytes."""
    simplejpeg = pytest.importorskip("simplejpeg")
    natural = payload("image-natural", 64)
    (cell,) = jpeg.write(natural.fields[0], natural.generate("transform", 1)["pixels"])
    reference = pixels_of(jpeg.read, cell, 64)
    assert np.array_equal(simplejpeg.decode_jpeg(cell), reference)
    assert not np.array_equal(simplejpeg.decode_jpeg(cell, fastdct=True), reference)


def test_pillow_stands_in_where_libjpeg_turbo_has_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turbo, "simplejpeg", None)
    cell = bombs_jpeg.saved()
    assert np.array_equal(pixels_of(turbo.read, cell), opened(cell))


@pytest.mark.parametrize("offset", [0, 1, 16, 32])
def test_pixels_do_not_depend_on_where_they_go(offset: int) -> None:
    """libjpeg-turbo writes in other ways to addresses that are multiples of 32."""
    natural = payload("image-natural", 64)
    (cell,) = jpeg.write(natural.fields[0], natural.generate("where", 1)["pixels"])
    octets = np.empty(64 * 64 * 3 + 64, np.uint8)
    start = -octets.ctypes.data % 32 + offset
    target = octets[start : start + 64 * 64 * 3].reshape(64, 64, 3)
    turbo.read(natural.fields[0], cell, target, 0)
    assert np.array_equal(target, opened(cell))


def test_a_header_that_was_right_is_not_taken_for_anothers() -> None:
    """What was learnt of one picture hides nothing in the next."""
    right = bombs_jpeg.saved()
    field = payload("image", bombs_jpeg.SIDE).fields[0]
    for kind, build in bombs_jpeg.REFUSED.items():
        jpeg.require(field, right, 0)
        if kind not in {"cut off and ended", "tables of nothing"}:
            with pytest.raises(DecodeError, match="row 5: pixels is not a JPEG that is read"):
                jpeg.require(field, build(), 5)


def test_lossy_is_near_what_was_written() -> None:
    """Of quality 90: a few grey levels on the average, however the chroma suffers."""
    natural = payload("image-natural", 64)
    batch = natural.generate("near", 4)
    kept = jpeg.JPEG.kept(natural, batch)["pixels"]
    difference = np.abs(kept.astype(int) - batch["pixels"])
    assert 0 < difference.mean() < 12
