"""The report: the same content in a table and on a page, safe to open, light to start."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from rich.console import Console

from analysis.document import Section
from analysis.document.numbers import interval, number, plus_minus
from analysis.model.equation import NAMES
from analysis.render import html, terminal
from analysis.report import run as content
from analysis.statistics.interval import log_t_interval
from bench.bundle import Bundle, Problem, read
from hardware_profiles.catalogue import catalogue
from tests.analysis.model.machines import machine_of
from tests.conftest import ROOT, block, command

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.run.pipeline_record import Document

GOLDEN = ROOT / "tests/golden/bundle-v1.json"
VOID = {"meta", "br", "link", "img", "path", "use", "rect"}


class Page(HTMLParser):
    """Collects what a page would load, its text, and whether its tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "xlink:href", "action"} and value and value[0] != "#":
                self.loads.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in {"th", "td"}:
            self.text += " "
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def report_of(bundle: Bundle) -> content.Report:
    return content.report(machine_of(bundle))


def findings(report: content.Report) -> list[str]:
    return [finding.text for axis in report.axes for finding in axis.findings]


def page_of(report: content.Report) -> str:
    return html.text(content.document(report))


def show(report: content.Report, width: int = 80) -> str:
    stream = StringIO()
    terminal.show(Console(file=stream, width=width), content.document(report), last_first=True)
    return stream.getvalue()


@pytest.fixture(scope="module")
def golden() -> content.Report:
    return report_of(read(GOLDEN))


def test_page_loads_nothing_and_is_well_formed(golden: content.Report) -> None:
    text = page_of(golden)
    page = Page(text)
    assert page.loads == []
    assert page.open == []
    assert "script" not in page.tags
    assert "@import" not in text
    assert "url(" not in text.replace("url(#", "")
    assert page.tags.count("figure") == sum(bool(axis.panels) for axis in golden.axes) == 3
    assert page.tags.count("svg") == sum(len(axis.panels) for axis in golden.axes)
    tables = len(golden.batches) + page.tags.count("figure")
    assert page.tags.count("table") == tables + 3, "and of locks, tracks and sources"
    for section in golden.batches:
        for row in section.codecs:
            assert row.codec in page.text
    assert golden.verdict.trust.value in page.text


@pytest.mark.parametrize("name", ["bundle-v1", "two-cores", "one-core"])
def test_sentences_hold_no_names_of_code(name: str) -> None:
    """Names with underscores are those of the bundle, of profiles, or of the model's parameters."""
    path = ROOT / f"tests/golden/{name}.json"
    # Sources are named as they are, by their addresses.
    report = replace(report_of(read(path)), sources=Section(""))
    words = set(re.findall(r"[a-z]+(?:_[a-z]+)+", Page(page_of(report)).text))
    known = " ".join((path.read_text(encoding="utf-8"), *catalogue()))
    assert words
    assert {word for word in words if word not in known} <= {*NAMES}


def test_equal_bundles_give_equal_pages(golden: content.Report) -> None:
    assert page_of(golden) == page_of(report_of(read(GOLDEN)))


def test_text_of_a_stranger_is_escaped(golden: content.Report) -> None:
    run = golden.bundle.run.model_copy(update={"nonce": "<script>alert(1)</script>"})
    machine = golden.bundle.machine.model_copy(update={"cpu": "<img src=x onerror=alert(1)>"})
    bundle = golden.bundle.model_copy(update={"run": run, "machine": machine})
    page = Page(page_of(report_of(bundle)))
    assert page.loads == []
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text


def test_terminal_shows_every_codec_on_eighty_columns(golden: content.Report) -> None:
    text = show(golden)
    words = " ".join(text.split())
    for section in golden.batches:
        for row in section.codecs:
            assert row.codec in text
            assert row.change is None or row.change in words
    assert max(map(len, text.splitlines())) <= 80
    assert f"verdict: {golden.verdict.trust.value}" in text
    assert "…" not in text


