"""Numbers, verdicts, figures and sentences of the energy of a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.outcome import CARBON, ENERGY, Curve, Plot, Result, State, verdict
from analysis.acts.zero_waste.architectures import architectures, as_it_is
from analysis.acts.zero_waste.energy import DEVICES_BUDGET, STAGES
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.outcome import Verdict
    from analysis.acts.scenario import Scenario
    from analysis.acts.zero_waste.architectures import Architecture
    from analysis.acts.zero_waste.energy import Energies, Mission
    from analysis.acts.zero_waste.radar import Row
    from analysis.model.machine import Machine
    from hardware_profiles.quantity import Quantity

UNITS = {
    "cloud_titan": ("kWh", "kgCO2e"),
    "edge_guardian": ("Wh", "gCO2e"),
    "mobile_nomad": ("mWh", "mgCO2e"),
    "tiny_pioneer": ("mWh", "mgCO2e"),
}
"""In which a track's energy and carbon are written."""
RADAR = "EnergyRadar"
WATERFALL = "EnergyWaterfall"
"""Names of figures."""
BYTES = {"cloud_titan": "TB", "edge_guardian": "TB", "mobile_nomad": "GB", "tiny_pioneer": "GB"}


def energy_results(mission: Mission, energies: Energies, scenario: Scenario) -> Iterator[Result]:
    """Yield what each stage takes, all of it, what it emits, and how data compares to learning."""
    energy, carbon = UNITS[mission.track]
    region = scenario["region"]
    for name, quantity in energies.by_stage.items():
        yield Result(f"energy.{name}", f"Energy of {STAGES[name]}", quantity.to(energy))
        for end, stages in (("local", energies.local), ("cloud", energies.cloud)):
            label = f"Energy of {STAGES[name]}, {end}"
            yield Result(f"energy.{name}.{end}", label, stages[name].to(energy))
        emitted = mission.carbon(quantity, region)
        yield Result(f"carbon.{name}", f"Carbon of {STAGES[name]}", emitted.to(carbon))
    total = energies.total
    yield Result("energy", "Energy of it all", total.to(energy))
    yield Result("carbon", "Carbon of it all", mission.carbon(total, region).to(carbon))
    origin = energies.at_origin
    yield Result("energy.origin", "Energy where the data lies, sending included", origin.to(energy))
    yield Result(
        "ratio",
        "Data/Compute energy ratio",
        energies.ratio,
        "Energy of keeping, selecting, moving, decoding and transforming, over that of learning.",
    )
    yield Result("moved", "Bytes moved", energies.moved.to(BYTES[mission.track]))


def radar_results(rows: tuple[Row, ...]) -> Iterator[Result]:
    """Yield what an operation takes, and what it takes to bring it a number."""
    for row in rows:
        yield Result(f"radar.{row.name}", row.label, row.energy)
        if row.times is not None:
            yield Result(f"radar.{row.name}.times", f"{row.label}, over a MAC", row.times)


def budgets(mission: Mission, energies: Energies, region: str) -> tuple[Verdict, Verdict]:
    """Return whether the mission's budgets of energy and carbon are kept."""
    energy, carbon = UNITS[mission.track]
    charged = energies.charged(mission.track)
    emitted = mission.carbon(charged, region)
    profile = mission.profile
    return (
        verdict(ENERGY, charged.to(energy), profile["budget.energy"].to(energy)),
        verdict(CARBON, emitted.to(carbon), profile["budget.carbon"].to(carbon)),
    )


def budget_text(mission: Mission) -> str:
    """Say what the budgets are of."""
    if mission.track in DEVICES_BUDGET:
        return (
            "The budgets are of the device where the data lies: what it takes to select there, and "
            "to send. Learning in the cloud is not in them."
        )
    return "The budgets are of all of it: keeping, moving, preparing and learning."


def pays_text(mission: Mission) -> str:
    """Say from which share on selecting where the data lies saves more than it takes."""
    here, _, _ = mission.sites
    moving = (mission.stored / mission.items * mission.link["wire.energy"]).to("J/sample")
    size = mission.profile["data.size"] / mission.items
    selecting = (here.score + size * here.decode).to("J/sample")
    share = (selecting / moving).to("1")
    words = (
        f"On {here.name} it takes {selecting.to('mJ/sample').text()} to decode a sample and pass "
        f"the network over it, and {moving.to('mJ/sample').text()} to send one"
    )
    if share.low > 1:
        return f"{words}: filtering there costs more than it saves, whatever is left out."
    if share.high < 1:
        return f"{words}: filtering there saves energy from {_percent(share)} on that is left out."
    chance = share.chance_below(1.0)
    return (
        f"{words}: that filtering there can save energy at all has a probability of "
        f"{percent(chance)}."
    )


