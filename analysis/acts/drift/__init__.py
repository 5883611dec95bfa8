"""Act III, the drift detector: which city's cameras changed, how one knows, and what helps.

A pure function of a scenario, facts and a nonce; accuracies are those of a run. The stream is
generated, with the gains of a real camera, so that the truth is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.drift import plots
from analysis.acts.drift.accuracy import LACKING, NO_RUN, VARIANTS, accuracies, doorbell_of
from analysis.acts.drift.cause import truth
from analysis.acts.drift.daily import HORIZON
from analysis.acts.drift.effects import effect
from analysis.acts.drift.monitoring import monitoring
from analysis.acts.drift.stream import DEFAULT_NONCE
from analysis.acts.drift.watch import p_text, watch
from analysis.acts.outcome import Outcome, Result
from analysis.statistics.number import Number
from formats.payloads.doorbell import CITIES, FEATURES
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.drift.watch import Watch
    from analysis.acts.scenario import Scenario
    from analysis.statistics.drift import Estimate
    from bench.bundle import Bundle
    from hardware_profiles.catalogue import Catalogue

__all__ = ["DEFAULT_NONCE", "drift"]

GENERATED = (
    "All pictures are generated from the run's nonce, with the gains of a real camera (IMX219), so "
    "that it is known which city changed; what they show of real doors is assumed."
)


def drift(
    scenario: Scenario, catalogue: Catalogue, nonce: str, bundle: Bundle | None = None
) -> Outcome:
    """Return what watching the doorbells of a fleet finds.

    Args:
        scenario: of this act's levers.
        catalogue: the facts.
        nonce: of the stream: the run's, or DEFAULT_NONCE.
        bundle: a run, whose classifier says what an update costs; None: there is none.

    Raises:
        AnalysisError: the update is not within the stream.

    """
    watched = watch(scenario, catalogue, nonce)
    fleet_size = float(catalogue["drift"]["items.fleet"].value)
    right, texts, refusals = accuracy_results(watched, bundle)
    return Outcome(
        scenario,
        (
            *numbers(watched),
            *_by_city(watched),
            *right,
            *monitoring(catalogue, scenario.track),
        ),
        (watched.verdict(),),
        plots=(
            plots.distributions(watched),
            plots.over_days(watched),
            plots.power_over_window(watched),
            plots.over_fleet(watched, fleet_size),
        ),
        log=log(watched),
        findings=(
            cause_text(watched),
            truth_text(watched),
            delay_text(watched),
            false_alarms_text(watched),
            WEATHER,
            plots.fleet_text(watched, fleet_size),
            *texts,
            GENERATED,
        ),
        refusals=refusals,
        remembered=("distance", "gain", "delay"),
    )


def number(value: float, low: float, high: float, unit: str = "1") -> Number:
    """Return a number of the generated stream."""
    return Number(value, low, high, unit=unit, kind=Kind.ASSUMED)


def _estimate(estimate: Estimate, unit: str) -> Number:
    return number(estimate.value, estimate.low, estimate.high, unit)


def numbers(watched: Watch) -> Iterator[Result]:
    """Yield the numbers of the update: how large, which gain, since when, how soon noticed."""
    place, feature = watched.most_moved
    city = CITIES[place].capitalize()
    d = watched.distance
    yield Result("distance", "Largest D", number(d, d, d, "D"), f"{city}, {FEATURES[feature]}.")
    found = watched.cause
    for channel, gain in found.gains.items():
        text = f"Over green's, in {city}."
        label = f"Gain of {channel}"
        name = "gain" if channel == found.channel else f"gain.{channel}"
        yield Result(name, label, _estimate(gain, "times"), text)
    since = found.since
    days = number(since.value + 1, since.low + 1, since.high + 1, "day")
    yield Result("since", "First day after the change", days, "Day 1 is the stream's first.")
    for channel, share in found.clipped.items():
        if share > 0:
            yield Result(
                f"clipped.{channel}",
                f"Pixels that clip in {channel}, after it",
                number(share, share, share),
                "What clips is lost: no correction brings it back.",
            )
    late = watched.delay
    if late.median < float("inf"):
        text = "0: at the end of the update's own day. Repeats have the days in another order."
        delay = number(late.median, late.low, late.high, "days")
        yield Result("delay", "Until it is noticed", delay, text)
    false = watched.false_alarms
    text = f"{false.rejected} of {false.tests:,} tests of the other cities; expected: at most "
    text += f"{false.expected:.3g}."
    yield Result("false_alarms", "False alarms", _estimate(false.share, "1"), text)


def _by_city(watched: Watch) -> Iterator[Result]:
    """Yield D, p, stability index and shift of each city's most moved feature, on the last day."""
    last = watched.tests
    for place, city in enumerate(CITIES):
        feature = int(last.distances[-1, place].argmax())
        d, p = (float(part[-1, place, feature]) for part in (last.distances, last.p))
        moved = effect(
            watched.stream, place, watched.since if place == watched.city else None, feature
        )
        verdict = "rejected" if watched.rejected[-1, place].any() else "not rejected"
        text = f"{FEATURES[feature]}, p {p_text(p)}: {verdict}."
        yield Result(f"{city}.distance", f"{city.capitalize()}: D", number(d, d, d, "D"), text)
        index = moved.psi
        label = f"{city.capitalize()}: population stability index"
        text = f"Without drift about {index.expected:.2g}, in one of twenty above {index.high:.2g}."
        yield Result(
            f"{city}.psi", label, number(index.value, index.value, index.value, "PSI"), text
        )
        label = f"{city.capitalize()}: shift of the mean"
        yield Result(f"{city}.shift", label, _estimate(moved.shift, "standard deviations"))


