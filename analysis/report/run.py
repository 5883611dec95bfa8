"""The report of a run: its results, worked out once, and the document that says them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.limits import Limits
from analysis.document import Document, Paragraph, Section
from analysis.report import (
    accuracy,
    acts,
    axes,
    codecs,
    disk,
    feeding,
    glossary,
    ledger,
    machine,
    sources,
    stages,
    summary,
    tracks,
    values,
)
from analysis.report.pipeline import PipelineResults, pipeline_results
from analysis.statistics.codecs import batch_results, timings_of, usual_batches
from analysis.statistics.verdict import Verdict, verdict
from bench.course import lab_of
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.ledger.entries import Body
    from analysis.model.machine import Machine
    from analysis.statistics.codecs import BatchResults
    from bench.bundle import Bundle
    from bench.course import Course


@dataclass(frozen=True, slots=True)
class Report:
    """All results of a run."""

    bundle: Bundle
    verdict: Verdict
    batches: tuple[BatchResults, ...]
    axes: tuple[axes.Axis, ...]
    disk: disk.Disk | None
    pipeline: PipelineResults | None
    accuracy: accuracy.Accuracy | None
    summary: summary.Summary | str | None
    """Answers for the first screen, or why there are none; None: the pipeline was not measured."""
    measured: int
    """Cases that have a time."""
    disturbed: int
    """Those of them that were disturbed in most of their processes."""
    samples: int
    outliers: int
    timed_share: float
    """That of timed regions in the time of measuring."""
    acts: Section
    """The lab's acts, so far as they are open."""
    locks: Section
    """What was locked, and how it came out."""
    tracks: Section
    """Its four tracks, likewise."""
    sources: Section
    """Where their numbers come from."""


def report(
    machine: Machine,
    bodies: Sequence[Body] = (),
    problem: str = "",
    course: Course | None = None,
    *,
    beside: bool = False,
) -> Report:
    """Work out the results of a run.

    Args:
        machine: the run.
        bodies: what the ledger holds.
        problem: why it cannot be read; "": it can.
        course: whose questions, limits and rules are shown; None: those of the lab's plan.
        beside: whether a second process may help.

    """
    bundle = machine.bundle
    timings = timings_of(bundle)
    batches = tuple(batch_results(bundle, timings))
    usual = usual_batches(batches)
    limits = Limits.of(lab_of(course))
    missions = tracks.mission_results(machine, bodies, limits)
    timed_us = sum(
        sum(block.samples_us) + sum(block.warmup_us)
        for case in bundle.cases
        for block in case.blocks
    )
    pipeline = pipeline_results(machine)
    return Report(
        bundle=bundle,
        verdict=verdict(bundle),
        batches=batches,
        axes=tuple(axis(usual) for axis in axes.AXES),
        disk=disk.disk(bundle),
        pipeline=pipeline,
        accuracy=accuracy.accuracy(machine),
        summary=summary.summary(machine, pipeline),
        measured=len(timings),
        disturbed=sum(not t.trusted for t in timings.values()),
        samples=sum(t.samples for t in timings.values()),
        outliers=sum(t.outliers for t in timings.values()),
        timed_share=timed_us * 1e3 / bundle.run.elapsed_ns if bundle.run.elapsed_ns else 0.0,
        acts=acts.section(machine, bodies, course, beside=beside),
        locks=ledger.section(bodies, machine.catalogue, problem, course),
        tracks=tracks.section(missions, bodies, limits),
        sources=sources.section(missions, machine.catalogue),
    )


def document(report: Report) -> Document:
    """Return all that a report says, the most important first."""
    bundle = report.bundle
    return Document(
        "What feeding a model costs on this machine",
        tuple(_sections(report)),
        f"{bundle.machine.cpu}, {bundle.machine.system}, {bundle.machine.python}; preset "
        f"{bundle.run.preset}. {_KINDS[report.pipeline is not None]}",
        values.values(
            bundle,
            verdict=report.verdict,
            first_screen=report.summary,
            pipeline=report.pipeline,
            validation=report.accuracy.validation if report.accuracy else None,
            batches=report.batches,
            disk=report.disk,
        ),
        tuple(machine.about(bundle)),
        machine.started(bundle),
    )


_KINDS = {
    False: "All rates on this page were measured here.",
    True: (
        "Codecs, pipeline and disk were measured here. Accelerators and disks that go by a name, "
        "such as h100 or ebs_gp2, were emulated by waiting. What is predicted says so."
    ),
}
"""How the numbers of a page are known, without and with a pipeline."""


def _sections(report: Report) -> Iterator[Section]:
    bundle = report.bundle
    yield machine.verdict_section(report.verdict, _disturbed(report))
    if report.summary is not None:
        yield summary.section(report.summary, report.verdict, report.accuracy)
    yield machine.machine_section(bundle)
    yield machine.method_section(bundle, report.samples, report.outliers, report.timed_share)
    if report.measured:
        payloads = tuple(dict.fromkeys(results.payload for results in report.batches))
        yield axes.section(report.axes, payloads)
    tables = codecs.section(report.batches, report.disturbed, report.measured)
    if bundle.run.left_out:
        names = ", ".join(bundle.run.left_out)
        missing = Paragraph(f"Left out to end in time, last ranks first: {names}.", detail=True)
        tables = Section(tables.title, (*tables.blocks, missing))
    yield tables
    if report.disk:
        yield disk.section(report.disk)
    if report.pipeline:
        pipeline = bundle.measured_pipeline
        alone = stages.section(pipeline) if pipeline else None
        validation = report.accuracy and report.accuracy.validation
        floor = validation.floor if validation else None
        yield feeding.section(report.pipeline, floor, alone)
    if report.accuracy:
        yield accuracy.section(report.accuracy)
    yield report.locks
    yield report.acts
    yield report.tracks
    yield report.sources
    yield glossary.section()


def _disturbed(report: Report) -> str:
    """Say how many cases were disturbed; empty for none."""
    if not report.disturbed:
        return ""
    were = "was" if report.disturbed == 1 else "were"
    return (
        f"{report.disturbed} of {counted(report.measured, 'case')} {were} disturbed in most of "
        "their processes (marked ~): their intervals are wider for it."
    )
