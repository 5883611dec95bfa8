"""The pages of docs/reference are the profiles as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hardware_profiles.catalogue import SHIPPED, catalogue
from hardware_profiles.categories import CATEGORIES
from hardware_profiles.pages import main, pages

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = pages(catalogue())


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_up_to_date(name: str) -> None:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    assert text == PAGES[name], "run `python -m hardware_profiles.pages docs/reference`"


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "a[b] $HOME %s Данные"
    assert main([str(place)]) == 0
    assert (place / "profiles.md").read_text(encoding="utf-8") == PAGES["profiles.md"]
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert main([str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'file'}")


def test_no_page_is_left_over() -> None:
    names = {f"profiles/{path.name}" for path in (REFERENCE / "profiles").iterdir()}
    assert names == {name for name in PAGES if name.startswith("profiles/")}


def test_every_profile_and_disagreement_has_its_place() -> None:
    for profile in catalogue().values():
        page = PAGES[f"profiles/{profile.category}.md"]
        assert f'<a id="{profile.name}">' in page
        for path in profile:
            assert f"| `{path}` |" in page
        for path in profile.disagreements:
            assert f"## {profile.name}: {path}\n" in PAGES["disagreements.md"]


@pytest.mark.parametrize("category", CATEGORIES)
def test_schemas_refuse_unknown_keys_and_name_every_field(category: str) -> None:
    schema = json.loads(PAGES[f"profiles/{category}.schema.json"])
    assert schema["additionalProperties"] is False
    assert {"title", "summary", "sources"} <= set(schema["required"])
    assert any((SHIPPED / category).glob("*.toml"))
