"""Act III, zero waste: where the energy of the data goes, what selection saves, and what it costs.

A pure function of a machine, facts and a scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    from analysis.acts.outcome import Result, Verdict
    from analysis.acts.scenario import Scenario
    from analysis.acts.zero_waste.selection_gain import Gain
    from analysis.model.machine import Machine
    from hardware_profiles.quantity import Quantity

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
    worth = _worth(mission, scenario, energies.moved)
    proposed = architecture("as it is set", mission, place, chosen)
    unit, _ = results.UNITS[scenario.track]
    return Outcome(
        scenario,
        (
            *results.energy_results(mission, energies, scenario),
            *worth.results,
            *results.radar_results(rows),
        ),
        (
            *worth.verdicts,
            *results.budgets(mission, energies, scenario["region"]),
            demand(proposed, unit),
        ),
        plots=(
            results.stages_plot(energies, unit),
            results.radar_plot(rows, invariant_text(rows)),
        ),
        findings=(
            *worth.findings,
            results.budget_text(mission),
            results.pays_text(mission),
            *results.proposals(machine, scenario),
            results.codec_text(mission),
            invariant_text(rows),
            results.assumptions(mission),
        ),
        log=results.log(mission, energies),
        refusals=worth.refusals,
        remembered=("energy", "carbon", "ratio", "moved", "gain", "accuracy"),
    )


@dataclass(frozen=True)
class _Worth:
    """What a selection is worth."""

    results: tuple[Result, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[str, ...]
    refusals: tuple[str, ...]


def _worth(mission: Mission, scenario: Scenario, moved: Quantity) -> _Worth:
    """Return selection gain and, as far as the run trained anything, accuracy."""
    chosen = selection(scenario)
    wrong = wrong_labels(mission.catalogue, scenario["label-quality"])
    try:
        trained = curve_of(mission.machine)
    except AnalysisError as error:
        worth = gain(mission, chosen, moved, (wrong, wrong), CLASSES)
        return _Worth(
            worth.results, (), _terms(scenario, worth), (f"accuracy is not worked out ({error})",)
        )
    left = trained.wrong_after(wrong, 1 - float(chosen.filtered.value))
    worth = gain(mission, chosen, moved, (wrong, left), trained.classes)
    accuracy = learned.reached(mission, trained, chosen, wrong)
    both = learned.many_or_few(mission, learned.accuracies(trained))
    return _Worth(
        (
            *worth.results,
            *accuracy.results,
            *learned.choice_results(both),
        ),
        (accuracy.verdict,),
        (learned.choice_text(both, trained.most_samples), *_terms(scenario, worth)),
        (),
    )


def _terms(scenario: Scenario, worth: Gain) -> tuple[str, ...]:
    """Return the gain taken apart, where that is asked for."""
    return (worth.terms_text,) if scenario["gain"] == "terms" else ()
