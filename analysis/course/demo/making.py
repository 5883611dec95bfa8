"""A class on disk: folders of files, and the truth beside them.

A folder of files is written whole or not at all, so that what was interrupted goes on where it was.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson

from analysis.course.demo.people import PLAIN, SYSTEMS, gradebook, people, person, roster
from analysis.course.demo.students import File, student
from analysis.course.engines import on_cores
from analysis.errors import AnalysisError
from bench.bundle import write_atomically
from bench.bundle.files import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from analysis.course.demo.students import Recipe, Student

FOLDER = 1000
"""Students a folder."""
SUBMISSIONS, TRUTH = "submissions", "truth.json"
ROSTER, GRADEBOOK = "roster.csv", "gradebook.csv"
_PARTS, _RECIPE, _UNFINISHED = ".truth", ".class.json", ".part"


def make(
    recipe: Recipe,
    students: int,
    out: Path,
    *,
    processes: int,
    progress: Callable[[int], None],
) -> None:
    """Write a class: `submissions/0000/*.json.gz` and so on, and `truth.json`.

    Args:
        recipe: what it is made of.
        students: how many.
        out: the folder; one that holds a part of the same class is completed.
        processes: at work at the same time.
        progress: is called with how many students are written.

    Raises:
        AnalysisError: something else lies there.
        StoreError: it cannot be written.

    """
    claim(recipe, out)
    chunks = [range(start, min(start + FOLDER, students)) for start in range(0, students, FOLDER)]
    missing = [chunk for chunk in chunks if not _is_done(out, chunk)]
    written = students - sum(map(len, missing))
    progress(written)
    for length in _made(recipe, missing, out, processes):
        written += length
        progress(written)
    if recipe.system:
        _write_people(recipe, students, out)
    _join(recipe, students, chunks, out)


def _made(recipe: Recipe, chunks: list[range], out: Path, processes: int) -> Iterator[int]:
    if processes == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield _chunk(recipe, chunk, out)
        return
    yield from on_cores(partial(_chunk, recipe, out=out), chunks, min(processes, len(chunks)))


def claim(recipe: Recipe, out: Path) -> None:
    """Note in a folder what the class in it is made of.

    Raises:
        AnalysisError: the folder holds something else, or there is none to make it in.
        StoreError: it cannot be written.

    """
    note = orjson.dumps(asdict(recipe), option=orjson.OPT_SORT_KEYS)
    path = out / _RECIPE
    try:
        if not out.resolve().parent.is_dir():
            raise AnalysisError(f"{out}: there is no folder {out.parent}; create it")
        taken = out.exists() and any(out.iterdir())
        if taken and (not path.exists() or path.read_bytes() != note):
            raise AnalysisError(
                f"{out}: something else lies there; name another folder with --out, or remove it"
            )
    except (OSError, RuntimeError) as error:
        raise AnalysisError(f"{out}: {error}; name another folder with --out") from error
    if not taken:
        make_folder(out)
        write_atomically(path, note)


def _folder(out: Path, chunk: range) -> Path:
    return out / SUBMISSIONS / f"{chunk.start // FOLDER:04d}"


def _part(out: Path, chunk: range) -> Path:
    return out / _PARTS / f"{chunk.start // FOLDER:04d}-{len(chunk)}.jsonl"


def _is_done(out: Path, chunk: range) -> bool:
    return _part(out, chunk).exists() and _folder(out, chunk).exists()


def _chunk(recipe: Recipe, chunk: range, out: Path) -> int:
    """Write a folder of students; return how many they are."""
    folder, part = _folder(out, chunk), _part(out, chunk)
    unfinished = folder.with_name(folder.name + _UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    lines = []
    for number in chunk:
        made = student(recipe, number)
        truth = {"folder": folder.name, **made.truth}
        if recipe.system:
            made, truth = _named(recipe, number, made, truth)
        for file in made.files:
            path = unfinished / file.name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(file.content)
        lines.append(orjson.dumps(truth))
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.replace(folder)
    make_folder(part.parent)
    for old in part.parent.glob(f"{folder.name}-*.jsonl"):
        old.unlink()
    write_atomically(part, b"\n".join(lines) + b"\n")
    return len(chunk)


def _named(
    recipe: Recipe, number: int, made: Student, truth: dict[str, Any]
) -> tuple[Student, dict[str, Any]]:
    """Return a student whose files are named as a system does, and the truth with the name."""
    who = person(recipe.seed, number)
    path = SYSTEMS[recipe.system]
    files = tuple(File(path(who, file.name), file.content) for file in made.files)
    notes = [{**note, "name": file.name} for note, file in zip(truth["files"], files, strict=True)]
    named = {"name": f"{who.first} {who.last}", "email": who.email, "listed": who.is_listed}
    return made._replace(files=files), {**truth, "files": notes, "person": named}


def _write_people(recipe: Recipe, students: int, out: Path) -> None:
    """Write the roster and the grade book of a class."""
    everybody = list(people(recipe.seed, students))
    with_pseudonyms = recipe.system == PLAIN
    write_atomically(out / ROSTER, roster(everybody, with_pseudonyms=with_pseudonyms))
    write_atomically(out / GRADEBOOK, gradebook(everybody))


def _join(recipe: Recipe, students: int, chunks: list[range], out: Path) -> None:
    """Write the truth of all students into one file."""
    head = orjson.dumps({"recipe": asdict(recipe), "students": students})[:-1]
    temporary = out / f"{TRUTH}{_UNFINISHED}"
    with temporary.open("wb") as file:
        file.write(head + b',"truth":[\n')
        places = count()
        for chunk in chunks:
            for line in _part(out, chunk).read_bytes().splitlines():
                file.write((b",\n" if next(places) else b"") + line)
        file.write(b"\n]}\n")
    temporary.replace(out / TRUTH)


def read_truth(out: Path) -> dict[str, Any]:
    """Return the truth of a class."""
    document: dict[str, Any] = orjson.loads((out / TRUTH).read_bytes())
    return document
