"""What would make a configuration faster, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.document import Cell, Column, Document, Finding, Findings, Row, Section, Table
from analysis.document.numbers import gain_with_interval, number, words
from analysis.model.recommendation import KNEE, LEAST_GAIN
from analysis.report.prediction import prediction_section, prediction_values
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.model.prediction import Prediction
    from analysis.model.recommendation import Equilibrium, Recommendation


def recommendation(recommendation: Recommendation, others: Sequence[Prediction] = ()) -> Document:
    """Return what would make a configuration faster: of each kind the best; all as values.

    Args:
        recommendation: for the usual method, or for the one that was chosen.
        others: what the configuration does by the other methods of the accelerator's rate.

    """
    answer = format_or_disk(recommendation)
    runnable = recommendation.runnable
    rows = tuple(
        Row(
            (
                words(str(runnable.index(upgrade) + 1) if upgrade.setup else "-"),
                words(upgrade.lever),
                words(upgrade.change),
                Cell(gain_with_interval(upgrade.gain), upgrade.gain),
            )
        )
        for upgrade in recommendation.best
    )
    table = Table(
        f"What gains more than {percent(LEAST_GAIN)}, the best of each kind; "
        "`--upgrade N` prints one to be run",
        (Column("N"), Column("kind", left=True), Column("change", left=True), Column("gain")),
        rows,
    )
    findings = Findings((_enough(recommendation.equilibrium), Finding(answer)))
    blocks = (findings, table) if rows else (findings,)
    return Document(
        recommendation.prediction.setup.label,
        (prediction_section(recommendation.prediction, others), Section("What to change", blocks)),
        values=_recommendation_values(recommendation, answer),
    )


def format_or_disk(recommendation: Recommendation) -> str:
    """Answer "another format, or a faster disk?" for this machine."""
    names = {"format": "another format", "disk": "a faster disk"}
    ranked = [upgrade for upgrade in recommendation.best if upgrade.lever in names]
    least = percent(LEAST_GAIN)
    if not ranked:
        current = recommendation.prediction.setup.format
        return f"Neither another format than {current} nor a faster disk gains more than {least}."
    first, (other,) = ranked[0], names.keys() - {ranked[0].lever}
    than = percent(ranked[1].gain.value) if len(ranked) > 1 else f"less than {least}"
    return (
        f"{names[first.lever].capitalize()}: {first.change} gains "
        f"{gain_with_interval(first.gain)}, {names[other]} {than}."
    )


def _enough(equilibrium: Equilibrium) -> Finding:
    fed = equilibrium.workers is not None
    knee = percent(KNEE)
    what = "the accelerator can take" if fed and equilibrium.demand else "any number gives"
    verb = "is" if equilibrium.best == 1 else "are"
    why = (
        "" if fed else f"No number of workers feeds the accelerator to {knee}: {equilibrium.why}. "
    )
    return Finding(
        f"{why}{counted(equilibrium.best, 'worker')} {verb} enough for {knee} of what {what}: "
        f"{number(equilibrium.rate)} samples/s."
    )


def _recommendation_values(recommendation: Recommendation, answer: str) -> dict[str, Any]:
    equilibrium, runnable = recommendation.equilibrium, recommendation.runnable
    return {
        "prediction": prediction_values(recommendation.prediction),
        "equilibrium": {
            "workers": equilibrium.workers,
            "why": equilibrium.why,
            "demand": equilibrium.demand,
            "best": equilibrium.best,
            "rate": equilibrium.rate,
        },
        "answer": answer,
        "upgrades": [
            {
                "number": runnable.index(upgrade) + 1 if upgrade.setup else None,
                "lever": upgrade.lever,
                "what": upgrade.change,
                "gain": upgrade.gain,
                "configuration": upgrade.setup and upgrade.setup.model_dump(mode="json"),
            }
            for upgrade in recommendation.best + recommendation.others
        ],
    }
