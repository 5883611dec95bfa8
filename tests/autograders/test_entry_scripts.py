"""The autograders' own scripts, run on good, bad and hostile hand-ins, and on a broken machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from bench.course import read_course
from tests.analysis.course import hand_ins
from tests.analysis.course.formats.test_forms import CLASSROOM50, GRADESCOPE, RUNNER
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name == "nt", reason="these are scripts of a POSIX shell"),
]
FOLDER = ROOT / "autograders"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped course, of the term of our hand-ins."""
    run = hand_ins.bundle()["run"]
    text = (FOLDER / "course.toml").read_text(encoding="utf-8")
    text = re.sub(r"^nonce = .*", f'nonce = "{run["nonce"]}"', text, flags=re.MULTILINE)
    text = re.sub(r"^preset = .*", f'preset = "{run["preset"]}"', text, flags=re.MULTILINE)
    path = tmp_path_factory.mktemp("course") / "course.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def packed(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pack.py makes for Gradescope, unpacked as Gradescope does."""
    folder = tmp_path_factory.mktemp("packed")
    out = folder / "autograder.zip"
    pack("gradescope", course, out)
    with zipfile.ZipFile(out) as archive:
        archive.extractall(folder / "source")
        for entry in archive.infolist():
            (folder / "source" / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
    return folder / "source"


def pack(kind: str, course: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FOLDER / "pack.py"), kind, "--course", course, "--out", out],
        capture_output=True,
        text=True,
        check=False,
        cwd=out.parent,
    )


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def repository(folder: Path) -> None:
    """All that Python would run if it looked into a student's files."""
    code = b"open('pwned', 'w').close(); raise SystemExit('pwned')\n"
    names = ("pip", "json", "analysis/__init__", "analysis/__main__", "sitecustomize", "numpy")
    fill(folder, {f"{name}.py": code for name in names})
    fill(folder, {"run_autograder": b"touch pwned", "setup.py": code, "conftest.py": code})


def several(folder: Path) -> None:
    fill(folder, {"old/hand-in.json.gz": hand_ins.edited(), "hand-in.json.gz": hand_ins.good()})


def hostile(folder: Path) -> None:
    repository(folder)
    fill(folder, {"a.json.gz": hand_ins.HOSTILE, "bomb.json.gz": hand_ins.bomb()})
    fill(folder, {"-x.json.gz": b"\0", hand_ins.HOSTILE_NAME.replace("/", "") + ".gz": b"["})
    (folder / "link.json.gz").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.json.gz")
    (folder / "folder.json.gz").mkdir()


def good(folder: Path) -> None:
    repository(folder)
    body = (hand_ins.lock(), hand_ins.score())
    fill(folder, {"sub/hand-in.json.gz": hand_ins.good(*body)})


HAND_INS: dict[str, tuple[Callable[[Path], None], float]] = {
    "good": (good, 6.0),
    "several": (several, 4.0),
    "a run alone": (lambda f: fill(f, {"bundle.json": hand_ins.GOLDEN.read_bytes()}), 4.0),
    "edited": (lambda f: fill(f, {"hand-in.json.gz": hand_ins.edited()}), 0.0),
    "hostile": (hostile, 0.0),
    "nothing": (repository, 0.0),
}
"""Makers of hand-ins, and the points that each has."""


def gradescope(folder: Path, source: Path, **environment: str) -> dict[str, Any]:
    """Run run_autograder as Gradescope does, and return its results."""
    (folder / "source").symlink_to(source)
    done = subprocess.run(
        [str(folder / "source/run_autograder")],
        cwd=folder,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("PYTHON")},
            "AUTOGRADER_ROOT": str(folder),
            "AUTOGRADER_PYTHON": sys.executable,
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads((folder / "results/results.json").read_bytes())
    return document


@pytest.mark.parametrize("name", HAND_INS)
def test_gradescope_has_valid_results_for_whatever_is_handed_in(
    tmp_path: Path, packed: Path, name: str
) -> None:
    make, points = HAND_INS[name]
    (tmp_path / "submission").mkdir()
    make(tmp_path / "submission")
    document = gradescope(tmp_path, packed)
    jsonschema.Draft202012Validator(GRADESCOPE).validate(document)
    assert document["score"] == points
    assert sum(test.get("score", 0) for test in document["tests"]) == points
    assert sum(test.get("max_score", 0) for test in document["tests"]) == 12
    assert not list(tmp_path.rglob("pwned"))
    assert {path.name for path in (tmp_path / "results").iterdir()} == {"results.json"}
    if name == "hostile":
        assert document["output"].count("rejected") == 7
        assert "root:" not in json.dumps(document)
    if name == "nothing":
        assert document["output"].startswith("nothing-was-handed-in.json.gz: rejected")


