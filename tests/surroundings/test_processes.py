"""Every command as a process of its own: each case, folder, encoding, output and environment once.

Here stand what only a new process has: descriptors, its locale, its variables, and a checkout
whose folder has a name of its own. All pairs are covered without processes, in `test_commands`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import pytest
from websockets.sync.client import connect

from bench.bundle import read
from hardware_profiles.command_line import DONE, INTERRUPTED, NOISY
from tests.conftest import ROOT
from tests.surroundings.cases import CASES, ENCODINGS, INPUTS, SHAPES, arguments, prepare
from tests.surroundings.covering import each_once

if TYPE_CHECKING:
    from pathlib import Path

    from tests.surroundings.cases import Case
    from tests.surroundings.covering import Row

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name == "nt", reason="descriptors and locales are of POSIX"),
]

CHECKOUT = "[a] $HOME %s 'b' {c} Данные 😀"
OUTPUTS = {
    "utf-8": {"PYTHONUTF8": "1"},
    "cp1251": {"PYTHONIOENCODING": "cp1251"},
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "strict": {"PYTHONIOENCODING": "koi8-r:strict", "PYTHONUNBUFFERED": "1"},
    "gone": {"PYTHONUNBUFFERED": "1"},
    "gone, buffered": {},
    "closed": {},
}
"""What stdout and stderr are: files of an encoding; one pipe whose reader has left; nothing."""
HOMES = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR")
ENVIRONMENTS = {
    "usual": {},
    "narrow": {"COLUMNS": "20", "TERM": "dumb"},
    "nonsense": {"COLUMNS": "wide", "LINES": "-1", "TERM": "%s", "MPLBACKEND": "module://nowhere"},
    "homes within": dict.fromkeys(HOMES, "PLACE/home"),
    "homes nowhere": dict.fromkeys(HOMES, "PLACE/nowhere"),
    "nobody": {"HOME": "", "LANG": "nowhere", "TZ": "nowhere"},
}
"""Variables; `PLACE` is the folder that is tried."""
FACTORS = {
    "case": [name for name, case in CASES.items() if not case.serves],
    "shape": list(SHAPES),
    "encoding": list(ENCODINGS),
    "output": list(OUTPUTS),
    "environment": list(ENVIRONMENTS),
    "checkout": ["here", "moved"],
}
ROWS = each_once(FACTORS)


def test_each_level_is_in_a_row() -> None:
    for name, levels in FACTORS.items():
        assert {row[name] for row in ROWS} == set(levels)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all packages in a folder whose name has all that a name may have."""
    checkout = tmp_path_factory.mktemp("moved") / CHECKOUT
    for package in ("analysis", "bench", "formats", "hardware_profiles"):
        shutil.copytree(ROOT / package, checkout / package)
    return checkout


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "; ".join(row.values()))
def test_a_process_does_the_same_in_whatever_surroundings(
    row: Row, moved: Path, tmp_path: Path
) -> None:
    case = CASES[row["case"]]
    place = tmp_path / SHAPES[row["shape"]]
    try:
        (place / "home").mkdir(parents=True)
    except (OSError, ValueError):
        pytest.skip("no folder can be called so here")
    prepare(place, case, row["encoding"])
    (place / "stdin").write_bytes(ENCODINGS[row["encoding"]](INPUTS["CONFIG"].content().decode()))
    table = (ROOT / "formats/fastest.json").read_bytes()
    # That table is not for a test to write; a measuring process has to find its own code.
    is_moved = case.of_checkout or case.measures or row["checkout"] == "moved"
    status, said = run(case, row, place, moved if is_moved else ROOT)

    assert status in {DONE, NOISY}, said
    assert "Traceback" not in said
    assert "error" not in said.lower()
    if case.measures and case.writes.endswith(".json"):
        assert read(place / case.writes).run.state == "complete"
    elif case.of_checkout:
        assert (moved / "formats/fastest.json").read_bytes() != table
    elif case.writes:
        assert (place / case.writes).stat().st_size > 200


def run(case: Case, row: Row, place: Path, checkout: Path) -> tuple[int, str]:
    """Run a command; return its exit status and what is read of its stderr."""
    variables = {
        name: value.replace("PLACE", str(place))
        for name, value in ENVIRONMENTS[row["environment"]].items()
    }
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    for name in ("PYTHONUNBUFFERED", "COLUMNS", "PYTHONIOENCODING", "PYTHONUTF8"):
        environment.pop(name, None)
    environment |= variables | OUTPUTS[row["output"]]
    command = [sys.executable, "-m", case.package, *arguments(case, str(place))]
    if row["output"] == "closed":
        command = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command]
    stdout, stderr = place / "stdout", place / "stderr"
    with (place / "stdin").open("rb") as stdin, stdout.open("wb") as out, stderr.open("wb") as err:
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as gone:
            is_gone = row["output"].startswith("gone")
            done = subprocess.run(
                command,
                stdin=stdin,
                stdout=gone if is_gone else out,
                stderr=gone if is_gone else err,
                env=environment,
                cwd=place,
                check=False,
            )
    return done.returncode, stderr.read_bytes().decode(errors="replace")


@pytest.mark.parametrize("output", ["utf-8", "ascii", "strict"])
@pytest.mark.parametrize("shape", ["markup", "no text"])
def test_the_lab_shows_its_page_from_whatever_folder_and_ends_when_it_is_interrupted(
    shape: str, output: str, moved: Path, tmp_path: Path
) -> None:
    (case,) = [case for case in CASES.values() if case.serves]
    place = tmp_path / SHAPES[shape]
    try:
        place.mkdir(parents=True)
    except (OSError, ValueError):
        pytest.skip("no folder can be called so here")
    prepare(place, case, "UTF-8")
    ledger = (place / INPUTS["LEDGER"].file).read_bytes()
    environment = {**os.environ, "PYTHONPATH": str(moved), "XDG_CACHE_HOME": str(tmp_path)}
    environment |= OUTPUTS[output]
    command = [sys.executable, "-m", "analysis", *arguments(case, str(place)), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, cwd=place) as lab:
        assert lab.stderr
        try:
            said = b""
            while b"access_token=" not in said:
                said = lab.stderr.readline()
                assert said, "it has ended"
            address = said.decode("ascii").strip()
            operations, text = opened(address)
            lab.send_signal(signal.SIGINT)
            errors = lab.stderr.read()
        finally:
            lab.kill()
    assert operations[-1] == "completed-run"
    assert "The Data Factory" in text
    assert "marimo-error" not in text
    assert (lab.returncode, errors) == (INTERRUPTED, b"interrupted\n")
    # What an open act shows is a try.
    assert (place / INPUTS["LEDGER"].file).read_bytes().startswith(ledger)


def opened(address: str) -> tuple[list[str], str]:
    """Open a page of the lab; return what it is sent until all of its cells have run."""
    place, _, query = address.removeprefix("http://").partition("/?")
    operations: list[str] = []
    text = ""
    with connect(f"ws://{place}/ws?session_id=s_abcdef&{query}", close_timeout=0.1) as socket:
        while "completed-run" not in operations:
            message = socket.recv(timeout=60)
            operations.append(orjson.loads(message)["op"])
            text += str(message)
    return operations, text
