"""Profiles that were kept are those that are read, and are used while these are what they were."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hardware_profiles import compiled
from hardware_profiles.catalogue import SHIPPED, Catalogue, catalogue, load
from hardware_profiles.compiled import Compiled, kept, rebuilt
from hardware_profiles.draws import DRAWS
from hardware_profiles.reading import read_all
from hardware_profiles.resolving import Resolver

if TYPE_CHECKING:
    from pathlib import Path

ROOT = SHIPPED.parent


def resolved() -> Catalogue:
    """Return the profiles as they come from their files, without the form that is kept."""
    sheets, broken, problems = read_all(SHIPPED)
    resolver = Resolver(sheets, broken, DRAWS)
    profiles = {name: resolver.profile(sheet) for name, sheet in sheets.items()}
    assert not problems + resolver.problems
    return Catalogue(profiles)


def test_what_is_kept_is_what_is_read() -> None:
    files, shown = resolved(), catalogue()
    assert list(files) == list(shown)
    for name, profile in files.items():
        other = shown[name]
        assert (profile.title, profile.summary, profile.category) == (
            *(other.title, other.summary, other.category),
        )
        assert (profile.texts, profile.sources, profile.remarks) == (
            *(other.texts, other.sources, other.remarks),
        )
        assert list(profile) == list(other)
        paths = [*profile]
        for path, disagreement in profile.disagreements.items():
            assert disagreement.used == other.disagreements[path].used
            assert disagreement.why == other.disagreements[path].why
            paths += [f"{path}.{source}" for source in disagreement.sources]
        for path in paths:
            one, twin = profile[path], other[path]
            assert (one.facts, one.dimension, str(one.unit)) == (
                *(twin.facts, twin.dimension, str(twin.unit)),
            )
            assert np.allclose(one.draws, twin.draws, rtol=1e-15, atol=0)
            assert one.value == pytest.approx(twin.value, rel=1e-15)


def test_a_value_is_the_same_before_it_is_drawn_and_after() -> None:
    for name, profile in load(SHIPPED).items():
        for path, quantity in profile.items():
            before = quantity.value
            assert quantity.draws[0] >= 0 or path.startswith("exponent"), (name, path)
            assert quantity.value == before, (name, path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one profile; what is read of it is kept below the same folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "caches"))
    monkeypatch.setattr(compiled, "_beside_bytecode", lambda: None)
    shutil.copytree(SHIPPED / "carbon", tmp_path / "profiles" / "carbon")
    return tmp_path / "profiles"


class Reader:
    """Counts how often it reads."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, folder: Path) -> Compiled:
        self.count += 1
        return compiled.compiled(load(folder))


def test_profiles_are_read_once(folder: Path) -> None:
    read = Reader()
    first, second = kept(folder, read), kept(folder, read)
    assert first == second
    assert read.count == 1
    assert rebuilt(second, DRAWS)["grid"]["grid.us"].value == pytest.approx(369.473)


def test_a_changed_file_is_read_again(folder: Path) -> None:
    read = Reader()
    kept(folder, read)
    file = folder / "carbon" / "grid.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("369.473", "370.5"), encoding="utf-8")
    assert rebuilt(kept(folder, read), DRAWS)["grid"]["grid.us"].value == 370.5
    assert read.count == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"key": "another"}'])
def test_what_is_damaged_is_read_again(folder: Path, text: str) -> None:
    read = Reader()
    kept(folder, read)
    (place,) = (folder.parent / "caches").glob("*/*.json")
    place.write_text(text, encoding="utf-8")
    assert "grid" in rebuilt(kept(folder, read), DRAWS)
    assert read.count == 2
    assert "grid" in json.loads(place.read_text(encoding="utf-8"))["profiles"]


def test_where_nothing_can_be_written_profiles_are_read_each_time(folder: Path) -> None:
    (folder.parent / "caches").write_text("a file, and no folder", encoding="utf-8")
    read = Reader()
    for _ in range(2):
        assert "grid" in rebuilt(kept(folder, read), DRAWS)
    assert read.count == 2


@pytest.mark.process
def test_a_second_process_imports_nothing_that_reads_files(tmp_path: Path) -> None:
    """Of half a second for imports and files, numpy's is left, and some hundredths."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment |= dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA"), str(tmp_path))
    code = (
        "import sys\nfrom hardware_profiles.catalogue import catalogue\ncatalogue()\n"
        "print(*{'pydantic', 'tomllib', 'pint', 'rich'} & sys.modules.keys())"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env=environment,
        )
    assert done.stdout.split() == []