@pytest.mark.parametrize("broken", ["no course", "code fails", "no Python", "Python fails"])
def test_where_the_autograder_fails_nobody_has_a_score(
    tmp_path: Path, packed: Path, broken: str
) -> None:
    source = tmp_path / "copy"
    source.mkdir()
    for name in ("run_autograder", "grade.py", "course.toml"):
        shutil.copy(packed / name, source / name)
    if broken == "code fails":
        fill(source, {"analysis/__init__.py": b"raise RuntimeError\n"})
    else:
        for name in ("analysis", "bench", "formats", "hardware_profiles"):
            (source / name).symlink_to(packed / name)
    if broken == "no course":
        (source / "course.toml").write_text("name = 1\n", encoding="utf-8")
    python = {"no Python": "/nowhere/python", "Python fails": "false"}.get(broken, sys.executable)
    place = tmp_path / "autograder"
    (place / "submission").mkdir(parents=True)
    good(place / "submission")
    (place / "results").mkdir()
    (place / "results/results.json").write_text('{"score": 99}', encoding="utf-8")
    document = gradescope(place, source, AUTOGRADER_PYTHON=python)
    assert "score" not in document
    (test,) = document["tests"]
    assert "score" not in test
    assert test["status"] == "failed"
    assert "It says nothing about your submission" in document["output"]
    del document["tests"]
    jsonschema.Draft202012Validator(GRADESCOPE | {"anyOf": [{}]}).validate(document)


def classroom50(folder: Path, bundle: Path) -> subprocess.CompletedProcess[str]:
    """Run autograder.py as the runner does, but for its installation."""
    return subprocess.run(
        [sys.executable, str(bundle / "autograder.py"), "--installed"],
        cwd=folder,
        env={**os.environ, **RUNNER},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def bundle(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "data-factory"
    pack("classroom50", course, out)
    return out


@pytest.mark.parametrize("name", ["good", "hostile", "nothing"])
def test_classroom50_has_a_valid_result_and_status_0_whatever_it_comes_to(
    tmp_path: Path, bundle: Path, name: str
) -> None:
    make, points = HAND_INS[name]
    make(tmp_path)
    (tmp_path / "result.json").write_text('{"score": 99}', encoding="utf-8")
    done = classroom50(tmp_path, bundle)
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "result.json").read_bytes())
    jsonschema.Draft202012Validator(CLASSROOM50).validate(document)
    assert (document["score"], document["max-score"]) == (points, 12)
    assert not list(tmp_path.rglob("pwned"))


def test_a_failure_of_the_autograder_is_a_status_and_no_result(
    tmp_path: Path, bundle: Path
) -> None:
    good(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    (copy / "course.toml").unlink()
    assert classroom50(tmp_path, copy).returncode == 3
    assert not (tmp_path / "result.json").exists()


def test_installing_never_looks_into_what_a_student_pushed() -> None:
    """A pip.py in the working directory is what `python -m pip` would run."""
    text = (FOLDER / "classroom50/autograder.py").read_text(encoding="utf-8")
    assert '"-I", "-m", "pip", "install"' in text
    assert "cwd=HERE" in text


def test_a_course_that_cannot_be_used_is_not_packed(tmp_path: Path, course: Path) -> None:
    (tmp_path / "bad.toml").write_text("name = 1\n", encoding="utf-8")
    done = pack("gradescope", tmp_path / "bad.toml", tmp_path / "x.zip")
    assert done.returncode == 1
    assert "is not a course file that can be used" in done.stderr
    assert not (tmp_path / "x.zip").exists()
    (tmp_path / "there").mkdir()
    done = pack("classroom50", course, tmp_path / "there")
    assert done.returncode == 1
    assert "is there already" in done.stderr


def test_what_is_packed_is_the_same_each_time_and_small(tmp_path: Path, course: Path) -> None:
    for name in ("a.zip", "b.zip"):
        pack("gradescope", course, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    # Gradescope and Classroom 50 take a hundred and ten times as much.
    assert (tmp_path / "a.zip").stat().st_size < 2 << 20
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
    assert {"setup.sh", "run_autograder", "course.toml", "grade.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_the_shipped_course_is_one() -> None:
    course = read_course(FOLDER / "course.toml")
    assert course.points + sum(question.points for question in course.questions) == 12


def test_checking_needs_no_more_than_is_installed(tmp_path: Path) -> None:
    """All other packages are hidden: torch and pandas are not in an autograder's image."""
    wanted = (FOLDER / "requirements.txt").read_text(encoding="utf-8").split("\n")
    names = {line for line in wanted if line and not line.startswith("#")}
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert [name for name in names if f"\n{name}==" not in f"\n{pinned}"] == []
    brought = {
        *("annotated_types", "pydantic_core", "typing_extensions", "typing_inspection"),
        *("markdown_it", "mdurl", "pygments"),
    }
    (tmp_path / "hand-in.json.gz").write_bytes(hand_ins.good())
    code = f"""
import sys, importlib.abc
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.split('.')[0]
        ours = ('analysis', 'bench', 'formats', 'hardware_profiles')
        if top in sys.stdlib_module_names or top in ours or top.startswith('_'): return None
        if top in {names | brought!r}: return None
        raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hidden())
from analysis.cli import main
sys.exit(main(['check', '--format', 'gradescope', 'hand-in.json.gz']))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["score"] == 1


@pytest.mark.parametrize("script", ["gradescope/setup.sh", "gradescope/run_autograder"])
def test_scripts_are_executable_and_parse(script: str) -> None:
    path = FOLDER / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(path)], check=True)
    assert b"\r" not in path.read_bytes()


def test_the_workflow_runs_what_is_packed() -> None:
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load((FOLDER / "classroom50/workflow.yaml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    (step,) = [each for each in workflow["jobs"]["check"]["steps"] if "run" in each]
    assert step["run"] == "python ../autograder/autograder.py"
    assert set(step["env"]) | {"REVIEW_URL"} >= set(RUNNER)
