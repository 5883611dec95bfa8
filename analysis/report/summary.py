"""A report's first screen: the bottleneck, what to change, a server with H100s, and how sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.devices.host import predict_hosts
from analysis.devices.scaling import DeviceView
from analysis.document import Cell, Definitions, Paragraph, Section
from analysis.document.numbers import (
    MEASURED_PERCENT,
    PREDICTED_PERCENT,
    gain_with_interval,
    number,
    probability,
    share_with_interval,
    significant_percent,
    with_interval,
)
from analysis.errors import AnalysisError
from analysis.model.recommendation import recommend
from analysis.report.prediction import prediction_values
from analysis.report.recommendation import format_or_disk
from bench.bundle import Setup
from hardware_profiles.methods import METHODS
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.host import HostPrediction
    from analysis.model.machine import Machine
    from analysis.model.recommendation import Recommendation
    from analysis.report.accuracy import Accuracy
    from analysis.report.pipeline import ConfigurationResult, PipelineResults
    from analysis.statistics.verdict import Verdict

SERVER = "h100"
"""The device that everybody asks about."""
_LEGEND = (
    "The pipeline is the configuration without an accelerator that was measured first, with the "
    "workers that gave the most. [low, high] holds a measured number with "
    f"{MEASURED_PERCENT} probability, and a predicted one with {PREDICTED_PERCENT}."
)


@dataclass(frozen=True)
class Summary:
    """Answers about one configuration, which stands for the pipeline on this machine."""

    measured: ConfigurationResult
    recommendation: Recommendation
    hosts: tuple[HostPrediction, ...]
    """The same samples on a server, by each method that tells how fast its accelerator is."""
    refusal: str
    """Why nothing is said of the server, where there are no hosts."""


def summary(machine: Machine, results: PipelineResults | None) -> Summary | str | None:
    """Work out the answers.

    Returns:
        the answers; why there are none; or None, where the pipeline was not measured.

    """
    measured = _typical(results) if results else None
    if measured is None:
        return None
    try:
        recommendation = recommend(machine.calibration, measured.setup)
    except AnalysisError as error:
        return str(error)
    asked = Setup(payload=measured.setup.payload, codec=measured.setup.codec)
    hosts: tuple[HostPrediction, ...] = ()
    refusal = ""
    try:
        hosts = predict_hosts(DeviceView.of(machine, SERVER), asked)
    except AnalysisError as error:
        refusal = str(error)
    return Summary(measured, recommendation, hosts, refusal)


def _typical(results: PipelineResults) -> ConfigurationResult | None:
    """Return the first of the usual configurations, with the workers that gave the most."""
    usual = [
        result
        for result in results.configurations
        if result.setup.accelerator == "none"
        and result.setup.remove is None
        and result.setup.control is None
    ]
    if not usual:
        return None
    first = usual[0].setup.model_copy(update={"workers": 1})
    alike = [r for r in usual if r.setup.model_copy(update={"workers": 1}) == first]
    return max(alike, key=lambda result: result.samples_per_s.value)


def section(summary: Summary | str, verdict: Verdict, accuracy: Accuracy | None) -> Section:
    """Return the answers, for the first screen.

    Args:
        summary: what was worked out, or why it was not.
        verdict: whether the run can be trusted.
        accuracy: how far predictions lay from what they had not seen; None: there were none.

    """
    items: list[tuple[str, Cell]] = []
    if isinstance(summary, Summary):
        items += [
            ("The bottleneck", _bottleneck(summary)),
            ("What to change", Cell(format_or_disk(summary.recommendation))),
            ("With an H100", Cell(_server(summary))),
        ]
    else:
        items.append(("Predictions", Cell(f"None: {summary}.")))
    items.append(("How sure", Cell(" ".join(_sure(verdict, accuracy)))))
    blocks = (Definitions(tuple(items)), Paragraph(_LEGEND, quiet=True, detail=True))
    return Section("In short", blocks, lead=True)


def _bottleneck(summary: Summary) -> Cell:
    measured, prediction = summary.measured, summary.recommendation.prediction
    rate = f"{with_interval(measured.samples_per_s)} (measured)"
    stage = prediction.bottleneck
    if stage is None:
        return Cell(f"{measured.label}: {rate}.", measured.samples_per_s)
    gain = prediction.gains[stage]
    sure = probability(prediction.bottleneck_probability)
    return Cell(
        f"The bottleneck is {stage} ({sure}): {measured.label} does {rate}, and would gain "
        f"{gain_with_interval(gain)} without it (predicted).",
        gain,
    )


def _server(summary: Summary) -> str:
    if not summary.hosts:
        return f"Nothing is known: {summary.refusal}"
    first = summary.hosts[0]
    workers = counted(first.setup.workers, "worker")
    of_its_host = f"{workers} of its host"
    if first.host_accelerators > 1:
        of_its_host = f"{workers}, the share of one of {first.host_accelerators} in a server"
    given = ", or ".join(map(_given, summary.hosts))
    samples = f"{first.setup.samples_label} in {first.setup.format}"
    return f"It would {given} (extrapolated), fed with {samples} by {of_its_host}."


def _given(host: HostPrediction) -> str:
    text = number(host.samples_per_s.value)
    if host.feeding_tax is None or host.demand is None:
        return f"get {text} samples/s of {host.setup.format}"
    method = METHODS[host.setup.method].description if host.setup.method else "as usual"
    return (
        f"wait {share_with_interval(host.feeding_tax)} of the time and get {text} of the "
        f"{number(host.demand.value)} samples/s that it can take ({method})"
    )


def _sure(verdict: Verdict, accuracy: Accuracy | None) -> Iterator[str]:
    reasons = ", for the reasons that stand there" if verdict.reasons else ""
    yield f"The verdict is {verdict.trust.value}{reasons}."
    validation = accuracy and accuracy.validation
    if not validation:
        return
    (scheme,) = validation.schemes
    again = ""
    if validation.floor:
        floor = validation.floor.throughput.median
        again = f"; a configuration measured again differed by {significant_percent(floor)}"
    yield (
        "Predictions of formats that the model had not seen were off by "
        f"{significant_percent(scheme.throughput.median)} in the median{again}."
    )


def values(summary: Summary) -> dict[str, Any]:
    """Return the answers by name."""
    return {
        "measured": {
            "configuration": summary.measured.setup.model_dump(mode="json"),
            "samples_per_s": summary.measured.samples_per_s,
        },
        "predicted": prediction_values(summary.recommendation.prediction),
        "answer": format_or_disk(summary.recommendation),
        "server": [
            {
                "device": host.device,
                "method": host.setup.method,
                "workers": host.setup.workers,
                "samples_per_s": host.samples_per_s,
                "demand": host.demand,
                "feeding_tax": host.feeding_tax,
            }
            for host in summary.hosts
        ],
    }
