"""The first screen: what it says is what the model and the profiles say, and how that is known."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest

from analysis.devices.host import predict_hosts
from analysis.devices.scaling import DeviceView
from analysis.document import Definitions, Figure
from analysis.document.numbers import number, with_interval
from analysis.model.prediction import predict
from analysis.model.recommendation import recommend
from analysis.render import html, json
from analysis.report import axes, summary
from analysis.report import run as content
from analysis.report.recommendation import format_or_disk
from analysis.statistics.codecs import usual_batches
from bench.bundle import Setup, read
from tests.analysis.model.machines import machine_of
from tests.conftest import ROOT, block

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.model.machine import Machine
    from bench.bundle import Bundle


@pytest.fixture(scope="module")
def machine() -> Machine:
    return machine_of(read(ROOT / "tests/golden/two-cores.json"))


@pytest.fixture(scope="module")
def report(machine: Machine) -> content.Report:
    return content.report(machine)


def answers(report: content.Report) -> dict[str, str]:
    document = content.document(report)
    (section,) = [s for s in document.sections if s.title == "In short"]
    block = section.blocks[0]
    assert isinstance(block, Definitions)
    return {name: cell.text for name, cell in block.items}


def test_the_pipeline_is_the_usual_one_with_the_workers_that_gave_most(
    report: content.Report,
) -> None:
    """image x64, json was measured with 0, 1, 2 and 4 workers; 4 gave 7,220 samples/s."""
    assert isinstance(report.summary, summary.Summary)
    setup = report.summary.measured.setup
    assert (setup.payload, setup.format, setup.workers, setup.accelerator) == (
        "image",
        "json",
        4,
        "none",
    )


def test_it_answers_the_four_questions_as_the_model_does(
    machine: Machine, report: content.Report
) -> None:
    assert isinstance(report.summary, summary.Summary)
    setup = report.summary.measured.setup
    said = answers(report)
    assert list(said) == ["The bottleneck", "What to change", "With an H100", "How sure"]
    prediction = predict(machine.calibration, setup)
    assert f"The bottleneck is {prediction.bottleneck} (" in said["The bottleneck"]
    assert with_interval(report.summary.measured.samples_per_s) in said["The bottleneck"]
    assert said["What to change"] == format_or_disk(recommend(machine.calibration, setup))
    view = DeviceView.of(machine, "h100")
    hosts = predict_hosts(view, Setup(payload="image", codec=setup.codec))
    assert len(hosts) == 2
    for host in hosts:
        assert host.demand
        assert (
            f"{number(host.samples_per_s.value)} of the {number(host.demand.value)}"
            in (said["With an H100"])
        )
    assert said["How sure"].startswith(f"The verdict is {report.verdict.trust.value}.")


def test_each_answer_says_how_it_is_known(report: content.Report) -> None:
    said = answers(report)
    assert "(measured)" in said["The bottleneck"]
    assert "(predicted)" in said["The bottleneck"]
    assert "(extrapolated)" in said["With an H100"]
    lead = content.document(report).lead
    assert "were measured here" in lead
    assert "were emulated by waiting" in lead
    assert "What is predicted says so." in lead


def test_the_first_screen_comes_before_the_contents_and_these_before_all_else(
    report: content.Report,
) -> None:
    text = html.text(content.document(report))
    titles = re.findall(r'<h2 id="([^"]+)"', text)
    links = re.findall(r'<a href="#([^"]+)"', text)
    assert titles[0] == "in-short"
    assert links == titles[1:]
    assert titles[1] == "this-machine"
    assert text.index('id="in-short"') < text.index("<nav") < text.index(f'id="{titles[1]}"')


def test_a_page_without_a_pipeline_says_nothing_of_one(
    make_bundle: Callable[..., Bundle],
) -> None:
    bundle = make_bundle({"memcpy/tokens-1024/b256": [block(1.0, 1.1)]})
    document = content.document(content.report(machine_of(bundle)))
    assert "In short" not in {section.title for section in document.sections}
    assert "emulated" not in document.lead


def test_where_nothing_can_be_predicted_the_reason_stands_there(report: content.Report) -> None:
    changed = replace(report, summary="too little was measured")
    assert answers(changed)["Predictions"] == "None: too little was measured."


def test_json_has_all_results_by_name(report: content.Report) -> None:
    whole = orjson.loads(json.text(content.document(report)))
    assert report.pipeline
    assert report.disk
    configurations = whole["pipeline"]["configurations"]
    assert len(configurations) == len(report.pipeline.configurations)
    first, result = configurations[0], report.pipeline.configurations[0]
    assert first["samples_per_s"]["value"] == result.samples_per_s.value
    assert Setup.model_validate(first["configuration"]) == result.setup
    (curve,) = report.pipeline.curves
    (knee,) = whole["pipeline"]["knees"]
    assert (knee["knee"], knee["low"], knee["high"]) == (
        curve.knee,
        curve.knee_low,
        curve.knee_high,
    )
    points = whole["predictions"]["points"]
    assert len(points) == whole["predictions"]["throughput_error"]["count"]
    assert {"value", "low", "high", "kind"} <= points[0]["predicted"].keys()
    assert len(whole["disk"]["rates"]) == len(report.disk.rows)
    assert whole["machine"]["cpu"] == report.bundle.machine.cpu
    assert len(whole["codecs"]) == len(report.batches)
    assert whole["codecs"][0]["codecs"][0]["decode_mb_per_s"]["unit"] == "MB/s"
    assert whole["summary"]["predicted"]["bottleneck"] == "decode"


def test_a_factor_without_an_interval_is_not_called_a_comparison(
    make_bundle: Callable[..., Bundle],
) -> None:
    """One process tells nothing of the spread."""
    shape = "tokens-1024/b256"
    bundle = make_bundle(
        {
            f"decode/json/lines/wire/{shape}": [block(2.0, 2.0, 2.0)],
            f"decode/json/lines/stdlib/{shape}": [block(3.4, 3.4, 3.4, order=1)],
        }
    )
    report = content.report(machine_of(bundle))
    findings = [finding.text for axis in report.axes for finding in axis.findings]
    assert findings == [
        (
            "tokens: on the same bytes, json/lines/wire against json/lines/stdlib: "
            "too few processes to tell."
        )
    ]
    assert "[?]" not in html.text(content.document(report))


def caption_of(axis: axes.Axis) -> str:
    section = axes.section([axis], ["tokens"])
    (figure,) = [b for s in section.sections for b in s.blocks if isinstance(b, Figure)]
    return figure.caption


def test_captions_explain_what_is_drawn_and_nothing_else(report: content.Report) -> None:
    by_format, by_layout, by_decoder = report.axes
    whole = caption_of(by_format)
    assert "Dashed line: memcpy" in whole
    assert "Grey tick" in whole
    panels = tuple(
        replace(panel, limits=tuple(limit for limit in panel.limits if limit.label is None))
        for panel in by_format.panels
    )
    assert "Grey tick" not in caption_of(replace(by_format, panels=panels))
    assert caption_of(by_layout) == "Circled: the canonical layout."
    assert caption_of(by_decoder) == "Circled: the code that most beginners write."
    batches = usual_batches(report.batches)
    bare = axes.by_format([replace(batch, memcpy=None) for batch in batches])
    assert "memcpy" not in caption_of(bare)
