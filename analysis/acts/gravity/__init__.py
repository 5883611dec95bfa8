"""Act I, the physics of data gravity: over a wire or shipped, how long, for how much, where equal.

A pure function of a scenario and facts; this machine plays no part in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.gravity.crossover import crossover, over_distance, over_scale
from analysis.acts.gravity.options import RATHER, task
from analysis.acts.gravity.routes import Wire
from analysis.acts.limits import PLAN
from analysis.acts.outcome import DEADLINE, EGRESS, Outcome, Result, State, Verdict, verdict
from analysis.acts.prices import in_steps
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from analysis.acts.gravity.options import Option
    from analysis.acts.limits import Limits
    from analysis.acts.scenario import Scenario
    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.quantity import Quantity

_HOPELESS = 0.005
"""What is less probable than this cannot be done."""


def gravity(scenario: Scenario, catalogue: Catalogue, limits: Limits = PLAN) -> Outcome:
    """Return what moving the data of a scenario comes to, by each method.

    Args:
        scenario: of this act's levers.
        catalogue: the facts.
        limits: what its badge is held against.

    """
    work = task(scenario, catalogue)
    size, distance, deadline = work.size, work.distance, work.deadline
    options, refusal = work.options()
    refusals = [refusal] if refusal else []
    shown = options.get(scenario["method"])
    egress = in_steps(size, catalogue["aws_2024"].below("tariff.egress")).to("USD")
    flat = in_steps(size, catalogue["aws_2024"].below("tariff.egress_flat")).to("USD")
    results = [*_results(options), *_both_ways(egress, flat)]
    results += [*_rent(scenario, catalogue, size), *_energies(options)]
    verdicts = [verdict(EGRESS, egress, limits.egress, limits.egress_title)]
    if shown:
        results.append(_speed(shown, size))
        verdicts.append(verdict(DEADLINE, shown.time.to(str(deadline.unit)), deadline))
        if verdicts[-1].state is State.MISSED and shown.chance < _HOPELESS:
            refusals.append(_never(shown, deadline, distance))
    elif scenario["method"] == "wire":
        verdicts.append(Verdict(DEADLINE, State.MISSED, 0.0, refusals[0]))
    results += _best(options, deadline)
    crossed = crossover(options, size, distance)
    results += crossed.results
    plots = (over_distance(options, size, crossed), over_scale(options, distance))
    log = _log(egress, flat, options, deadline, limits)
    return Outcome(
        scenario,
        tuple(results),
        tuple(verdicts),
        plots=plots,
        log=log,
        findings=crossed.texts,
        refusals=tuple(refusals),
        remembered=(*(f"{n}.{what}" for n in options for what in ("time", "cost")), "egress"),
        chances={name: option.chance for name, option in options.items()},
    )


def _results(options: dict[str, Option]) -> list[Result]:
    results = []
    for name, option in options.items():
        results.append(Result(f"{name}.time", f"Time, {option.name}", option.time.to("day")))
        results += [
            Result(f"{name}.time.{part}", f"{part}, {option.name}", quantity)
            for part, quantity in option.parts.items()
        ]
        results.append(Result(f"{name}.cost", f"Cost, {option.name}", option.cost.to("USD")))
        results += [
            Result(f"{name}.cost.{part}", f"{part}, {option.name}", quantity.to("USD"))
            for part, quantity in option.costs.items()
        ]
        if option.energy is not None:
            results.append(Result(f"{name}.energy", f"Energy, {option.name}", option.energy))
        if option.carbon is not None:
            results.append(Result(f"{name}.carbon", f"Carbon, {option.name}", option.carbon))
    return results


def _both_ways(egress: Quantity, flat: Quantity) -> list[Result]:
    return [
        Result("egress", "Out of the cloud, in steps", egress, "The price list has four steps."),
        Result(
            "egress.flat",
            "Out of the cloud, at the first step's price",
            flat,
            "As the lab's plan counts it; the list is cheaper for what is large.",
        ),
        Result("ingress", "Into the cloud", exact(0, "USD"), "Nothing is charged for what comes."),
    ]


def _rent(scenario: Scenario, catalogue: Catalogue, size: Quantity) -> list[Result]:
    """Return what a month of keeping it costs, where the tier is rented."""
    steps = catalogue[scenario["tier"]].below("rent")
    if not steps:
        return []
    rent = (in_steps(size, steps) * exact(1, "month")).to("USD")
    return [Result("rent", f"A month in {scenario['tier']}", rent)]


def _energies(options: dict[str, Option]) -> list[Result]:
    """Return how much more energy the wire takes than drives on the road."""
    wire, road = (options.get(name) for name in ("wire", "courier_drive"))
    if not (wire and road and wire.energy and road.energy):
        return []
    text = "Electricity of the networks, over diesel on the road; making the drives is in neither."
    ratio = (wire.energy / road.energy).to("1")
    return [Result("energy.ratio", f"Energy of {wire.name}, over {road.name}'s", ratio, text)]


def _speed(option: Option, size: Quantity) -> Result:
    return Result(
        "speed",
        "Ingestion Speed",
        (size / option.time).to("MB/s"),
        f"All of it over all of the time, by {option.name}.",
    )


def _never(option: Option, deadline: Quantity, distance: Quantity) -> str:
    if isinstance(option.route, Wire):
        lanes = option.route.lanes(distance)
        what = min(lanes, key=lambda name: float(lanes[name].to("B/s").value))
        why = f"the slowest on the way is {what}, {lanes[what].to('MB/s').text()}"
    else:
        parts = option.parts
        what = max(parts, key=lambda name: float(parts[name].to("s").value))
        why = f"its longest part is {what}, {parts[what].to('day').text()}"
    return f"{option.name} does not meet the deadline of {deadline.text()}: {why}"


def _best(options: dict[str, Option], deadline: Quantity) -> list[Result]:
    """Return the fastest and the cheapest of those that rather meet the deadline than not."""
    in_time = [option for option in options.values() if option.chance >= RATHER]
    if not in_time:
        return []
    fastest = min(in_time, key=lambda option: float(option.time.to("s").value))
    cheapest = min(in_time, key=lambda option: float(option.cost.to("USD").value))
    within = f"within {deadline.text()} with a probability of"
    return [
        Result(
            "fastest",
            "The fastest in time",
            fastest.time.to("day"),
            f"{fastest.name}: {within} {percent(fastest.chance)}.",
        ),
        Result(
            "cheapest",
            "The cheapest in time",
            cheapest.cost.to("USD"),
            f"{cheapest.name}: {within} {percent(cheapest.chance)}.",
        ),
    ]


def _log(
    egress: Quantity, flat: Quantity, options: dict[str, Option], deadline: Quantity, limits: Limits
) -> tuple[str, ...]:
    lines = []
    if egress.value > limits.egress_alert.value:
        lines.append(
            f"Alert: egress of this is {egress.text()} by the price list of 2024 (at the first "
            f"step's price, as the plan has it, {flat.text()}). Move compute to the data?"
        )
    late = [option for option in options.values() if option.chance < RATHER]
    lines += [
        f"Alert: {option.name} takes {option.time.to('day').text()}, and the deadline is "
        f"{deadline.text()}: in time with a probability of {percent(option.chance)}."
        for option in late
    ]
    return tuple(lines)
