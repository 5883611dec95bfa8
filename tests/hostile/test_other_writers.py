"""Every decoder reads the files of other writers, or refuses them for what is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formats.registry import FORMATS
from tests.hostile.other_writers import __main__ as command
from tests.hostile.other_writers.foreign import Written, installed
from tests.hostile.other_writers.survey import WRITERS, file, outcomes, writers

pytestmark = pytest.mark.hostile

FILES = 16
"""Of each writer; `python -m tests.hostile.other_writers` makes as many as one likes."""

PAIRS = [(form, name) for form, entries in WRITERS.items() for name in entries]


@pytest.mark.parametrize(("form", "writer"), PAIRS, ids=[f"{f}: {name}" for f, name in PAIRS])
def test_files_of_other_writers_are_read_or_refused_for_what_they_are(
    form: str, writer: str
) -> None:
    library = WRITERS[form][writer][1]
    if not installed(library):
        pytest.skip(f"{library} is not installed, so no file of it is decoded")
    for number in range(FILES):
        one = file(form, writer, f"test.{number}")
        for outcome in outcomes(one):
            how = f"{outcome.codec}: {outcome.reason}; {one.written.how}, {form} test.{number}"
            assert outcome.kind != "wrong", how


@pytest.mark.parametrize(("form", "writer"), [(f, next(iter(WRITERS[f]))) for f in FORMATS])
def test_what_is_misread_or_refused_without_a_reason_is_noticed(form: str, writer: str) -> None:
    one = file(form, writer, "right.0")
    number = 0
    while one.written.refusal or len(next(iter(one.batch.values()))) < 2:
        number += 1
        one = file(form, writer, f"right.{number}")
    assert {o.kind for o in outcomes(one)} == {"equal"}
    fewer = replace(one, batch={name: values[1:] for name, values in one.batch.items()})
    assert {o.kind for o in outcomes(fewer)} == {"wrong"}
    cut = replace(one, written=Written(one.written.data[: len(one.written.data) // 2], "cut"))
    assert {o.kind for o in outcomes(cut)} == {"wrong"}
    read = replace(one, written=replace(one.written, refusal="some reason"))
    assert {o.kind for o in outcomes(read)} == {"wrong"}


def test_the_same_seed_makes_the_same_file() -> None:
    for form, writer in writers():
        one, again = file(form, writer, "same"), file(form, writer, "same")
        assert one.written.how == again.written.how
        assert {k: v.tobytes() for k, v in one.batch.items()} == {
            k: v.tobytes() for k, v in again.batch.items()
        }


def test_the_command_counts_and_says_how_to_repeat(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--files", "40", "--seed", "2"]) == 0
    shown = capsys.readouterr().out
    assert "40 files" in shown
    assert all(form in shown for form in FORMATS)
    assert command.main(["--writer", "csv/csv", "--seed", "2.3"]) == 0
    assert "1 files" in capsys.readouterr().out


def test_no_writer_of_that_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--writer", "none"])
    assert "no writer is called so" in capsys.readouterr().err
