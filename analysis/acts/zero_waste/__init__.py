"""Act III, zero waste: where the energy of the data goes, what selection saves, and what it costs.

A pure function of a machine, facts and a scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.outcome import Outcome
from analysis.acts.zero_waste import learned, results
from analysis.acts.zero_waste.architectures import architecture, demand
from analysis.acts.zero_waste.energy import Mission, selection
from analysis.acts.zero_waste.labels import wrong_labels
from analysis.acts.zero_waste.radar import invariant_text, radar
from analysis.acts.zero_waste.selection_gain import gain
from analysis.acts.zero_waste.training import curve_of
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from analysis.acts.scenario import Scenario
    from analysis.acts.zero_waste.training import Trained
    from analysis.model.machine import Machine

CLASSES = 10
"""Of the task whose labels are counted, where no training says otherwise."""


def zero_waste(machine: Machine, scenario: Scenario) -> Outcome:
    """Return what a selection comes to: energy, carbon, accuracy, and what each rests on.

    Args:
        machine: a run of the student's.
        scenario: of this act's levers.

    Raises:
        OutOfRangeError: nothing of the format was measured on the machine.
        AnalysisError: the run cannot be calibrated.

    """
    mission = Mission(machine, scenario.track, scenario["wire-format"])
    chosen, place = selection(scenario), scenario["place"]
    energies = mission.energies(place, chosen)
    rows = radar(machine.catalogue, mission.link)
    wrong = wrong_labels(machine.catalogue, scenario["label-quality"])
    trained: Trained | None = None
    refusals: tuple[str, ...] = ()
    try:
        trained = curve_of(machine)
    except AnalysisError as error:
        refusals = (f"accuracy: {error}",)
    both = (
        learned.many_or_few(mission, learned.accuracies(trained, machine.catalogue))
        if trained
        else None
    )
    left = trained.wrong_after(wrong, 1 - float(chosen.filtered.value)) if trained else wrong
    classes = trained.classes if trained else CLASSES
    worth = gain(mission, chosen, energies.moved, (wrong, left), classes)
    proposed = architecture("as it is set", mission, place, chosen)
    unit, _ = results.UNITS[scenario.track]
    terms = (worth.terms_text,) if scenario["gain"] == "terms" else ()
    return Outcome(
        scenario,
        (
            *results.energy_results(mission, energies, scenario),
            *worth.results,
            *(learned.results(mission, trained, chosen, wrong) if trained else ()),
            *(learned.choice_results(both) if both else ()),
            *results.radar_results(rows),
        ),
        (
            *((learned.verdict(mission, trained, chosen, wrong),) if trained else ()),
            *results.budgets(mission, energies, scenario["region"]),
            demand(proposed, unit),
        ),
        plots=(
            results.stages_plot(energies, unit),
            results.radar_plot(rows, invariant_text(rows)),
        ),
        findings=(
            *((learned.choice_text(both),) if both else ()),
            *terms,
            results.budget_text(mission),
            results.pays_text(mission),
            *results.proposals(machine, scenario),
            results.codec_text(mission),
            invariant_text(rows),
            results.assumptions(),
        ),
        log=results.log(mission, energies),
        refusals=refusals,
        remembered=("energy", "carbon", "ratio", "moved", "gain", "accuracy"),
    )
