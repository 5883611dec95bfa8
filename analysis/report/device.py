"""A configuration on other devices, and the answers of their tracks, as a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.acts.tracks import TRACKS
from analysis.devices.host import fed
from analysis.devices.scaling import DEVICES, elsewhere
from analysis.document import Document, Finding, Findings, Section
from analysis.document.numbers import number, with_interval
from analysis.errors import OutOfRangeError
from analysis.statistics.number import number_of
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.devices.answer import Answer
    from analysis.devices.host import Fed
    from analysis.model.calibration import Calibration
    from bench.bundle import Bundle, Setup
    from hardware_profiles.provenance import Fact


@dataclass(frozen=True, slots=True)
class DeviceResult:
    """What was worked out for a device."""

    name: str
    title: str
    host: Fed | None
    """The configuration there."""
    refusal: str
    """Why it would not run there, where host is None."""
    answers: tuple[Answer, ...]


def devices(results: Sequence[DeviceResult]) -> Document:
    """Return what a configuration does on devices, and what their tracks ask."""
    return Document(
        "On other devices",
        tuple(map(_section, results)),
        values={"devices": {result.name: _values(result) for result in results}},
    )


def _section(result: DeviceResult) -> Section:
    host = tuple(_host(result.host)) if result.host else (Finding(result.refusal),)
    answers = tuple(
        Section(answer.question, (Findings((_answer(answer),)),)) for answer in result.answers
    )
    return Section(f"{result.title} ({result.name})", (Findings(host),), answers)


def _host(host: Fed) -> Iterator[Finding]:
    label = f"{host.setup.label} on {host.device}"
    yield Finding(f"{label}, each accelerator with its share of the host:")
    text = f"{with_interval(host.samples_per_s)} ({Kind.EXTRAPOLATED})"
    if host.demand and host.tax:
        text += (
            f" of {number(host.demand.value)} that it could take: feeding tax "
            f"{host.tax.value:.0%} [{host.tax.low:.0%}, {host.tax.high:.0%}]"
        )
    rests = _rests_on(host.inputs, host.dominant)
    yield Finding(f"{text}; busiest: {host.bound}. {rests}", {"samples_per_s": host.samples_per_s})


def _answer(answer: Answer) -> Finding:
    text = f"{answer.said} ({answer.kind}) {_rests_on(answer.inputs, answer.dominant)}"
    return Finding(text, {"value": number_of(answer.value)})


def _values(result: DeviceResult) -> dict[str, Any]:
    values: dict[str, Any] = {
        "answers": [
            {
                "question": answer.question,
                "answer": answer.said,
                "value": answer.value.value,
                "low": answer.value.low,
                "high": answer.value.high,
                "unit": str(answer.value.unit),
                "kind": answer.kind,
                **_inputs(answer.inputs, answer.dominant),
            }
            for answer in result.answers
        ]
    }
    if result.host is None:
        return values | {"refused": result.refusal}
    host = result.host
    return values | {
        "host": {
            "configuration": host.setup.model_dump(mode="json"),
            "kind": Kind.EXTRAPOLATED,
            "samples_per_s": host.samples_per_s,
            "demand": host.demand,
            "feeding_tax": host.tax,
            "busiest": host.bound,
            **_inputs(host.inputs, host.dominant),
        }
    }


def _inputs(inputs: tuple[Fact, ...], dominant: tuple[str, float] | None) -> dict[str, Any]:
    return {
        "inputs": [
            {
                "name": fact.name,
                "value": fact.value,
                "low": fact.low,
                "high": fact.high,
                "unit": fact.unit,
                "kind": fact.kind,
                "source": fact.source,
            }
            for fact in inputs
        ],
        "width_from": dominant and {"input": dominant[0], "share": dominant[1]},
    }


def _rests_on(inputs: tuple[Fact, ...], dominant: tuple[str, float] | None) -> str:
    names = ", ".join(fact.name for fact in inputs)
    width = f" Width: {dominant[1]:.0%} from {dominant[0]}." if dominant else ""
    return f"From {names}.{width}"


def on_devices(
    bundle: Bundle, calibration: Calibration, setup: Setup, name: str | None, points: float | None
) -> tuple[DeviceResult, ...]:
    """Return what a configuration does on a device (None: on all), and its track's answers.

    Raises:
        AnalysisError: there is no such device.

    """
    results = []
    for device_name in DEVICES if name is None else (name,):
        device = elsewhere(bundle, calibration, device_name, points)
        host, refusal = None, ""
        try:
            host = fed(device, setup)
        except OutOfRangeError as error:
            refusal = str(error)
        format_name = setup.codec.partition("/")[0]
        track = TRACKS.get(device_name)
        answers = tuple(track(device, format_name)) if track else ()
        results.append(DeviceResult(device_name, device.profile.title, host, refusal, answers))
    return tuple(results)
