"""Bundles on disk: whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from bench.bundle import canonical
from bench.bundle.files import make_folder, write_atomically
from bench.bundle.parts import lacking
from bench.bundle.schema import SCHEMA_VERSION, Block, Bundle
from bench.bundle.versions import upgraded
from bench.errors import BundleError
from hardware_profiles.errors import TextError
from hardware_profiles.numerals import counted
from hardware_profiles.problems import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.bundle.parts import Part

BUNDLE_NAME = "bundle.json"
_MOST_PROBLEMS = 20
"""Of one bundle: whoever wrote it finds the others by these."""
_COLUMN = 4  # cases, 3, blocks, 0, column


def write(path: Path, document: dict[str, object]) -> None:
    """Write a bundle's document in canonical form, with its digest, in a folder that may be new.

    Raises:
        StoreError: it cannot be written.

    """
    make_folder(path.parent)
    write_atomically(path, canonical.dumps(document))


def find(run: Path) -> Path:
    """Return the bundle that a user means by a path: the file itself, or a run's folder.

    Raises:
        BundleError: there is none.

    """
    path = run / BUNDLE_NAME if run.is_dir() else run
    if not path.is_file():
        raise BundleError(str(run), ["no bundle is there; name a run's folder or its bundle.json"])
    return path


def verified(data: bytes, source: str) -> bytes:
    """Return a bundle's bytes in canonical form, where its digest says that they are all there.

    A shell or an editor may have saved them anew, in another encoding or with other white space.

    Raises:
        BundleError: they hold no document, or not the one that was written.

    """
    if not canonical.problems(data):
        return data
    try:
        data = canonical.restored(data)
    except TextError as error:
        raise BundleError(source, [str(error)]) from None
    if problems := canonical.problems(data):
        raise BundleError(source, problems)
    return data


def parse(data: bytes, source: str) -> Bundle:
    """Return the bundle that bytes hold.

    Raises:
        BundleError: they hold none; all problems at once, each with its place.

    """
    data = verified(data, source)
    return validated(orjson.loads(data), source, data)


def validated(document: dict[str, Any], source: str, data: bytes | None = None) -> Bundle:
    """Return the bundle that a document is, whose form and digest are known to be right.

    Args:
        document: of a bundle, of this version or an earlier one.
        source: what it is called in errors.
        data: the document as JSON, where that is there already.

    Raises:
        BundleError: it is none; all problems at once, each with its place.

    """
    version = document.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        problem = (
            f"schema_version: {version} is newer than this program, which reads up to "
            f"{SCHEMA_VERSION}; update the program"
        )
        raise BundleError(source, [problem])
    try:
        if version != SCHEMA_VERSION:
            data = orjson.dumps(upgraded(document))
        elif data is None:
            data = orjson.dumps(document)
        return Bundle.model_validate_json(data)
    except ValidationError as error:
        problems = [_problem(place, text) for place, text in sentences(error.errors())]
        more = len(problems) - _MOST_PROBLEMS
        if more > 0:
            problems[_MOST_PROBLEMS:] = [f"and {counted(more, 'problem')} more"]
        raise BundleError(source, problems) from None


def read(run: Path, needs: Sequence[Part] = ()) -> Bundle:
    """Read the bundle of a run.

    Raises:
        BundleError: it is missing, cannot be used, or lacks a part that is needed.

    """
    path = find(run)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(str(path), [error.strerror or str(error)]) from error
    bundle = parse(data, str(path))
    if missing := lacking(bundle, needs):
        raise BundleError(str(path), missing)
    return bundle


def _problem(location: tuple[int | str, ...], message: str) -> str:
    """Return one validation error as `cases[3].blocks[0].samples_us[17]: what was expected`."""
    place = ""
    for depth, step in enumerate(location):
        if depth == _COLUMN and location[_COLUMN - 2] == "blocks" and isinstance(step, int):
            step = Block._fields[step] if step < len(Block._fields) else step  # noqa: PLW2901
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else step
    return f"{place}: {message}"
