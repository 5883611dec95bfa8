"""What a report says of the model: predicted against measured, on formats it had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.document import Figure, Finding, Findings, Section
from analysis.document.figures import Compared, Comparison
from analysis.document.numbers import PREDICTED_PERCENT
from analysis.errors import AnalysisError
from analysis.model.validation import ONE_FORMAT, validate
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.interventions import Interventions
    from analysis.model.machine import Machine
    from analysis.model.validation import Validation


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Each configuration as it was predicted by a fit without any of its format."""

    preset: str
    """Of the run: shorter ones know less of a machine."""
    validation: Validation | None
    reason: str = ""
    """Why nothing was predicted, where validation is None."""


def accuracy(machine: Machine) -> Accuracy | None:
    """Work out what is said of the model; None: the pipeline was not measured."""
    if machine.bundle.measured_pipeline is None:
        return None
    preset = machine.bundle.run.preset
    try:
        return Accuracy(preset, validate(machine, (ONE_FORMAT,)))
    except AnalysisError as error:
        return Accuracy(preset, None, str(error))


_CAPTION = (
    "Each configuration was predicted from its stages alone and from runs of the other formats; "
    f"bars hold {PREDICTED_PERCENT} of what a window of a second or more should measure. "
    "On the line, predicted is measured."
)


def section(accuracy: Accuracy) -> Section:
    """Return predicted against measured."""
    title = "Predicted, then checked"
    validation = accuracy.validation
    if validation is None:
        return Section(title, (Findings((Finding(f"Nothing was predicted: {accuracy.reason}."),)),))
    (scheme,) = validation.schemes
    points = tuple(
        Compared(point.label, point.format, point.predicted, point.measured)
        for point in scheme.points
    )
    figure = Figure(
        Comparison(points, "measured, samples/s", "predicted, samples/s"),
        "Samples per second as predicted, over as measured, by configuration",
        _CAPTION,
    )
    findings = (*_findings(accuracy, validation), *intervention_findings(validation.interventions))
    return Section(title, (figure, Findings(findings)))


def _findings(accuracy: Accuracy, validation: Validation) -> Iterator[Finding]:
    (scheme,) = validation.schemes
    errors, held = scheme.throughput, scheme.intervals
    perfect = ""
    if validation.floor:
        best = validation.floor.perfect
        perfect = (
            f"; the noise of the windows alone is {percent(best.mape, 1)} and "
            f"{percent(best.median, 1)}, which a perfect prediction would be off by"
        )
    yield Finding(
        f"Predicted from this {accuracy.preset} run without any of their format, "
        f"{counted(errors.count, 'configuration')} were off by "
        f"{percent(errors.mape, 1)} on average, {percent(errors.median, 1)} in the median{perfect}."
    )
    yield Finding(
        f"{percent(held.coverage)} of {held.count} windows lie in their "
        f"{PREDICTED_PERCENT} prediction interval."
    )
    if scheme.idle:
        yield Finding(f"Feeding taxes were off by {scheme.idle.mape:.1f} points on average.")


def intervention_findings(interventions: Interventions) -> Iterator[Finding]:
    """Yield how well bottlenecks and the gains of single changes were predicted."""
    clear = [removal for removal in interventions.removals if removal.clear]
    if clear:
        right = sum(removal.right for removal in clear)
        yield Finding(
            "The bottleneck, the stage whose removal gains most, was predicted in "
            f"{right} of {counted(len(clear), 'case')} in which one gains clearly more than any "
            "other."
        )
    if interventions.changes:
        close = sum(change.gain.close for change in interventions.changes)
        yield Finding(
            f"What one change gains was predicted to within 10 % in {close} of "
            f"{counted(len(interventions.changes), 'case')}."
        )