def test_rates_are_decoded_bytes_over_time(make_bundle: Callable[..., Bundle]) -> None:
    """By hand: 1,048,576 decoded bytes in 2 ms are 524.288 MB/s; memcpy takes a tenth of that."""
    shape = "tokens-1024/b256"
    bundle = make_bundle(
        {
            f"decode/json/lines/wire/{shape}": [
                block(2, 2, 2, process=k, order=k) for k in range(3)
            ],
            f"memcpy/{shape}": [block(0.2, 0.2, 0.2, process=k, order=9 + k) for k in range(3)],
        }
    )
    (section,) = [s for s in report_of(bundle).batches if s.memcpy]
    (row,) = [row for row in section.codecs if row.decode]
    assert row.decode is not None
    assert row.decode.mb_per_s.value == pytest.approx(524.288)
    assert row.decode.share_of_memcpy == pytest.approx(0.1)
    assert row.encoded_share == pytest.approx(1000 / 1_048_576)


@pytest.mark.parametrize(
    ("fast_ms", "slow_ms", "message"),
    [
        (
            (2, 2, 2),
            (4, 4, 4),
            "json/lines/wire decodes 2.00 times [2.00, 2.00] as fast as json/lines/stdlib.",
        ),
        ((2, 2, 2), (2.01, 2, 2.01), "is as fast (within 3 %) as"),
        ((2, 2, 2), (1, 2, 8), "cannot be told apart (1.00 times"),
    ],
)
def test_findings_say_no_more_than_the_intervals_allow(
    make_bundle: Callable[..., Bundle],
    fast_ms: tuple[float, ...],
    slow_ms: tuple[float, ...],
    message: str,
) -> None:
    shape = "tokens-1024/b256"
    bundle = make_bundle(
        {
            f"decode/{codec}/{shape}": [
                block(*[ms] * 3, process=k, order=first + k) for k, ms in enumerate(times)
            ]
            for first, codec, times in (
                (0, "json/lines/wire", fast_ms),
                (9, "json/lines/stdlib", slow_ms),
            )
        }
    )
    (finding,) = findings(report_of(bundle))
    assert message in finding


def test_a_case_that_failed_is_shown_as_that(golden: content.Report) -> None:
    bundle = golden.bundle
    bad = next(c for c in bundle.cases if c.id.startswith("encode/parquet/columns/"))
    cases = tuple(
        case.model_copy(update={"problem": Problem.WRONG_OUTPUT}) if case is bad else case
        for case in bundle.cases
    )
    report = report_of(bundle.model_copy(update={"cases": cases}))
    (row,) = [row for section in report.batches for row in section.codecs if row.problems]
    assert row.problems == {"encode": "wrong output"}
    assert row.encode is None
    assert row.decode is not None
    assert report.measured == golden.measured - 1
    assert "wrong output" in Page(page_of(report)).text
    assert show(report)


def test_no_finding_rests_on_a_case_that_failed(golden: content.Report) -> None:
    bundle = golden.bundle
    cases = tuple(
        case.model_copy(update={"problem": Problem.WRONG_OUTPUT})
        if case.id.startswith("decode/parquet/columns/wire")
        else case
        for case in bundle.cases
    )
    report = report_of(bundle.model_copy(update={"cases": cases}))
    assert findings(report)
    assert "parquet/columns/wire" not in " ".join(findings(report))
    assert report.verdict.trust.value == "invalid"


def test_a_partial_run_with_nothing_measured_has_a_report(
    make_bundle: Callable[..., Bundle],
) -> None:
    report = report_of(make_bundle({}, state="partial"))
    assert "nothing was measured" in Page(page_of(report)).text
    assert show(report)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "0"),
        (1234567, "1,230,000"),
        (99.96, "100.0"),
        (0.001234, "0.00123"),
        (-5.678, "-5.68"),
        (12.34, "12.3"),
        (float("inf"), "?"),
    ],
)
def test_numbers_have_three_digits(value: float, message: str) -> None:
    assert number(value) == message


