"""Act III against streams whose truth is known."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.acts import drift_levers, levers
from analysis.acts.drift import DEFAULT_NONCE, drift
from analysis.acts.drift.accuracy import LACKING, NO_RUN, doorbell_of
from analysis.acts.drift.cause import cause, truth
from analysis.acts.drift.daily import DailyTests, distances, windows
from analysis.acts.drift.effects import minus_log10_p, weather_distance
from analysis.acts.drift.plots import quiet_city, significant_from
from analysis.acts.drift.stream import REFERENCE_DAYS, Fleet, day_of, fleet
from analysis.acts.drift.watch import Watch, watch
from analysis.acts.outcome import DRIFT, Outcome, State
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError
from analysis.statistics.drift import ks, ks_p
from bench import presets
from bench.bundle import Bundle, read
from formats.payloads.doorbell import CITIES, FEATURES, firmware
from hardware_profiles.catalogue import catalogue
from hardware_profiles.provenance import Kind
from tests.conftest import ROOT

NONCES = 10
FACTS = catalogue()
PICTURES = 60
"""A day: fewer than in the act, for many nonces."""


@cache
def streams() -> tuple[Fleet, ...]:
    return tuple(fleet.__wrapped__(f"nonce {number}", PICTURES) for number in range(NONCES))


def outcome(bundle: Bundle | None = None, nonce: str = DEFAULT_NONCE, **given: str) -> Outcome:
    chosen = {name.replace("_", "-"): value for name, value in given.items()}
    return drift(scenario("drift", "edge_guardian", chosen), FACTS, nonce, bundle)


def watched(**given: str) -> Watch:
    return watch(scenario("drift", "edge_guardian", given), FACTS, DEFAULT_NONCE)


def test_the_levers_know_the_stream_without_importing_it() -> None:
    assert drift_levers.CITIES == CITIES
    assert presets.DEFAULT_NONCE == DEFAULT_NONCE
    alpha = float(FACTS["drift"]["share.alpha"].value)
    assert float(levers.LEVERS["alpha"].default) == alpha


def test_the_city_that_changed_is_found_and_named() -> None:
    result = outcome()
    (badge,) = result.verdicts
    update = firmware(DEFAULT_NONCE)
    assert (badge.name, badge.state) == (DRIFT, State.MET)
    assert update.city.capitalize() in badge.reason
    assert result.number("gain").low <= truth(update)["blue"] <= result.number("gain").high
    assert result.number("gain.red").low <= truth(update)["red"] <= result.number("gain.red").high
    assert (result.number("since").low, result.number("since").high) == (15, 15)
    assert result.number("delay").high == 0
    assert {r.number.kind for r in result.results} == {Kind.ASSUMED}
    assert any("takes daylight for tungsten" in text for text in result.findings)
    assert any("blue's" in text or "clip" in text for text in result.findings)


@pytest.mark.parametrize("city", CITIES[::2])
def test_any_city_and_date_can_be_the_one(city: str) -> None:
    result = outcome(city=city, firmware_date="2026-03-20", window="50")
    assert city.capitalize() in result.verdicts[0].reason
    assert result.number("since").value == 20
    (moved,) = [r for r in result.results if r.name == "distance"]
    assert moved.number.value > 0.9


def test_gains_and_dates_lie_in_their_intervals_as_often_as_they_should() -> None:
    """Over nonces and cities: 90 %, within the bounds of chance."""
    inside, dates, tried = 0, 0, 0
    for stream in streams():
        gains = truth(stream.update)
        for city in stream.cities:
            found = cause(city, 14)
            for channel, gain in found.gains.items():
                inside += gain.low <= gains[channel] <= gain.high
                tried += 1
            dates += found.since.low <= 14 <= found.since.high
    assert tried == 2 * len(CITIES) * NONCES
    # Red and blue share pictures: half as many as there seem to be.
    spread = np.sqrt(0.9 * 0.1 / (tried / 2))
    assert abs(inside / tried - 0.9) < 3 * spread
    assert dates >= 0.9 * tried / 2


def test_streams_without_weather_have_as_many_false_alarms_as_alpha_says() -> None:
    """Pictures in any order have one distribution: each test is a fair one."""
    rng = np.random.default_rng(7)
    rejected, tried, families = 0, 0, []
    for stream in streams():
        for city in stream.cities:
            pool = city.before.reshape(-1, len(FEATURES))
            days = rng.permutation(pool).reshape(city.before.shape)
            columns = [distances(days[..., feature], PICTURES) for feature in range(len(FEATURES))]
            p = np.stack(
                [ks_p(found, REFERENCE_DAYS * PICTURES, PICTURES) for found, _ in columns], axis=-1
            )
            rejected += int((p <= 0.05).sum())
            tried += p.size
            tests = DailyTests(p, p[:, None])
            families.append(tests.rejected(0.05, "bonferroni").any(axis=(1, 2)).mean())
    share = rejected / tried
    # Features are alike, and all windows share a reference: as many as cities count.
    spread = np.sqrt(0.05 * 0.95 / (len(CITIES) * NONCES * 17))
    assert 0.025 < share < 0.05 + 4 * spread
    assert np.mean(families) < 0.05 + 4 * spread


def test_corrections_and_alpha_order_what_is_rejected() -> None:
    none, holm, bonferroni = (
        watched(correction=name, window="1000").rejected for name in ("none", "bh", "bonferroni")
    )
    assert np.all(none >= holm)
    assert np.all(holm >= bonferroni)
    strict = watched(correction="none", alpha="0.001", window="1000").rejected
    assert np.all(none >= strict)
    assert none.sum() > strict.sum()


def test_distances_are_those_of_the_test() -> None:
    days = streams()[0].cities[2].before[..., 4]
    found, counts = distances(days, 100)
    parts = windows(days, 100)
    assert list(counts) == [60, *[100] * 16]
    for place in (0, 1, 9):
        by_hand = ks(days[:REFERENCE_DAYS], parts[place])
        assert found[place] == pytest.approx(by_hand.distance)
    later, _ = distances(days, 100, 12)
    assert np.array_equal(later, found[12 - REFERENCE_DAYS :])


def test_of_many_pictures_harmless_weather_is_significant() -> None:
    quiet = watched()
    distance, _ = weather_distance(quiet.stream, quiet_city(quiet))
    assert distance < 0.1
    assert minus_log10_p(distance, 100) < 1
    assert minus_log10_p(distance, 300_000) > 20
    least = significant_from(distance, 0.05)
    assert minus_log10_p(distance, least) >= -np.log10(0.05) > minus_log10_p(distance, least - 1)


def test_a_larger_window_has_more_false_alarms_of_weather() -> None:
    small, large = (watched(correction="none", window=n).false_alarms for n in ("50", "1000"))
    assert small.tests == large.tests == 5 * 17 * len(FEATURES)
    assert small.expected == pytest.approx(0.05 * small.tests)
    assert large.rejected > small.rejected
    assert watched(correction="none", window="1000").verdict().state is State.UNKNOWN


def test_watching_costs_less_than_sending_pictures() -> None:
    result = outcome()
    few, all_of_it = (
        result.number(f"monitoring.{name}.bytes").value for name in ("features", "pictures")
    )
    assert (few, all_of_it) == pytest.approx((30 * 16 / 1000, 30 * 3072 / 1000))
    energy = result.number("monitoring.pictures.energy")
    assert energy.low < energy.value < energy.high


def test_without_a_classifier_accuracies_alone_are_refused() -> None:
    assert outcome().refusals == (NO_RUN,)
    bundle = read(ROOT / "tests/golden/two-cores.json", ())
    assert doorbell_of(bundle) is None
    assert outcome(bundle).refusals == (LACKING,)


def _classified(city: str, right: dict[str, int]) -> Bundle:
    results = tuple(
        SimpleNamespace(city=city, variant=name, correct=n + seed, tested=1000)
        for seed in range(3)
        for name, n in right.items()
    )
    record = SimpleNamespace(updated=(city,), results=results)
    bundle = read(ROOT / "tests/golden/two-cores.json", ())
    return bundle.model_copy(update={"learning": SimpleNamespace(doorbell=record)})


def test_what_a_run_classified_says_what_the_update_costs() -> None:
    right = {"plain": 950, "updated": 450, "corrected": 940, "updated_corrected": 850}
    city = firmware(DEFAULT_NONCE).city
    result = outcome(_classified(city, right))
    assert result.refusals == ()
    plain = result.number("accuracy.plain")
    assert plain.value == pytest.approx(0.951)
    assert plain.low < 0.95
    assert plain.high > 0.952
    assert plain.kind is Kind.MEASURED
    assert any("80 % of the loss back" in text for text in result.findings)
    other = next(name for name in CITIES if name != city)
    (refusal,) = outcome(_classified(other, right)).refusals
    assert f"with the update in {other} only" in refusal


def test_dates_outside_the_stream_are_refused() -> None:
    assert day_of("day 9") == day_of("2026-03-09") == 8
    with pytest.raises(AnalysisError, match="choose from day 9 to day 23"):
        day_of("day 3")
    for setting in ("day 3", "2026-03-31", "soon"):
        with pytest.raises(AnalysisError, match="--firmware-date"):
            scenario("drift", "cloud_titan", {"firmware-date": setting})
    for alpha in ("0.0", "1", "nan"):
        with pytest.raises(AnalysisError, match="--alpha"):
            scenario("drift", "cloud_titan", {"alpha": alpha})
