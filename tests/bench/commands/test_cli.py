"""The command line as a user meets it: answers on stdout, errors that say what to do."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import orjson
import pypdf
import pytest

from bench.bundle import lock
from bench.pipeline.configuration import configuration
from bench.presets import PRESETS
from bench.run.document import new_document
from bench.run.record import Recorder
from formats.payloads import payload
from formats.registry import fast
from tests.conftest import ROOT, command

pytestmark = pytest.mark.process

GOLDEN = str(ROOT / "tests/golden/bundle-v1.json")


bench = partial(command, "bench")


@pytest.mark.parametrize("words", [(), ("run",), ("list",), ("preview",)])
def test_help_has_examples(
    environment: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, out, err = bench(environment, tmp_path, *words, "--help")
    assert (code, err) == (0, "")
    assert "exit status" in out if not words else "examples:" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--payload", "video"), "choose from tabular, image, tokens, audio"),
        (("run", "--format", "xml"), "choose from csv, json, parquet, protobuf"),
        (("list", "--codec", "json"), "choose from csv/rows/wire"),
        (("run", "--format", "csv", "--codec", "json/lines/orjson"), "no case has that"),
        (("run", "--nonce", "ä"), "printable ASCII"),
        (("run", "--nonce", ""), "1 to 80"),
        (("run", "--resume"), "no partial run is there"),
        (("run", "--resume", "nowhere"), "no bundle is there"),
        (("run", "--resume", GOLDEN), "complete; there is nothing to resume"),
        (("run", "--out", "file/inside"), "cannot write"),
        (("run", "--out", "used"), "name another folder"),
        (("preview", "file"), "not JSON"),
        (("list", "--measured", "nowhere"), "no bundle is there"),
        (("preview", "a" * 300), "too long"),
    ],
)
def test_bad_input_gets_one_plain_error(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "file").write_text("not a bundle")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "bundle.json").write_text("{}")
    code, out, err = bench(environment, tmp_path, *arguments)
    assert (code, out) == (1, "")
    assert message in err
    assert "Traceback" not in err


def test_a_folder_that_another_run_measures_in_is_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    document = new_document(PRESETS["quick"], seed=1, nonce="n")
    Recorder(tmp_path / "busy" / "bundle.json", document).save(0)
    with lock(tmp_path / "busy"):
        code, out, err = bench(environment, tmp_path, "run", "--resume", "busy")
    assert (code, out) == (1, "")
    assert "is measuring in busy" in err
    assert err.startswith("error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("run", "--preset", "huge"),
        ("run", "--seed", "-1"),
        ("run", "--resume", "x", "--preset", "quick"),
        ("run", "--resume", "--payload", "image"),
    ],
)
def test_wrong_usage_exits_with_2(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, out, err = bench(environment, tmp_path, *arguments)
    assert (code, out) == (2, "")
    assert "usage:" in err


@pytest.mark.parametrize("preset", PRESETS)
def test_list_shows_the_cases_by_rank(
    environment: dict[str, str], tmp_path: Path, preset: str
) -> None:
    code, out, _ = bench(environment, tmp_path, "list", "--preset", preset, "--json")
    rows = orjson.loads(out)
    assert code == 0
    assert [row["rank"] for row in rows] == list(range(len(rows)))
    assert len({row["id"] for row in rows}) == len(rows)
    assert rows[0]["id"].startswith("decode/")
    assert all(row["cost_s"] > 0 for row in rows)


def test_list_takes_costs_from_a_run(environment: dict[str, str], tmp_path: Path) -> None:
    nominal = bench(environment, tmp_path, "list", "--json")[1]
    measured = bench(environment, tmp_path, "list", "--json", "--measured", GOLDEN)[1]
    before, after = orjson.loads(nominal), orjson.loads(measured)
    assert [row["id"] for row in before] == [row["id"] for row in after]
    assert len({row["cost_s"] for row in before}) == 1
    assert len({row["cost_s"] for row in after}) > 10


def test_filters_narrow_the_list(environment: dict[str, str], tmp_path: Path) -> None:
    narrow = ("--payload", "audio", "--format", "json")
    rows = orjson.loads(bench(environment, tmp_path, "list", "--json", *narrow)[1])
    audio = payload("audio")
    fastest = {way: fast("json/lines", audio, way).codec for way in ("decode", "encode")}
    assert {row["id"] for row in rows} == {
        f"decode/{fastest['decode']}/audio-16000/b32",
        "decode/json/lines/stdlib/audio-16000/b32",
        f"encode/{fastest['encode']}/audio-16000/b32",
        "memcpy/audio-16000/b32",
    }


def test_configurations_are_listed_as_what_an_experiment_runs(
    environment: dict[str, str], tmp_path: Path
) -> None:
    status, out, _ = bench(environment, tmp_path, "list", "--pipeline")
    assert status == 0
    assert "image x64, json, 2 workers" in out
    assert "held out" in out
    listed = orjson.loads(bench(environment, tmp_path, "list", "--pipeline", "--json")[1])
    assert len(listed) == PRESETS["quick"].configurations
    assert configuration(listed[0]).setup() == configuration({"codec": "json"}).setup()


def test_a_named_codec_is_listed_where_the_preset_shows_another(
    environment: dict[str, str], tmp_path: Path
) -> None:
    named = ("--payload", "tokens", "--codec", "json/lines/orjson")
    rows = orjson.loads(bench(environment, tmp_path, "list", "--json", *named)[1])
    assert "decode/json/lines/orjson/tokens-1024/b256" in {row["id"] for row in rows}


def test_sizes_and_batches_take_the_place_of_the_presets(
    environment: dict[str, str], tmp_path: Path
) -> None:
    filters = ("--payload", "tokens-wide", "--size", "16", "--batch", "1", "--batch", "1000")
    rows = orjson.loads(bench(environment, tmp_path, "list", "--json", *filters)[1])
    shapes = {row["id"].partition("/tokens-")[2] for row in rows}
    assert shapes == {"wide-16/b1", "wide-16/b1000"}


def test_preview_shows_every_fact_with_its_reason(
    environment: dict[str, str], tmp_path: Path
) -> None:
    from bench.bundle import Environment, Machine

    wide = {**environment, "COLUMNS": "200"}
    code, out, _ = bench(wide, tmp_path, "preview")
    assert code == 0
    for model, name in ((Machine, "machine"), (Environment, "before")):
        for key, field in model.model_fields.items():
            assert f"{name}.{key}" in out
            assert field.description
            assert field.description in " ".join(out.split())
    facts = orjson.loads(bench(environment, tmp_path, "preview", "--json")[1])
    assert set(facts["machine"]) == set(Machine.model_fields)


def test_preview_of_a_run_is_its_bundle(environment: dict[str, str], tmp_path: Path) -> None:
    code, out, _ = bench(environment, tmp_path, "preview", GOLDEN)
    assert code == 0
    assert orjson.loads(out) == orjson.loads(Path(GOLDEN).read_bytes())


PLANTED = ("plantedlogin", "plantedhost", "Planted Person")

# Whoever asks this process for names gets planted ones.
SITE = """
import getpass, os, platform, socket
getpass.getuser = os.getlogin = lambda: "plantedlogin"
socket.gethostname = socket.getfqdn = platform.node = lambda *a: "plantedhost"
real = platform.uname()
platform.uname = lambda: real._replace(node="plantedhost")
"""


def test_no_output_names_user_home_or_host(environment: dict[str, str], tmp_path: Path) -> None:
    home = tmp_path / "home" / "plantedlogin"
    home.mkdir(parents=True)
    (home / "sitecustomize.py").write_text(SITE)
    planted = {
        **environment,
        "PYTHONPATH": os.pathsep.join([str(home), str(ROOT)]),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "USER": "plantedlogin",
        "LOGNAME": "plantedlogin",
        "USERNAME": "plantedlogin",
        "HOSTNAME": "plantedhost",
        "COMPUTERNAME": "plantedhost",
        "GIT_AUTHOR_NAME": "Planted Person",
        "EMAIL": "plantedlogin@plantedhost",
    }
    code, out, err = bench(
        planted, home, "run", "--payload", "audio", "--codec", "protobuf/messages/wire"
    )
    assert code in {0, 3}, err
    shown = bench(planted, home, "preview")[1] + bench(planted, home, "preview", "--json")[1]
    code, report, err = command("analysis", planted, home, "report")
    assert code in {0, 3}, err
    written = [path for path in (home / "runs").rglob("*") if path.is_file()]
    assert {path.name for path in written} == {"bundle.json", "report.html", "report.pdf"}
    texts = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in written}
    paper = pypdf.PdfReader(next(path for path in written if path.suffix == ".pdf"))
    texts["paper"] = f"{paper.metadata} {' '.join(sheet.extract_text() for sheet in paper.pages)}"
    texts |= {"stdout": out, "stderr": err, "preview": shown, "report": report}
    for where, text in texts.items():
        for name in (*PLANTED, str(home)):
            assert name not in text, where
