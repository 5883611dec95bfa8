"""Act I against known answers, and what holds of any setting of its levers."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import cli
from analysis.acts.gravity import gravity
from analysis.acts.gravity.crossing import crossings
from analysis.acts.gravity.options import Option, task
from analysis.acts.lever import MISSION
from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.acts.outcome import Outcome, State, verdict
from analysis.acts.prices import in_steps
from analysis.acts.scenario import scenario, scenario_of_json
from analysis.errors import AnalysisError
from hardware_profiles.catalogue import catalogue
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from pathlib import Path

CRISIS = "cloud_titan"


def outcome(track: str = CRISIS, **given: str) -> Outcome:
    return gravity(scenario("gravity", track, given), catalogue())


def options(track: str = CRISIS, **given: str) -> dict[str, Option]:
    return task(scenario("gravity", track, given), catalogue()).options()[0]


def test_a_petabyte_over_a_gigabit_takes_weeks_and_boxes_are_in_time() -> None:
    """10^15 B at 80 % of 10^9 b/s are 10^7 s, 115.7 days; the plan says weeks."""
    result = outcome(link="fibre_1g")
    assert result.quantity("wire.time").to("day").value == pytest.approx(1e7 / 86_400, rel=1e-3)
    assert result.quantity("snowball_80.time").to("day").value < 10
    deadline = next(v for v in result.verdicts if v.name == "Deadline")
    assert (deadline.state, deadline.chance) == (State.MISSED, 0.0)
    assert any("does not meet the deadline" in text for text in result.refusals)


def test_egress_of_a_petabyte_has_four_steps() -> None:
    """10,240 GB at 0.09, 40,960 at 0.085, 102,400 at 0.07, the rest of 10^6 at 0.05."""
    dollars = 10_240 * 0.09 + 40_960 * 0.085 + 102_400 * 0.07 + (1e6 - 153_600) * 0.05
    assert dollars == pytest.approx(53_891.2)
    result = outcome()
    assert result.quantity("egress").value == pytest.approx(dollars)
    assert result.quantity("egress.flat").value == pytest.approx(90_000)
    assert result.quantity("ingress").value == 0
    badge = next(v for v in result.verdicts if v.name == "Egress < $100k")
    assert badge.state is State.MET
    large = next(v for v in outcome(size="2 PB").verdicts if v.name == "Egress < $100k")
    assert large.state is State.UNKNOWN, "103,891 USD, or 97,000 where a GB of the list is 2^30"


def test_a_stream_is_bounded_by_its_window_over_the_round_trip() -> None:
    """4 MiB in 3,000 miles there and back by a way 1.35 times as long: 64 ms, 66 MB/s."""
    trip_s = 3000 * 1.609344 * 1.35 * 4.9e-6 * 2
    rate = 4 * 2**20 / trip_s
    one = options(streams="1", link="100 Gb/s")["wire"]
    assert (exact(1, "PB") / one.time).to("B/s").value == pytest.approx(rate, rel=1e-3)
    needed = one.route.streams_needed(exact(3000, "mile"))  # type: ignore[union-attr]
    assert needed is not None
    assert needed.value == np.ceil(80e9 / 8 * trip_s / (4 * 2**20))
    near = options(streams="1", link="1 Gb/s", distance="1 km")["wire"]
    assert (exact(1, "PB") / near.time).to("Gb/s").value == pytest.approx(0.8, rel=1e-3)


def test_boxes_are_filled_travel_and_are_read_out() -> None:
    """50 drives of 20 TB, 16 at once at 200 MB/s: 3.6 days, twice; 4,828 km at 1,000 a day."""
    courier = options()["courier_drive"]
    days = {name: part.to("day").value for name, part in courier.parts.items()}
    assert days["loading"] == days["unloading"] == pytest.approx(1e15 / (16 * 2e8) / 86_400)
    assert days["transit"] == pytest.approx(4.828, rel=1e-3)
    assert days["handling"] == 2
    assert courier.costs["the drives"].to("USD").value == pytest.approx(50 * 360)
    alone = options(size="5 TB", boxes="64", streams="64")["courier_drive"]
    assert alone.parts["loading"].to("s").value == pytest.approx(5e12 / 2e8)


def test_the_road_takes_the_diesel_of_its_carbon() -> None:
    """50 drives of 0.7 kg over 4,828 km, at 0.1274 kg of CO2 a tonne-km and 74.1 a GJ."""
    result = outcome()
    freight = 50 * 0.7e-3 * 3000 * 1.609344
    assert result.quantity("courier_drive.carbon").value == pytest.approx(freight * 0.1274)
    energy = result.quantity("courier_drive.energy")
    assert str(energy.unit) == "kWh"
    assert energy.value == pytest.approx(freight * 0.1274 / 74.1e-3 / 3.6, rel=1e-3)
    assert energy.value == pytest.approx(80.7, abs=0.1)
    boxes = result.quantity("snowball_80.energy").value
    assert boxes == pytest.approx(energy.value * 13 * 22.5 / (50 * 0.7))
    ratio = result.quantity("energy.ratio").value
    assert ratio == pytest.approx(result.quantity("wire.energy").value / energy.value)
    per_kg = {
        name: result.quantity(f"{name}.carbon") / result.quantity(f"{name}.energy")
        for name in ("courier_drive", "snowball_80", "snowball_210")
    }
    for factor in per_kg.values():
        assert np.allclose(factor.draws, factor.draws[0]), "of the same truck, draw by draw"


def test_a_radio_does_not_get_there_at_all() -> None:
    result = outcome("mobile_nomad", distance="1 km")
    assert "wire" not in result.chances
    assert any("does not get there at all" in text for text in result.refusals)
    assert next(v for v in result.verdicts if v.name == "Deadline").state is State.MISSED


def test_an_archive_is_waited_for_and_paid_for() -> None:
    cold, warm = outcome(tier="s3_glacier_deep"), outcome(tier="s3_standard")
    gap = (cold.quantity("wire.time") - warm.quantity("wire.time")).to("h").value
    assert gap == pytest.approx(12, abs=0.01)
    assert "wire.cost.retrieval" in {result.name for result in cold.results}
    assert cold.quantity("rent").value < warm.quantity("rent").value


@pytest.mark.parametrize("name", ["egress", "egress_flat", "between_regions", "ingress"])
def test_prices_are_continuous_where_steps_meet(name: str) -> None:
    steps = catalogue()["aws_2024"].below(f"tariff.{name}")
    ends = np.cumsum([q.to("GB").value for path, q in steps.items() if path.endswith("width")])
    for end in ends:
        below, above = (in_steps(exact(end * (1 + way), "GB"), steps) for way in (-1e-9, 1e-9))
        assert below.to("USD").value == pytest.approx(above.to("USD").value, rel=1e-6)


SIZES = st.floats(10, 1e7).map(lambda size: f"{size:.6g} GB")
SETTINGS = st.fixed_dictionaries(
    {
        "distance": st.floats(1, 20_000).map(lambda far: f"{far:.6g} km"),
        "link": st.sampled_from(["fibre_1g", "fibre_10g", "fibre_100g", "7 Gb/s", "60 Gb/s"]),
        "tier": st.sampled_from(LEVERS["tier"].names),
        "tariff": st.sampled_from(LEVERS["tariff"].names),
        "streams": st.sampled_from(LEVERS["streams"].stops),
        "boxes": st.sampled_from(LEVERS["boxes"].stops),
    }
)


@settings(max_examples=60)
@given(SETTINGS, st.lists(SIZES, min_size=2, max_size=2))
def test_more_data_never_takes_less_time_or_money(given: Any, sizes: list[str]) -> None:
    small, large = sorted(sizes, key=lambda size: float(size.split()[0]))
    less, more = options(size=small, **given), options(size=large, **given)
    for name, option in less.items():
        assert np.all(option.time.draws <= more[name].time.draws * (1 + 1e-9))
        assert np.all(option.cost.draws <= more[name].cost.draws * (1 + 1e-9))


DISTANCES = st.floats(1, 20_000).map(lambda far: f"{far:.6g} km")


@settings(max_examples=60)
@given(
    SETTINGS, st.lists(SIZES, min_size=2, max_size=2), st.lists(DISTANCES, min_size=2, max_size=2)
)
def test_more_data_or_farther_never_takes_less_energy(
    given: Any, sizes: list[str], distances: list[str]
) -> None:
    small, large = sorted(sizes, key=lambda size: float(size.split()[0]))
    near, far = sorted(distances, key=lambda distance: float(distance.split()[0]))
    less, more, farther = (
        options(**given | {"size": size, "distance": distance})
        for size, distance in ((small, near), (large, near), (large, far))
    )
    for name, option in less.items():
        taken = [way[name].energy for way in (less, more, farther)]
        emitted = [way[name].carbon for way in (less, more, farther)]
        for before, after in (*pairwise(taken), *pairwise(emitted)):
            assert before is not None
            assert after is not None
            assert np.all(before.draws <= after.draws * (1 + 1e-9))
        assert option.energy is not None
        assert np.all(option.energy.draws > 0)


@settings(max_examples=30)
@given(SETTINGS, SIZES)
def test_a_crossover_lies_on_both_curves(given: Any, size: str) -> None:
    ways = options(size=size, **given)
    distance = LEVERS["distance"].amount(given["distance"])
    for name in ("courier_drive", "snowball_80", "snowball_210"):
        wire, parcels = ways["wire"].route, ways[name].route
        for crossing in crossings(
            lambda at, a=wire, b=parcels: a.time(at, distance) - b.time(at, distance),  # type: ignore[misc]
            exact(10, "GB"),
            exact(10, "PB"),
        ):
            both = [route.time(crossing.at, distance).to("s").value for route in (wire, parcels)]
            assert both[0] == pytest.approx(both[1], rel=1e-6)
            further = crossing.at * (1.01 if crossing.rises else 0.99)
            gap = wire.time(further, distance) - parcels.time(further, distance)
            assert gap.value >= 0


def test_crossings_are_found_where_they_are() -> None:
    """A wire of 100 s and a road of 1 s a km meet at 100 km; a curve may cross twice."""
    once = crossings(lambda at: exact(100, "s") - at * exact(1, "s/km"), exact(1, "km"),
                     exact(1000, "km"), "km")  # fmt: skip
    assert [(c.at.value, c.rises, c.chance) for c in once] == [(pytest.approx(100), False, 1.0)]
    parabola = crossings(
        lambda at: (at - exact(10, "km")) * (at - exact(100, "km")), exact(1, "km"),
        exact(1000, "km"), "km",
    )  # fmt: skip
    assert [(c.at.value, c.rises) for c in parabola] == [
        (pytest.approx(10), False), (pytest.approx(100), True),
    ]  # fmt: skip
    never = crossings(lambda at: at * exact(1, "s/km") + exact(1, "s"), exact(1, "km"),
                      exact(9, "km"))  # fmt: skip
    assert never == ()


@settings(max_examples=40)
@given(SETTINGS, SIZES, st.sampled_from(LEVERS["method"].names))
def test_a_badge_agrees_with_its_interval(given: Any, size: str, method: str) -> None:
    result = outcome(size=size, method=method, **given)
    badge = next(v for v in result.verdicts if v.name == "Egress < $100k")
    low, high = result.quantity("egress").interval
    assert badge.state is (
        State.MET if high < 1e5 else State.MISSED if low >= 1e5 else State.UNKNOWN
    )
    deadline = next(v for v in result.verdicts if v.name == "Deadline")
    assert deadline.chance == result.chances[method]
    if deadline.state is State.MET:
        assert result.chances[method] > 0.9


def test_a_limit_within_the_interval_cannot_be_told() -> None:
    size = catalogue()["edge_guardian"]["data.size"]
    assert verdict("x", size, exact(1, "PB")).state is State.MET
    assert verdict("x", size, exact(1, "TB")).state is State.MISSED
    unknown = verdict("x", size, exact(86, "TB"))
    assert unknown.state is State.UNKNOWN
    assert unknown.chance is not None
    assert 0 < unknown.chance < 1


@pytest.mark.parametrize("lever", ACTS["gravity"])
def test_every_lever_moves_something(lever: str) -> None:
    """Where nothing else keeps it from mattering: a slow way of reading hides a fast line."""
    base = {"size": "1 PB", "streams": "256", "link": "fibre_100g", "tier": "s3_standard"}
    stops = (*LEVERS[lever].names, *LEVERS[lever].stops)
    seen = set()
    for stop in stops:
        if stop in {"wifi", "bluetooth_le"}:
            continue
        result = outcome(**(base | {lever: stop}))
        numbers = [r.quantity.value for r in result.results]
        seen.add(json.dumps([numbers, [v.reason for v in result.verdicts]]))
    assert len(seen) >= len(stops) - 3


@pytest.mark.parametrize("track", TRACKS)
def test_a_mission_is_worked_out_and_read_back(track: str) -> None:
    made = scenario("gravity", track)
    assert scenario_of_json(made.to_json()) == made
    assert made["size"] == MISSION
    result = gravity(made, catalogue())
    assert {plot.name for plot in result.plots} == {"SneakernetCrossoverPlot", "TransferTimeRadar"}
    assert all(plot.finding for plot in result.plots)
    assert made.changed(size="3TB")["size"] == "3 TB"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": "1 km"}, "--size: .*m and B.*write it as in"),
        ({"size": "much"}, "--size: 'much' is no amount"),
        ({"size": "1e9 PB"}, "--size: 1e9 PB is out of range; choose from 10 kB to 100 PB"),
        ({"size": "-1 PB"}, "no amount"),
        ({"size": "nan PB"}, "no amount"),
        ({"size": "0 B"}, "out of range"),
        ({"link": "carrier pigeon"}, "--link: .*or one of fibre_1g"),
        ({"tier": "floppy"}, "--tier: 'floppy' is none of nvme_gen4"),
        ({"speed": "1"}, "gravity has no lever 'speed': its levers are size"),
        ({"method": MISSION}, "--method: 'mission' is none of wire"),
    ],
)
def test_what_cannot_be_set_is_refused_with_what_can(given: dict[str, str], words: str) -> None:
    with pytest.raises(AnalysisError, match=words):
        scenario("gravity", CRISIS, given)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"act": "gravity"}', '{"act":1,"track":2,"settings":{}}', "[" * 9999]
)
def test_a_scenario_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AnalysisError):
        scenario_of_json(text)


def test_the_command_answers_in_text_and_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    named = ["--reveal", "--ledger", str(tmp_path / "ledger.jsonl")]
    assert cli.main(["gravity", "--link", "fibre_1g", "--json", *named]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["results"]["wire.time"]["unit"] == "day"
    assert answer["verdicts"]["Deadline"]["state"] == "missed"
    assert set(answer["plots"]) == {"SneakernetCrossoverPlot", "TransferTimeRadar"}
    assert cli.main(["gravity", *named]) == 0
    assert "53,890 USD" in capsys.readouterr().out
    assert cli.main(["gravity", "--size", "1 km", *named]) == 1
    assert "--size" in capsys.readouterr().err
