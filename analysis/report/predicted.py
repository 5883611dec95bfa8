"""What a report says of the model: predicted against measured, on formats it had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.model.validation import ONE_FORMAT, validate

if TYPE_CHECKING:
    from analysis.model.validation import Point, Scheme
    from bench.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Predicted:
    """Each configuration as it was predicted by a fit without any of its format.

    findings are sentences; scheme is None where there was nothing to leave out, and findings say
    why.
    """

    scheme: Scheme | None
    findings: tuple[str, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """What was predicted and measured, by configuration."""
        return self.scheme.points if self.scheme else ()


def predicted(bundle: Bundle) -> Predicted | None:
    """Work out what is said of the model; None: the pipeline was not measured."""
    if bundle.pipeline is None or isinstance(bundle.pipeline, str):
        return None
    try:
        found = validate(bundle, (ONE_FORMAT,))
    except AnalysisError as error:
        return Predicted(None, (f"Nothing was predicted: {error}.",))
    scheme = found.schemes[0]
    said = (
        f"Predicted without any run of their format, {scheme.throughput.count} configurations were "
        f"off by {scheme.throughput.mape:.1%} on average, {scheme.throughput.median:.1%} in the "
        "median"
    )
    if found.floor:
        said += f" (measured again: {found.floor.throughput.mape:.1%})"
    held = scheme.intervals
    findings = [
        f"{said}.",
        f"{held.coverage:.0%} of {held.count} windows lie in their 90 % interval.",
    ]
    if scheme.idle:
        findings.append(f"Feeding taxes were off by {scheme.idle.mape:.1f} points on average.")
    clear = [removal for removal in found.interventions.removals if removal.clear]
    if clear:
        right = sum(removal.right for removal in clear)
        findings.append(
            f"The bottleneck, found by taking each stage out, was foreseen in {right} of "
            f"{len(clear)} cases."
        )
    if changes := found.interventions.changes:
        close = sum(change.gain.close for change in changes)
        findings.append(
            f"What one change gains was foreseen to within 10 % in {close} of {len(changes)} cases."
        )
    return Predicted(scheme, tuple(findings))