def test_spread_in_words() -> None:
    assert plus_minus(log_t_interval([1.0])) == "±?"
    assert interval(log_t_interval([1.0])) == "[?]"
    assert plus_minus(log_t_interval([1.0, 1.0])) == "±0.0 %"
    assert plus_minus(log_t_interval([1.0, 5.0])).startswith("x/÷")


analysis = partial(command, "analysis")


@pytest.mark.process
def test_command_writes_the_page_beside_the_bundle(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    (run / "bundle.json").write_bytes(GOLDEN.read_bytes())
    code, out, err = analysis(environment, tmp_path, "report")
    trusted_verdict = report_of(read(GOLDEN)).verdict.trust.value
    expected = 0 if trusted_verdict == "valid" else 3
    assert (code, err) == (expected, "the last run: runs/one\n")
    assert "nox -s lock" in out.splitlines()[-3]
    assert out.splitlines()[-2] == str(Path("runs/one/report.pdf"))
    assert out.splitlines()[-1] == str(Path("runs/one/report.html"))
    assert Page((run / "report.html").read_text("utf-8")).loads == []

    code, out, _ = analysis(
        environment, tmp_path, "report", str(run), "--json", "--out", "page.html"
    )
    answer = orjson.loads(out)
    assert code == expected
    assert answer["page"] == "page.html"
    assert (tmp_path / "page.html").is_file()
    assert answer["verdict"] == trusted_verdict
    titles = {section["title"] for section in answer["sections"]}
    assert {"Three questions", "All codecs", "This machine"} <= titles
    codecs = next(section for section in answer["sections"] if section["title"] == "All codecs")
    rate = codecs["blocks"][0]["rows"][0]["cells"][2]["number"]
    assert rate["kind"] == "measured"
    assert rate["unit"] == "MB/s"
    assert rate["level"] == 0.95
    assert rate["low"] < rate["value"] < rate["high"]


@pytest.mark.process
def test_the_bundle_is_never_overwritten(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(GOLDEN.read_bytes())
    code, _, err = analysis(environment, tmp_path, "report", ".", "--out", "bundle.json")
    assert code == 1
    assert "is the bundle itself" in err
    assert path.read_bytes() == GOLDEN.read_bytes()


@pytest.mark.process
@pytest.mark.parametrize(
    ("content_", "message"), [(b"{", "not JSON"), (b"{}", "digest"), (None, "no bundle is there")]
)
def test_command_names_what_is_wrong_with_a_bundle(
    environment: dict[str, str], tmp_path: Path, content_: bytes | None, message: str
) -> None:
    path = tmp_path / "bundle.json"
    if content_ is not None:
        path.write_bytes(content_)
    code, out, err = analysis(environment, tmp_path, "report", str(path))
    assert (code, out) == (1, "")
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "report.html").exists()


def reads(
    order: str,
    state: str,
    rate_mb_per_s: int,
    disk_share: float | str,
    resident_percent: int | str | None = None,
) -> dict[str, object]:
    return {
        "order": order,
        "request_bytes": 1 << 20,
        "readers": 4,
        "state": state,
        "requests": 100,
        "us": (100 << 20) // rate_mb_per_s,
        "disk_bytes": disk_share
        if isinstance(disk_share, str)
        else round(disk_share * (100 << 20)),
        "resident_percent": resident_percent,
    }


STORAGE: dict[str, object] = {
    "reads": [
        reads("sequential", "warm", 8000, 0.0),
        reads("sequential", "cold", 500, 1.0, 0),
        reads("sequential", "direct", 600, 1.0),
        reads("sequential", "tmpfs", 7000, 0.0),
        reads("random", "warm", 4000, 0.0),
        reads("random", "cold", 3900, 0.1, 0),
        reads("random", "direct", 3800, 0.0),
    ],
    "cold": "measured",
    "direct": "measured",
    "tmpfs": "measured",
}


def test_the_disk_is_shown_and_memory_is_not_passed_off_as_it(
    document: Document, make_bundle: Callable[..., Bundle]
) -> None:
    document["storage"] = STORAGE
    report = report_of(make_bundle({}))
    assert report.disk
    item, other = report.disk.rows
    assert item.how == "in sequence by 1 MiB, 4 readers"
    assert item.rates == pytest.approx(
        {
            "cached MB/s": 8000,
            "disk MB/s": 500,
            "disk requests/s": 500e6 / (1 << 20),
            "direct MB/s": 600,
            "memory MB/s": 7000,
        },
        rel=1e-3,
    )
    # A tenth of one, and nothing of the other came from the disk, whatever the system was told.
    assert set(other.rates) == {"cached MB/s"}
    assert "did not read from the disk" in report.disk.remark
    for text in (show(report), Page(page_of(report)).text):
        message = " ".join(text.split())
        assert "in sequence by 1 MiB, 4 readers" in message
        assert "did not read from the disk" in message
        assert "files in memory (tmpfs)" in message
        assert "3,9" not in message


@pytest.mark.parametrize(
    ("resident", "shown", "remark"),
    [
        (0, True, ""),
        (1, False, "did not read from the disk"),
        ("unavailable: no mincore here", True, "Nothing here tells"),
        (None, True, "Nothing here tells"),
    ],
)
def test_where_reads_are_not_counted_pages_in_the_cache_tell(
    resident: int | str | None,
    shown: bool,
    remark: str,
    document: Document,
    make_bundle: Callable[..., Bundle],
) -> None:
    counted = "unavailable: not counted"
    document["storage"] = {
        "reads": [reads("random", "cold", 500, counted, resident)],
        "cold": "measured",
    }
    report = report_of(make_bundle({}))
    assert report.disk
    assert ("disk MB/s" in report.disk.columns) is shown
    assert remark in report.disk.remark
    assert bool(report.disk.remark) is bool(remark)
    for text in (show(report), Page(page_of(report)).text):
        assert ("after the system was told to drop the file" in " ".join(text.split())) is shown
        assert remark in text


def test_a_bundle_from_before_has_a_table_without_what_came_later(
    document: Document, make_bundle: Callable[..., Bundle]
) -> None:
    older = [reads("files", "warm", 900, 0.0), reads("files", "cold", 90, 1.0)]
    for item in older:
        del item["resident_percent"]
    document["storage"] = {"reads": older, "cold": "measured"}
    report = report_of(make_bundle({}))
    assert report.disk
    assert report.disk.columns == ("cached MB/s", "disk MB/s", "disk requests/s")
    assert report.disk.remark == ""
    assert "tmpfs" not in show(report) + page_of(report)


@pytest.mark.parametrize(
    ("storage", "remark"),
    [
        ("unavailable: OSError", "The disk was not measured (unavailable: OSError)."),
        (
            {
                "reads": [reads("files", "warm", 9, "unavailable: x")],
                "cold": "unavailable: no way",
            },
            "Reads past the page cache: unavailable: no way.",
        ),
        (
            {
                "reads": [reads("files", "warm", 9, 0.0)],
                "cold": "measured",
                "direct": "unavailable: no",
                "tmpfs": "unavailable: none",
            },
            (
                "Reads around the page cache: unavailable: no. "
                "Reads of a memory file system: unavailable: none."
            ),
        ),
    ],
)
def test_a_disk_that_was_not_measured_says_why(
    storage: object, remark: str, document: Document, make_bundle: Callable[..., Bundle]
) -> None:
    document["storage"] = storage
    report = report_of(make_bundle({}))
    assert report.disk
    assert report.disk.remark == remark
    assert remark in " ".join(show(report).split())


def test_a_bundle_of_a_selection_shows_no_disk(make_bundle: Callable[..., Bundle]) -> None:
    report = report_of(make_bundle({}))
    assert report.disk is None
    assert "This disk" not in page_of(report)
