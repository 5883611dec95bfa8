"""Whether a run can be trusted, why not, and what to do about it, in plain words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bench.bundle import (
    NOISY_SHARE,
    Gate,
    Problem,
    calm_part,
    disturbed_share,
    pace_spread,
)
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bundle import Bundle


class Trust(StrEnum):
    """How far a result may be trusted."""

    VALID = "valid"
    SUSPECT = "suspect"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason not to trust a run, how much it weighs, and what a user can do."""

    trust: Trust
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The trust in a run, with all reasons, the worst first."""

    trust: Trust
    reasons: tuple[Reason, ...]


SPREAD_OF_PROCESSES = 0.1
"""Difference between the full speeds of two processes from which they do not compare."""

BUSY_PERCENT = 20
"""CPU use before the run from which other programs are to blame."""

_QUIET = "close other programs, wait until the machine is idle, and run again"


@dataclass(frozen=True, slots=True)
class Disturbance:
    """How much the core's speed changed while a run measured."""

    pace_spread: float
    """How much slower the slowest process's full speed is than the fastest's, 0 for none."""
    share: float
    """Of the measured cases that most processes measured in a slow spell."""

    @classmethod
    def of(cls, bundle: Bundle) -> Disturbance:
        """Return it of a run."""
        return cls(pace_spread(bundle), disturbed_share(bundle))


def verdict(bundle: Bundle, disturbance: Disturbance | None = None) -> Verdict:
    """Judge a run by its gates, its environment and its failures; never by its results.

    disturbance is that of the run, where it is known already.
    """
    order = list(Trust)
    known = disturbance or Disturbance.of(bundle)
    reasons = sorted(_reasons(bundle, known), key=lambda r: order.index(r.trust), reverse=True)
    return Verdict(reasons[0].trust if reasons else Trust.VALID, tuple(reasons))


def invalidating(bundle: Bundle) -> list[Reason]:
    """Return what makes a run invalid: its failures and its environment, without its noise."""
    reasons = (*_failures(bundle), *_surroundings(bundle))
    return [reason for reason in reasons if reason.trust is Trust.INVALID]


def _reasons(bundle: Bundle, disturbance: Disturbance) -> Iterator[Reason]:
    yield from _failures(bundle)
    yield from _noise(bundle, disturbance)
    yield from _surroundings(bundle)
    yield from _gaps(bundle)


def _failures(bundle: Bundle) -> Iterator[Reason]:
    if not any(case.blocks for case in bundle.cases):
        yield Reason(Trust.INVALID, "nothing was measured", "run again")
    for case in bundle.cases:
        if case.problem is Problem.WRONG_OUTPUT:
            yield Reason(
                Trust.INVALID,
                f"{case.id} does not give back the data it was given",
                "its time means nothing; report it as a defect of that decoder",
            )
        elif case.problem:
            yield Reason(
                Trust.SUSPECT,
                f"{case.id} {case.problem.value}, and was left out",
                "the other cases are not affected; the run's messages say more",
            )


def _throttled(bundle: Bundle) -> int:
    """Return in how many periods a quota of time stopped the processes during the run."""
    counts = [
        look.quota_throttled
        for look in (bundle.before, bundle.after)
        if look and isinstance(look.quota_throttled, int)
    ]
    return max(0, counts[1] - counts[0]) if len(counts) == 2 else 0


def _noise(bundle: Bundle, disturbance: Disturbance) -> Iterator[Reason]:
    if (spread := disturbance.pace_spread) > SPREAD_OF_PROCESSES:
        yield Reason(
            Trust.SUSPECT,
            f"one process ran {percent(spread)} slower than another from beginning to end",
            f"{_QUIET}; on a laptop, plug it in and let it cool",
        )
    share = disturbance.share
    if periods := _throttled(bundle):
        yield Reason(
            Trust.SUSPECT,
            f"a quota of time on the processor stopped all processes {counted(periods, 'time')}; "
            f"{percent(share)} of the cases were disturbed in most processes",
            "allow the container as many cores as it sees (--cpus), or bind it to fewer "
            "(--cpuset-cpus)",
        )
        return
    if share <= NOISY_SHARE:
        return
    blocks = [block for case in bundle.cases for block in case.blocks]
    gates = Counter(gate for block in blocks for gate in block.gates)
    if gates[Gate.CPU] > len(blocks) / 4:
        what = "other programs took the processor from the measurement"
    else:
        what = "the processor's speed changed while measuring"
    yield Reason(
        Trust.SUSPECT,
        f"{what}: {percent(share)} of the cases were disturbed in most processes",
        f"{_QUIET}; on a laptop, plug it in and let it cool",
    )


def _gaps(bundle: Bundle) -> Iterator[Reason]:
    run = bundle.run
    if run.state == "partial":
        yield Reason(
            Trust.SUSPECT,
            "the run was interrupted, so some cases have few or no samples",
            "go on with it: nox -s bench -- --resume RUN, with this run's folder",
        )
    if run.left_out:
        yield Reason(
            Trust.SUSPECT,
            f"{len(run.left_out)} of {len(bundle.cases)} cases were left out to end in time",
            "measure fewer (--payload, --format, --codec), or choose a longer preset",
        )
    pipeline = bundle.measured_pipeline
    if pipeline is None:
        return
    whole = len(pipeline.configurations)
    if run.state == "complete" and (left := len(pipeline.left_out)):
        yield Reason(
            Trust.SUSPECT,
            f"{left} of {whole} configurations of the pipeline were left out to end in time",
            f"{_QUIET}, or choose a longer preset",
        )
    calm = calm_part(pipeline)
    if calm.mostly_disturbed:
        yield Reason(
            Trust.SUSPECT,
            f"the processor's speed changed in {calm.disturbed} of {calm.windows} windows of the "
            "pipeline, so that none was left out",
            _QUIET,
        )
    if broken := sum(
        configuration.problem is not None for configuration in pipeline.configurations
    ):
        yield Reason(
            Trust.SUSPECT,
            f"{broken} of {whole} configurations of the pipeline could not be run",
            "the run's messages say why; `bench experiment` runs one alone",
        )


def _surroundings(bundle: Bundle) -> Iterator[Reason]:
    before, after = bundle.before, bundle.after
    for what in bundle.slowed_by or ():
        yield Reason(
            Trust.INVALID,
            f"the measuring processes were slowed from outside: {what}",
            "take that away and run again; docs/how-to/quiet-numbers.md says more",
        )
    if before.busy_percent > BUSY_PERCENT:
        yield Reason(
            Trust.SUSPECT,
            f"{before.busy_percent} % of the processor was in use before the run began",
            _QUIET,
        )
    looks = [before] if after is None else [before, after]
    if any(look.power == "battery" for look in looks):
        yield Reason(Trust.SUSPECT, "it ran on battery", "plug the machine in and run again")
    if after and isinstance(before.throttled, int) and isinstance(after.throttled, int):
        events = after.throttled - before.throttled
        if events > 0:
            yield Reason(
                Trust.SUSPECT,
                f"the processor was slowed {events} times because it was hot",
                "let the machine cool, on a hard surface, and run again",
            )
