"""What each act comes to at any levers: outcomes as the commands give them, and their panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.drift import drift
from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.outcome import DRIFT, EGRESS, HUNGER
from analysis.acts.zero_waste import zero_waste
from analysis.report.acts import PANELS
from analysis.report.dashboard.controls import offer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.acts.limits import Limits
    from analysis.acts.outcome import Outcome
    from analysis.acts.scenario import Scenario
    from analysis.document import Block, Card, Finding
    from analysis.model.machine import Machine


@dataclass(frozen=True)
class Act:
    """An act of the lab, as its header names it."""

    number: str
    title: str
    outcome: Callable[[Machine, Scenario, Limits], Outcome]
    badge: str = ""
    """Of the plan's three, the one that it decides; "": none."""
    objective: str = ""
    """The part of the mission that it is, and what that is for, in the plan's words."""


ACTS: dict[str, Act] = {
    "gravity": Act(
        "Act I",
        "The Physics of Data Gravity",
        lambda m, s, limits: gravity(s, m.catalogue, limits),
        EGRESS,
        "Part 1, exploration: The Data Gravity Audit. Dimension the physical and economic cost of "
        "moving the mission's dataset.",
    ),
    "feeding-tax": Act(
        "Act II",
        "The Feeding Tax",
        lambda m, s, limits: feeding_tax(m, m.catalogue, s, limits),
        HUNGER,
        "Part 2, trade-off: The Feeding Tax Solver. Maximize GPU Model FLOPS Utilization (MFU) by "
        "optimizing the serialization pipeline.",
    ),
    "zero-waste": Act(
        "Act III",
        "The Zero-Waste Audit",
        lambda m, s, _: zero_waste(m, s),
        objective="Part 3, synthesis: The Zero-Waste Audit. Maximize 'Data Selection Gain' to hit "
        "accuracy targets within a carbon/energy budget.",
    ),
    "drift": Act(
        "Act III",
        "The Drift Detector",
        lambda m, s, _: drift(s, m.catalogue, m.bundle.run.nonce, m.bundle),
        DRIFT,
    ),
}
"""By question, in the order of the lab."""


@dataclass(frozen=True)
class Shown:
    """What an act shows of a scenario."""

    outcome: Outcome
    badge: Card
    cards: tuple[Card, ...]
    log: tuple[Finding, ...]
    result: str
    blocks: tuple[Block, ...]


def shown(machine: Machine, chosen: Scenario, limits: Limits, *, shows_solution: bool) -> Shown:
    """Return what an act comes to, and all that its panel says of it.

    Raises:
        AnalysisError: the run lacks what the act is about, or the scenario cannot be worked out.

    """
    outcome = ACTS[chosen.act].outcome(machine, chosen, limits)
    panel = PANELS[chosen.act](machine, offer_of(chosen, shows_solution=shows_solution), limits)
    return Shown(outcome, panel.badge(), panel.cards(), panel.log(), panel.result(), panel.blocks())
