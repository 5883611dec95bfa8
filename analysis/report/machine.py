"""What a report says of the run itself: can it be trusted, how was it measured, and where."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analysis.document import Callout, Cell, Definitions, Finding, Paragraph, Section, Tone
from analysis.document.numbers import number, significant_percent
from analysis.statistics.verdict import Trust
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.statistics.verdict import Verdict
    from bench.bundle import Bundle

_TONES = {Trust.VALID: Tone.GOOD, Trust.SUSPECT: Tone.CAUTION, Trust.INVALID: Tone.BAD}


def verdict_section(verdict: Verdict, disturbed: str = "") -> Section:
    """Return whether the run can be trusted, and why not.

    Args:
        verdict: the judgement.
        disturbed: how many cases were disturbed, in words; empty for none.

    """
    note = ""
    if verdict.trust is Trust.VALID:
        note = f"All checks passed. {disturbed}".rstrip()
    if verdict.trust is Trust.SUSPECT:
        note = "The run itself went well and is kept; only its numbers are less sure."
    reasons = tuple(Finding(reason.what, advice=reason.advice) for reason in verdict.reasons)
    title = f"verdict: {verdict.trust.value}"
    return Section("", (Callout(_TONES[verdict.trust], title, reasons, note),), lead=True)


def started(bundle: Bundle) -> datetime:
    """Return the hour in which a run began."""
    return datetime.strptime(bundle.machine.started, "%Y-%m-%dT%HZ").replace(tzinfo=UTC)


def about(bundle: Bundle) -> Iterator[str]:
    """Yield what tells a run from others."""
    yield f"Run of {started(bundle):%Y-%m-%d, %H} h UTC"
    cores = counted(bundle.machine.cores_logical, "core")
    yield f"{cores}, {bundle.machine.memory_gib} GiB of memory"
    yield f"data nonce `{bundle.run.nonce}`"
    yield f"bundle `{bundle.digest[:12]}`"


def method_section(bundle: Bundle, samples: int, outliers: int, timed_share: float) -> Section:
    """Return how the run was measured.

    Args:
        bundle: the run.
        samples: how many were kept.
        outliers: how many of them lie far off the median of their process.
        timed_share: that of timed regions in the time of measuring.

    """
    run = bundle.run
    return Section(
        "How it was measured",
        (
            Paragraph(
                f"The preset asks for {run.processes} fresh processes, each with the cases in a "
                f"random order (seed {run.seed}), every case in {run.windows} windows of up to "
                f"{run.samples} samples and {counted(run.warmup, 'warm-up round')}. A sample is as "
                "many calls as last 20 ms together at full speed, timed by pytest-benchmark with a "
                "nanosecond clock; each library was held to one thread. Every decode ended in "
                "owned, writable, contiguous tensors over memory that was touched before, checked "
                f"bit for bit outside the timed region. {samples:,} samples were kept, "
                f"{outliers:,} of them outliers; none was dropped for its value. Timed regions "
                f"filled {significant_percent(timed_share)} of the "
                f"{number(run.elapsed_ns / 1e9)} s of measuring."
            ),
            Paragraph(
                "A fixed piece of work, the canary, ran before and after every sample. A sample "
                "counts where both took no more than 5 % above the canary at the core's full "
                "speed; a window with too few such samples, or one that waited for the processor, "
                "was run again once. The time of a case is the median of the medians of its "
                "processes, its interval a t-interval over their logarithms. Windows of the "
                "pipeline and its stages alone have canaries before and after, too. What was "
                "measured while the machine slept, or a process was stopped, was thrown away and "
                "measured again."
            ),
        ),
        detail=True,
    )


def machine_section(bundle: Bundle) -> Section:
    """Return what the bundle says of the machine."""
    digests = f"Data nonce `{bundle.run.nonce}`; bundle SHA-256 `{bundle.digest}`."
    return Section(
        "This machine",
        (Definitions(tuple(_facts(bundle))), Paragraph(digests, quiet=True)),
        detail=True,
    )


def _facts(bundle: Bundle) -> Iterator[tuple[str, Cell]]:
    for name, value in bundle.machine:
        yield name, Cell(_text(value))
    for when, looks in (("before", bundle.before), ("after", bundle.after)):
        for name, value in looks or ():
            if value is not None:
                yield f"{name}, {when}", Cell(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return str(value)
