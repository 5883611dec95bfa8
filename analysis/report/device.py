"""A configuration on other devices, and the answers of their tracks, as a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.acts.tracks import TRACKS, answers, device_of
from analysis.devices.host import predict_hosts
from analysis.devices.scaling import DeviceView
from analysis.document import Document, Finding, Findings, Section
from analysis.document.numbers import number, with_interval
from analysis.errors import OutOfRangeError
from analysis.report import lesson as class_lesson
from analysis.statistics.number import number_of
from hardware_profiles.methods import METHODS
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.acts.answer import Answer
    from analysis.devices.class_scaling import Lesson
    from analysis.devices.host import HostPrediction
    from analysis.model.machine import Machine
    from bench.bundle import Setup
    from hardware_profiles.provenance import Fact
    from hardware_profiles.sensitivity import Dominant

    Taught = tuple[Lesson, Machine]

_PARTS = {
    "consumer": "the consumer, with the step",
    "workers": "the workers",
    "cores": "the CPU",
    "link": "the disk",
}
"""Parts of a host in words, by their names in the equation."""


@dataclass(frozen=True, slots=True)
class DeviceResult:
    """What was worked out for a device."""

    name: str
    title: str
    hosts: tuple[HostPrediction, ...]
    """The configuration there, by each method by which the device's rate is known."""
    refusal: str
    """Why it would not run there, where hosts are none."""
    answers: tuple[Answer, ...]


def devices(results: Sequence[DeviceResult], taught: Taught | None = None) -> Document:
    """Return what a configuration does on devices, and what their tracks ask.

    Args:
        results: of each device.
        taught: what a class teaches, and of which machine; None: no class was asked.

    """
    values: dict[str, Any] = {"devices": {result.name: _values(result) for result in results}}
    sections = tuple(map(_section, results))
    if taught:
        values["class"] = class_lesson.values(*taught)
        sections = (class_lesson.section(*taught), *sections)
    return Document("On other devices", sections, values=values)


def _section(result: DeviceResult) -> Section:
    host = tuple(finding for host in result.hosts for finding in _host(host))
    answers = tuple(
        Section(answer.question, (Findings((_answer(answer),)),)) for answer in result.answers
    )
    findings = Findings(host or (Finding(result.refusal),))
    return Section(f"{result.title} ({result.name})", (findings,), answers)


def _host(host: HostPrediction) -> Iterator[Finding]:
    label = f"{host.setup.label} on {host.device}"
    method = host.setup.method
    how = f" ({METHODS[method].description})" if method else ""
    count, all_of_it = host.setup.accelerators, host.host_accelerators
    share = f", with {count}/{all_of_it} of the host" if count < all_of_it else ""
    yield Finding(f"{label}{how}{share}:")
    text = f"{with_interval(host.samples_per_s)} ({Kind.EXTRAPOLATED})"
    if host.demand and host.feeding_tax:
        tax = host.feeding_tax
        text += (
            f" of {number(host.demand.value)} that it could take: feeding tax {percent(tax.value)} "
            f"[{percent(tax.low)}, {percent(tax.high)}]"
        )
    rests = _rests_on(host.inputs, host.dominant)
    yield Finding(
        f"{text}; the busiest part is {_PARTS[host.busiest]}. {rests}",
        {"samples_per_s": host.samples_per_s},
    )


def _answer(answer: Answer) -> Finding:
    text = f"{answer.text} ({answer.kind}) {_rests_on(answer.inputs, answer.dominant)}"
    return Finding(text, {"value": number_of(answer.quantity)})


def _values(result: DeviceResult) -> dict[str, Any]:
    values: dict[str, Any] = {
        "answers": [
            {
                "question": answer.question,
                "answer": answer.text,
                "value": answer.quantity.value,
                "low": answer.quantity.low,
                "high": answer.quantity.high,
                "unit": str(answer.quantity.unit),
                "kind": answer.kind,
                **_inputs(answer.inputs, answer.dominant),
            }
            for answer in result.answers
        ]
    }
    if not result.hosts:
        return values | {"refused": result.refusal}
    usual, *others = result.hosts
    values["host"] = _host_values(usual)
    if others:
        values["by_method"] = {host.setup.method: _host_values(host) for host in others}
    return values


def _host_values(host: HostPrediction) -> dict[str, Any]:
    return {
        "configuration": host.setup.model_dump(mode="json"),
        "kind": Kind.EXTRAPOLATED,
        "accelerators_of_host": host.host_accelerators,
        "samples_per_s": host.samples_per_s,
        "demand": host.demand,
        "feeding_tax": host.feeding_tax,
        "busiest": host.busiest,
        **_inputs(host.inputs, host.dominant),
    }


def _inputs(inputs: tuple[Fact, ...], dominant: Dominant | None) -> dict[str, Any]:
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
        "width_from": dominant and {"input": dominant.name, "share": dominant.share},
    }


def _rests_on(inputs: tuple[Fact, ...], dominant: Dominant | None) -> str:
    names = ", ".join(fact.name for fact in inputs)
    if dominant is None:
        return f"From {names}."
    return f"From {names}; {percent(dominant.share)} of the uncertainty is that of {dominant.name}."


def on_devices(
    machine: Machine,
    setup: Setup,
    name: str | None,
    points: float | None,
    lesson: Lesson | None = None,
) -> tuple[DeviceResult, ...]:
    """Return what a configuration does on a device, and its track's answers.

    Args:
        machine: what was measured.
        setup: the configuration.
        name: of the device; None: those of all tracks.
        points: the machine's single-core score in Geekbench 6; None: as its CPU's name says.
        lesson: what a class taught, which is used where it is better than what is published.

    Raises:
        AnalysisError: there is no such device, or the one that is named cannot be set up so.

    """
    scaling = lesson.used if lesson else None
    names = [device_of(mission, machine.catalogue) for mission in TRACKS]
    return tuple(
        _on_device(DeviceView.of(machine, device, points, scaling), setup, strict=name is not None)
        for device in (names if name is None else [name])
    )


def _on_device(device: DeviceView, setup: Setup, *, strict: bool) -> DeviceResult:
    """Return what was worked out for a device.

    Args:
        device: as it is seen from the machine.
        setup: the configuration.
        strict: whether what the device cannot do is an error, where it runs a loader at all.

    """
    hosts: tuple[HostPrediction, ...] = ()
    refusal = ""
    try:
        hosts = predict_hosts(device, setup)
    except OutOfRangeError as error:
        if strict and device.runs_loader:
            raise
        refusal = str(error)
    profile = device.profile
    return DeviceResult(profile.name, profile.title, hosts, refusal, answers(device, setup.format))
