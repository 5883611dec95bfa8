"""The page of all codecs side by side says who is ahead, by how much, and what was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from analysis.render import markdown
from analysis.report import performance
from analysis.report import run as content
from bench.bundle import write
from tests.analysis.model.machines import machine_of
from tests.conftest import ROOT, block, command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.bundle import Block, Bundle

SHAPE = "tokens-1024/b256"
WIRE, STDLIB, ORJSON = (
    f"decode/json/lines/{name}/{SHAPE}" for name in ("wire", "stdlib", "orjson")
)


def report_of(bundle: Bundle) -> content.Report:
    return content.report(machine_of(bundle))


def blocks(*times_ms: float, first: int = 0) -> list[Block]:
    return [block(*[ms] * 3, process=k, order=first + k) for k, ms in enumerate(times_ms)]


@pytest.fixture
def report(make_bundle: Callable[..., Bundle]) -> Callable[..., content.Report]:
    """Return a report of a run in which some decodes took so long; orjson stands for a peer."""

    def make(**times_ms: tuple[float, ...]) -> content.Report:
        named = {"wire": WIRE, "stdlib": STDLIB, "peer": ORJSON, "memcpy": f"memcpy/{SHAPE}"}
        bundle = make_bundle(
            {
                named[name]: blocks(*times, first=9 * place)
                for place, (name, times) in enumerate(times_ms.items())
            }
        )
        cases = tuple(
            case.model_copy(update={"role": "peer"}) if case.id == ORJSON else case
            for case in bundle.cases
        )
        return report_of(bundle.model_copy(update={"cases": cases}))

    return make


def page_of(report: content.Report) -> str:
    return markdown.text(performance.performance(report))


def test_ours_is_the_fastest_that_needs_no_extra(report: Callable[..., content.Report]) -> None:
    results = report(wire=(2, 2, 2), stdlib=(8, 8, 8), peer=(4, 4, 4))
    (duel,) = performance.duels(results.batches, "decode")
    assert (duel.ours.decoder, duel.peer.decoder) == ("wire", "orjson")
    assert duel.ratio.value == pytest.approx(2.0)
    assert duel.kept
    page = page_of(results)
    assert (
        "| json/lines | tokens, 256 | wire | 524 ±0.0 % | orjson | 2.00 [2.00, 2.00] |  |" in page
    )
    assert "1 of 1 are at least as fast" in page


@pytest.mark.parametrize(
    ("peer_ms", "cause"),
    [
        ((1, 1, 1), "does less work per value: 2.00 times as fast"),
        ((1, 2, 4.5), "cannot be told apart"),
    ],
)
def test_a_miss_is_listed_with_its_cause(
    report: Callable[..., content.Report], peer_ms: tuple[float, ...], cause: str
) -> None:
    results = report(wire=(2, 2, 2), peer=peer_ms)
    (duel,) = performance.duels(results.batches, "decode")
    assert not duel.kept
    page = page_of(results)
    assert "0 of 1 are at least as fast" in page
    assert cause in page


def test_a_ceiling_that_is_not_reached_is_a_miss(make_bundle: Callable[..., Bundle]) -> None:
    rows = f"decode/parquet/columns/wire/{SHAPE}"
    for share, missed in ((0.5, False), (0.1, True)):
        bundle = make_bundle(
            {rows: blocks(2, 2), f"memcpy/{SHAPE}": blocks(2 * share, 2 * share, first=9)}
        )
        page = page_of(report_of(bundle))
        (line,) = [text for text in page.splitlines() if text.startswith("| parquet/columns | tok")]
        assert f"| {100 * share:.1f} % | 20 % |" in line
        assert ("miss" in line) is missed


@pytest.mark.process
def test_command_writes_the_page(environment: dict[str, str], tmp_path: Path) -> None:
    golden = orjson.loads((ROOT / "tests/golden/bundle-v4.json").read_bytes())
    golden["run"] |= {"preset": "peers", "left_out": []}
    write(tmp_path / "bundle.json", golden)
    code, out, _ = command(
        "analysis", environment, tmp_path, "performance", "bundle.json", "--out", "p.md"
    )
    assert code in {0, 3}
    assert out == "p.md\n"
    text = (tmp_path / "p.md").read_text(encoding="utf-8")
    assert text.startswith("# Performance\n")
    assert "| changed |" in text


@pytest.mark.process
def test_command_names_what_is_wrong(environment: dict[str, str], tmp_path: Path) -> None:
    out_option = ("--out", "p.md")
    code, out, err = command(
        "analysis", environment, tmp_path, "performance", "nowhere", *out_option
    )
    assert (code, out) == (1, "")
    assert "no bundle is there" in err
    golden = str(ROOT / "tests/golden/bundle-v4.json")
    code, out, err = command("analysis", environment, tmp_path, "performance", golden, *out_option)
    assert (code, out) == (1, "")
    assert "it is a run of the preset" in err
    assert "`nox -s peers` measures all" in err
    assert not (tmp_path / "p.md").exists()