def cause_text(watched: Watch) -> str:
    """Name what changed: whose channel, by how much, since when."""
    city = CITIES[watched.most_moved[0]].capitalize()
    found = watched.cause
    gain, since = found.gain, found.since
    verb = "rose" if gain.value > 1 else "fell"
    others = "; ".join(
        f"{name} {other.value:.3g} times [{other.low:.3g}, {other.high:.3g}]"
        for name, other in found.gains.items()
        if name != found.channel
    )
    days = f"day {since.value + 1:.0f} [{since.low + 1:.0f}, {since.high + 1:.0f}]"
    text = (
        f"The cause: in {city} the gain of {found.channel} {verb} to {gain.value:.3g} times "
        f"[{gain.low:.3g}, {gain.high:.3g}] green's ({others}), since {days}."
    )
    if found.gains["blue"].low > 1 > found.gains["red"].high:
        text += " More blue and less red: a white balance that takes daylight for tungsten."
    if found.clipped[found.channel] > 0:
        text += f" {percent(found.clipped[found.channel], 1)} of that channel's pixels now clip."
    return text


def truth_text(watched: Watch) -> str:
    """Say what was really done to the stream."""
    gains = truth(watched.stream.update)
    city = CITIES[watched.city].capitalize()
    right = "found" if watched.most_moved[0] == watched.city else "not found"
    words = " and ".join(f"{name} by {gain:.4g}" for name, gain in gains.items())
    return (
        f"The truth: {city} got the firmware on day {watched.since + 1}, which multiplies {words}: "
        f"the city was {right}."
    )


def delay_text(watched: Watch) -> str:
    """Say how soon the update is noticed, and how surely."""
    late = watched.delay
    if late.median == float("inf"):
        return (
            f"With {watched.window:,} pictures per test the update is not noticed within "
            f"{HORIZON} days."
        )
    high = f"{late.high:.0f}" if late.high < float("inf") else "never"
    return (
        f"The update is noticed after {late.median:.0f} days [{late.low:.0f}, {high}] (0: at the "
        f"end of its own day), with {watched.window:,} pictures per test; {percent(late.never)} of "
        f"repeats do not notice within {HORIZON} days."
    )


def false_alarms_text(watched: Watch) -> str:
    """Say how many alarms nothing was behind, and how many were to be expected."""
    false = watched.false_alarms
    return (
        f"False alarms: {false.rejected} of {false.tests:,} tests of the other cities reject; "
        f"without weather at most {false.expected:.3g} would."
    )


WEATHER = (
    "Weather is a real difference, if one of no matter: the larger the window, the more tests "
    "notice it, and no correction for many tests is one for that."
)


def log(watched: Watch) -> tuple[str, ...]:
    """Return what has consequences."""
    verdict = watched.verdict()
    if not watched.alarmed:
        return ()
    return (f"Alert: {verdict.name}: {verdict.reason}. Source: a generated stream.",)


def accuracy_results(
    watched: Watch, bundle: Bundle | None
) -> tuple[list[Result], list[str], tuple[str, ...]]:
    """Return accuracies of the updated city, what they say, and why there are none."""
    record = doorbell_of(bundle)
    if record is None:
        return [], [], (NO_RUN if bundle is None else LACKING,)
    found = accuracies(record, CITIES[watched.city])
    if not {"plain", "updated"} <= found.shares.keys():
        cities = ", ".join(sorted(record.updated)) or "no city"
        refusal = f"Accuracies: this run's classifier was tried with the update in {cities} only."
        return [], [], (refusal,)
    results = [
        Result(f"accuracy.{variant}", f"Right in {found.city}, {VARIANTS[variant]}", share)
        for variant, share in found.shares.items()
    ]
    return results, [accuracy_text(found.shares)], ()


def accuracy_text(shares: dict[str, Number]) -> str:
    """Say what the update costs, and what grey world gives back."""
    plain, updated = shares["plain"], shares["updated"]
    text = (
        f"A classifier that was trained before the update is right in {percent(plain.value, 1)} "
        f"before it and in {percent(updated.value, 1)} after it"
    )
    corrected = shares.get("updated_corrected")
    if corrected is None:
        return f"{text}."
    back = corrected.value - updated.value
    lost = plain.value - updated.value
    text += f"; with grey world in {percent(corrected.value, 1)}"
    if lost > 0:
        text += f", which gives {percent(back / lost)} of the loss back"
    return f"{text}."
