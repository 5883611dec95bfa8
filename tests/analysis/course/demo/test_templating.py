"""A template is put together from runs, and classes are made from it."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import orjson
import pytest

from analysis.cli import main
from analysis.course.demo import template, variances
from analysis.course.demo.templating import merged
from bench.bundle import Bundle, Pipeline, parse
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = ROOT / "tests/golden"


def golden(name: str) -> Bundle:
    return parse((GOLDEN / name).read_bytes(), name)


def test_numbers_are_of_the_base_and_the_shape_is_kept() -> None:
    shape, base = golden("one-core.json"), golden("two-cores-learning.json")
    result = parse(gzip.decompress(merged(shape, base, [])), "merged")
    assert [case.id for case in result.cases] == [case.id for case in shape.cases]
    times = {case.id: case.blocks[0].samples_us for case in base.cases}
    for case in result.cases:
        assert case.blocks[0].samples_us == times[case.id]
    one, other = shape.measured_pipeline, result.measured_pipeline
    assert one
    assert other
    assert [c.setup for c in other.configurations] == [c.setup for c in one.configurations]
    assert all(len(c.windows) == 1 for c in other.configurations)
    assert result.run.state == "complete"


def test_what_the_base_lacks_is_brought_to_its_speed() -> None:
    shape, base = golden("one-core.json"), golden("two-cores-learning.json")
    document = orjson.loads((GOLDEN / "one-core.json").read_bytes())
    pipeline = base.model_dump(mode="json", by_alias=True)["pipeline"]
    pipeline["configurations"][0]["windows"] = []
    base = base.model_copy(update={"pipeline": Pipeline.model_validate_json(
        orjson.dumps(pipeline)
    )})  # fmt: skip
    result = orjson.loads(gzip.decompress(merged(shape, base, [])))
    window = result["pipeline"]["configurations"][0]["windows"][0]
    was = document["pipeline"]["configurations"][0]["windows"][0]
    factor = window["us"] / was["us"]
    assert window["batches"] == was["batches"]
    assert window["canary_us"][0] == pytest.approx(was["canary_us"][0] * factor, rel=0.01)
    assert factor != 1.0


def test_a_template_has_every_part_of_a_run() -> None:
    document = template.template("quick").document
    assert all(case["blocks"] for case in document["cases"])
    assert all(record["windows"] for record in document["pipeline"]["configurations"])
    assert document["learning"]["doorbell"]
    assert document["storage"]["reads"]
    small = template.template("small").document
    assert 2 * len(small["cases"]) < len(document["cases"])


def test_maintainers_write_what_classes_are_made_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [str(GOLDEN / "one-core.json"), str(GOLDEN / "two-cores-learning.json")]
    assert main(["demo-class", "--fit", *runs, "--template", *runs, "--out", str(tmp_path)]) == 0
    assert "quiet from 2 of 2 runs" in capsys.readouterr().out
    fitted = orjson.loads((tmp_path / "variances.json").read_bytes())
    shipped = orjson.loads(variances.FILE.read_bytes())
    assert fitted["sets"]["quiet"]["coupling"] == shipped["sets"]["quiet"]["coupling"]
    assert main(["demo-class", "--template", *runs[:1], "--out", str(tmp_path)]) == 1
    assert "two runs at least" in capsys.readouterr().err
    assert main(["demo-class", "--fit", *runs, "--out", str(tmp_path / "none")]) == 1
    assert "there is no such folder" in capsys.readouterr().err