def _percent(share: Quantity) -> str:
    return share.to("percent").text()


def proposals(machine: Machine, scenario: Scenario) -> Iterator[str]:
    """Yield what other architectures make of transmission, each held against the demand."""
    unit, _ = UNITS[scenario.track]
    track = scenario.track
    for proposed in architectures(machine, scenario):
        yield (
            f"{proposed.name[0].upper()}{proposed.name[1:]}: {_percent(proposed.left)} of the "
            f"transmission energy ({proposed.transmission.to(unit).text()}), selecting "
            f"{proposed.selecting.to(unit).text()}, in all {proposed.total.to(unit).text()}; half "
            f"of the transmission energy saved: {proposed.state}{_price(machine, proposed, track)}."
        )


def _price(machine: Machine, proposed: Architecture, track: str) -> str:
    """Say where selecting takes more than is saved in transmission."""
    before = as_it_is(machine, track)
    saved = before.stored * before.link["wire.energy"] - proposed.transmission
    loses = float(proposed.selecting.to("J").value) > float(saved.to("J").value) > 0
    return ", but selecting takes more than that saves" if loses else ""


def codec_text(mission: Mission) -> str:
    """Say what decoding takes at each end, and how that is known."""
    here, cloud, _ = mission.sites
    how = (
        "by this machine's energy meter"
        if here.metered
        else "derived: the time that was measured here, times what a core takes by a profile, for "
        "no energy meter was read"
    )
    return (
        f"Decoding {mission.codec} takes {here.decode.to('J/GB').text()} of decoded bytes on "
        f"{here.name} ({how}), and {cloud.decode.to('J/GB').text()} on {cloud.name}."
    )


def assumptions(mission: Mission) -> str:
    """Say what the energies rest on."""
    size = mission.profile["data.size"]
    stored = mission.stored.to(BYTES[mission.track])
    return (
        "Assumed: the mission's bytes are values, and a format adds to them, or takes from them, "
        f"what it does to this run's samples: {size.text()} are {stored.text()} as "
        f"{mission.codec}; a network looks at one input of its own size a sample; learning goes "
        f"over the data {mission.passes.text()} times and decodes every sample each time, in the "
        "cloud."
    )


def log(mission: Mission, energies: Energies) -> tuple[str, ...]:
    """Return what has consequences, each with its source."""
    unit, _ = UNITS[mission.track]
    stages = {name: float(q.to("J").value) for name, q in energies.by_stage.items()}
    largest = max(stages, key=lambda name: stages[name])
    share = (energies.by_stage[largest] / energies.total).to("percent")
    most = (
        f"The largest part of the energy goes into {STAGES[largest]}: "
        f"{energies.by_stage[largest].to(unit).text()}, {share.text()} of it all (times measured "
        "here, and the profiles of energy)."
    )
    lines = [most]
    kept, _ = budgets(mission, energies, "us")
    if kept.state is State.MISSED:
        budget = mission.profile["budget.energy"].to(unit)
        lines.append(
            f"Alert: {energies.charged(mission.track).to(unit).text()} is beyond the mission's "
            f"energy budget of {budget.text()}. Select before moving, or send another format?"
        )
    return tuple(lines)


def stages_plot(energies: Energies, unit: str) -> Plot:
    """Return where the energy goes, stage by stage."""
    by_stage = {name: quantity.to(unit) for name, quantity in energies.by_stage.items()}
    largest = max(by_stage, key=lambda name: float(by_stage[name].value))
    return Plot(
        WATERFALL,
        "Where the energy goes",
        "stage",
        f"energy, {unit}",
        (
            Curve(
                "energy",
                tuple(STAGES.values()),
                *(tuple(float(getattr(q, end)) for q in by_stage.values())
                  for end in ("value", "low", "high")),
            ),
        ),
        f"The largest part goes into {STAGES[largest]}.",
    )  # fmt: skip


def radar_plot(rows: tuple[Row, ...], finding: str) -> Plot:
    """Return an operation against what it takes to bring it a number, in pJ."""
    return Plot(
        RADAR,
        "An operation, and moving what it works on",
        "what is done",
        "energy, pJ",
        (
            Curve(
                "energy",
                tuple(row.label for row in rows),
                *(tuple(float(getattr(row.energy, end)) for row in rows)
                  for end in ("value", "low", "high")),
            ),
        ),
        finding,
    )  # fmt: skip
