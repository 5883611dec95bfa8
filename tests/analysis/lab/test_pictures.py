"""The pictures of the lab in documents, and what takes them."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.analysis.lab import pictures
from tests.analysis.lab.student import browser_path
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 150_000
Image = pytest.importorskip("PIL.Image")


def test_the_document_shows_each_picture_and_describes_it() -> None:
    text = (ROOT / "docs/lab.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]*)\]\(lab-([\w-]+)\.png\)", text)
    assert sorted(name for _, name in shown) == sorted(pictures.PICTURES)
    assert all(len(words.split()) > 8 for words, _ in shown)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_is_small_and_as_wide_as_its_screen(name: str) -> None:
    path = ROOT / f"docs/lab-{name}.png"
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as picture:
        width, _ = picture.size
    screen = pictures.PHONE_PX if name == "phone" else pictures.WIDTH_PX
    assert 0.8 * screen < width <= screen


def test_fewer_colours_make_a_smaller_picture_of_the_same_size() -> None:
    many = Image.radial_gradient("L").resize((300, 200)).convert("RGB")
    packed = io.BytesIO()
    many.save(packed, "PNG")
    few = pictures.quantised(packed.getvalue())
    assert len(few) < len(packed.getvalue())
    assert Image.open(io.BytesIO(few)).size == (300, 200)


def test_without_a_browser_pictures_are_left_out_aloud(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert pictures.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("SKIPPED: pictures of the lab")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
@pytest.mark.skipif(browser_path() is None, reason="no Chromium")
@pytest.mark.xdist_group("lab")
def test_a_student_is_followed_through_the_lab(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api")
    taken = pictures.take_all(tmp_path)
    assert [path.name for path in taken] == [
        f"lab-{name}.png"
        for name in ("prediction", "gravity", "feeding-tax", "phone", "audit-trail")
    ]
    for path in taken:
        with Image.open(path) as picture, Image.open(ROOT / "docs" / path.name) as kept:
            assert picture.size[0] == kept.size[0]
            # Something is drawn: text and figures, not an empty page.
            assert len(picture.getcolors()) > 20
