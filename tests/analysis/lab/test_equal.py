"""What the lab shows at any levers is what the commands print for the same levers."""

from __future__ import annotations

import json
import random
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

import analysis.cli
from analysis.acts.lever import MISSION
from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.lab.acts import Shown
from analysis.report.outcome import text_of
from tests.analysis.lab.opened import RUN, ask, lock, opened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from analysis.lab.page import Page

SETTINGS = 52
"""Of each act: 208 in all."""


def draw(act: str, random_: random.Random) -> dict[str, str]:
    """Return settings of some of an act's levers, those that a page offers and others."""
    settings = {}
    for name in random_.sample(ACTS[act], random_.randint(1, 4)):
        lever = LEVERS[name]
        offered = [*lever.names, *lever.stops, *lever.on_page]
        if lever.takes_mission:
            offered.append(MISSION)
        if lever.slider:
            least, most, step = lever.slider
            unit = " percent" if lever.unit == "percent" else ""
            offered += [f"{n}{unit}" for n in range(least, most + 1, step)]
        settings[name] = random_.choice(offered)
    return settings


def printed(act: str, track: str, settings: Mapping[str, str], ledger: Path,
            capsys: pytest.CaptureFixture[str]) -> dict[str, Any] | str:  # fmt: skip
    """Return what a command prints; its error as a text."""
    run = [] if act == "gravity" else [str(RUN)]
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    words = [act, *run, "--track", track, *options, "--ledger", str(ledger), "--json"]
    status = analysis.cli.main(words)
    out, error = capsys.readouterr()
    if status == 1:
        return error
    assert status in {0, 3}, words
    answer: dict[str, Any] = json.loads(out)
    return answer


def numbers(page: Page) -> dict[str, str]:
    """Return the rows of the page's table of all numbers: value by name."""
    rows = re.findall(
        r'<tr><th scope="row" class="left">.*?</th><td>(.*?)</td><td class="left">.*?</td>'
        r'<td class="left"><code>(.*?)</code></td></tr>',
        page.zones["telemetry"].html,
    )
    return {
        unescape(name): unescape(value).replace("\N{NARROW NO-BREAK SPACE}", " ")
        for value, name in rows
    }


@pytest.mark.simulation
@pytest.mark.parametrize("act", ACTS)
def test_every_number_is_that_of_the_command(
    act: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random_ = random.Random(f"lab {act}")
    page = opened(tmp_path / "lab/ledger.jsonl")
    ask(page, "header", "act", act=act)
    lock(page, act)
    (tmp_path / "ledger").mkdir()
    other = tmp_path / "ledger/ledger.jsonl"
    other.write_bytes((tmp_path / "lab/ledger.jsonl").read_bytes())
    compared = 0
    for _ in range(SETTINGS):
        track, settings = random_.choice(TRACKS), draw(act, random_)
        ask(page, "header", "track", track=track)
        ask(page, "levers", "reset", act=act)
        for name, value in settings.items():
            assert not ask(page, "levers", "set", act=act, lever=name, value=value), (name, value)
        shown = page.session.shown(act)
        answer = printed(act, track, settings, other, capsys)
        if isinstance(answer, str):
            assert isinstance(shown, str)
            assert shown in answer
            assert shown in unescape(page.zones["telemetry"].html)
            continue
        assert isinstance(shown, Shown)
        assert dict(shown.outcome.scenario.settings) == answer["settings"]
        there = numbers(page)
        results = {r.name: r for r in shown.outcome.results}
        assert set(results) == set(answer["results"])
        for name, expected in answer["results"].items():
            number = results[name].number
            ends = (number.value, number.low, number.high, number.unit, str(number.kind))
            assert ends == tuple(expected[k] for k in ("value", "low", "high", "unit", "kind"))
            if name in there:
                assert there[name].replace(" %", "%") == text_of(results[name]).replace(" %", "%")
                compared += 1
        assert set(results) - set(there) <= {"equilibrium"}
        for verdict in shown.outcome.verdicts:
            assert answer["verdicts"][verdict.name]["reason"] == verdict.reason
    assert compared > SETTINGS * 5
