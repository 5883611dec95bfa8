"""A file measured for real: rounds, words, a path that breaks, and nothing left behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench.cli import main
from bench.commands.formats import words
from bench.system.watch import Watch
from bench.tables.sources import Task
from bench.tables.survey import Survey, Timed, survey, times_as_fast
from hardware_profiles.command_line import BAD_INPUT, DONE, NOISY, USAGE

if TYPE_CHECKING:
    from pathlib import Path


def timed(job: str, path: str, rounds: list[float], size: int) -> Timed:
    return Timed(job, path, [[value] for value in rounds], size)


def made_up() -> Survey:
    return Survey(
        "rows.csv",
        {"kind": "csv", "rows": 3, "columns": 2, "notes": [], "sampled": None, "bytes": 1000},
        [
            timed("own", "csv/rows/pandas", [9.0, 18.0, 9.0], 1000),
            timed("own", "csv/rows/stdlib", [18.0, 36.0, 18.0], 1000),
            timed("decode", "arrow/columns/pyarrow", [1.0, 2.0, 1.0], 400),
            timed("decode", "parquet/zstd/pyarrow", [3.0, 6.0, 3.0], 100),
        ],
    )


def test_plain_words_compare_with_the_fastest_that_reads_the_file_now() -> None:
    """Ratios are within rounds, so that a slow round changes none."""
    fast, small, readers = words(made_up())
    assert fast == (
        "As arrow/columns/pyarrow your data would decode 9 times as fast as it does now by "
        "csv/rows/pandas, and take 0.4 of the bytes (the fastest to read)."
    )
    assert "parquet/zstd/pyarrow your data would decode 3 times" in small
    assert "take 0.1 of the bytes (the smallest)" in small
    assert readers == "As it is, csv/rows/pandas reads it 2 times as fast as csv/rows/stdlib."
    own = made_up().of("own")
    assert times_as_fast(own[0], own[1]).value == 2


@pytest.mark.process
def test_a_file_is_measured_and_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "".join(f"{row},{row * 7 % 1000}\n" for row in range(300)))
    assert main(["formats", "rows.csv", "--seconds", "0.1", "--json"]) in {DONE, NOISY}
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["kind"], result["rows"], result["columns"]) == ("csv", 300, 2)
    assert result["rounds"] >= 2
    by_path = {(each["job"], each["path"]): each for each in result["measured"]}
    for job, name in (("own", "csv/rows/wire"), ("decode", "arrow/columns/pyarrow"),
                      ("encode", "parquet/zstd/pyarrow")):  # fmt: skip
        each = by_path[job, name]
        assert each["problem"] is None
        assert 0 < each["seconds"]["low"] <= each["seconds"]["value"] <= each["seconds"]["high"]
    assert by_path["own", "csv/rows/wire"]["bytes"] == path.stat().st_size
    assert "times as fast as it does now" in result["words"][0]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.process
def test_a_path_that_breaks_its_process_is_an_error_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As native code can: by a stand-in for orjson that ends the process."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\n')
    broken: list[str] = []

    from bench.tables import survey as module

    ask = module._Process.ask

    def asked(self: module._Process, request: object) -> dict[str, object]:
        if isinstance(request, module.Time) and request.path == "json/lines/stdlib":
            assert self._child is not None
            self._child._process.kill()
            broken.append(request.job)
        return ask(self, request)

    monkeypatch.setattr(module._Process, "ask", asked)
    monkeypatch.setattr("bench.system.causes.end", lambda *_: module_end())
    with Watch() as watch:
        result = survey(Task(str(path)), 0.1, watch, lambda _: None)
    problems = {(each.job, each.path): each.problem for each in result.timed if each.problem}
    assert set(broken) == {job for job, name in problems if name == "json/lines/stdlib"}
    assert "its process broke" in problems["own", "json/lines/stdlib"]
    assert all(each.rounds for each in result.timed if each.path == "json/lines/orjson")


def module_end() -> object:
    from bench.system.causes import End

    return End("it crashed", outside=False)


@pytest.mark.process
def test_bad_input_is_an_error_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n3\n")
    assert main(["formats", str(path)]) == BAD_INPUT
    shown = capsys.readouterr()
    assert shown.err.startswith(f"error: {path}: not read as csv: line 3: 1 values")
    assert shown.out == ""


@pytest.mark.parametrize("words", [["--type", "a"], ["--seconds", "0"], ["--kind", "xml"], []])
def test_wrong_options(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["formats", *words, *(["x.csv"] if words else [])])
    assert ended.value.code == USAGE
