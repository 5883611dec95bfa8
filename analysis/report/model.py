"""What the model's commands print: tables on a terminal, plain values as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from analysis.document.numbers import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.interventions import Interventions
    from analysis.model.prediction import Prediction
    from analysis.model.recommendation import Recommendation, Upgrade
    from analysis.model.transfer import Transfer
    from analysis.model.validation import Errors, Scheme, Validation
    from analysis.statistics.number import Number

_MOST_PERCENT = 10.0
INTERVALS = "[low, high] holds 90 % of what a window of a second or more will measure."


def prediction(found: Prediction) -> Iterator[str]:
    """Yield the lines of a prediction."""
    yield f"{found.setup.label} ({found.kind}: {found.basis})"
    yield _row("throughput", found.samples_per_s, "samples/s")
    yield _row("batch to batch", found.period_ms, "ms")
    yield _row("99th percentile", found.p99_ms, "ms")
    if found.missed:
        yield _percents("missed deadlines", found.missed)
    if found.tax and found.busy:
        yield _percents("feeding tax", found.tax)
        yield _percents("GPU-busy", found.busy)
    if found.mfu:
        yield _percents("MFU", found.mfu)
    yield _row("first batch", found.first_batch_s, "s, once workers are there")
    if found.bottleneck:
        yield (
            f"{'bottleneck':17} {found.bottleneck}, {_probability(found.sure)}: without it "
            f"{_gain(found.gains[found.bottleneck])}"
        )
    busy = ", ".join(f"{part} {share:.0%}" for part, share in found.utilisation.items())
    yield f"{'utilisation':17} {busy}"
    stages = ", ".join(f"{stage} {share:.0%}" for stage, share in found.stages.items())
    yield f"{'by stage':17} {stages}"


def prediction_plain(found: Prediction) -> dict[str, Any]:
    """Return a prediction as plain values."""
    return {
        "configuration": found.setup.model_dump(mode="json"),
        "kind": found.kind,
        "basis": found.basis,
        "samples_per_s": plain_range(found.samples_per_s),
        "period_ms": plain_range(found.period_ms),
        "p99_ms": plain_range(found.p99_ms),
        "missed": plain_range(found.missed),
        "feeding_tax": plain_range(found.tax),
        "gpu_busy": plain_range(found.busy),
        "mfu": plain_range(found.mfu),
        "first_batch_s": plain_range(found.first_batch_s),
        "bottleneck": found.bottleneck,
        "bottleneck_probability": found.sure,
        "gains_without": {stage: plain_range(gain) for stage, gain in found.gains.items()},
        "utilisation": found.utilisation,
        "utilisation_by_stage": found.stages,
    }


def plain_range(found: Number | None) -> dict[str, float] | None:
    """Return a range as plain values."""
    return None if found is None else {n: getattr(found, n) for n in ("value", "low", "high")}


def recommendation(found: Recommendation) -> Iterator[str]:
    """Yield the lines of a recommendation: of each lever the best change, and all in JSON."""
    yield from prediction(found.prediction)
    yield ""
    level = found.equilibrium
    if level.workers is None:
        yield f"Workers that are enough: none ({level.why})."
    else:
        noun = "worker is" if level.workers == 1 else "workers are"
        what = "feed the accelerator" if level.demand else "come to 95 % of the most"
        yield f"{level.workers} {noun} enough to {what}: {number(level.supply)} samples/s."
    yield found.answer
    best: dict[str, tuple[int, Upgrade]] = {}
    for number_of, upgrade in enumerate(found.upgrades, 1):
        best.setdefault(upgrade.lever, (number_of, upgrade))
    if best:
        yield ""
        yield "What gains more than 2 %, the best of each kind; --upgrade N prints one to be run:"
    for number_of, upgrade in best.values():
        name = f"{number_of}" if upgrade.setup else "-"
        yield f"{name:>3} {upgrade.lever:8} {upgrade.what:38.38} {_gain(upgrade.gain)}"


def recommendation_plain(found: Recommendation) -> dict[str, Any]:
    """Return a recommendation as plain values."""
    return {
        "prediction": prediction_plain(found.prediction),
        "equilibrium": asdict(found.equilibrium),
        "answer": found.answer,
        "upgrades": [
            {
                "lever": upgrade.lever,
                "what": upgrade.what,
                "gain": plain_range(upgrade.gain),
                "configuration": upgrade.setup and upgrade.setup.model_dump(mode="json"),
            }
            for upgrade in found.upgrades
        ],
    }


def validation(found: Validation) -> Iterator[str]:
    """Yield the lines of a validation."""
    yield (
        f"{'left out':29} {'n':>4} {'MAPE':>6} {'median':>6} {'p90':>6} {'bias':>6} "
        f"{'idle pp':>7} {'90 % hold':>9} {'width':>6} {'best baseline':>13}"
    )
    if found.floor:
        idle = f"{found.floor.idle.mape:7.1f}" if found.floor.idle else f"{'':7}"
        yield f"{'(measured again)':29} {_errors(found.floor.throughput)} {idle}"
    for scheme in found.schemes:
        yield _scheme(scheme)
    yield from _interventions(found.interventions)
    yield (
        "MAPE, median, p90, bias: of throughput. idle: mean error of the feeding tax in percentage "
        "points. 90 % hold: windows inside their interval."
    )
    yield (
        "width: mean half width, on the log scale. Below (measured again) no prediction can come: "
        "it is how far a configuration lies from itself."
    )


def validation_plain(found: Validation) -> dict[str, Any]:
    """Return a validation as plain values."""
    return asdict(found)


def transfer(found: Transfer) -> Iterator[str]:
    """Yield the lines of a transfer."""
    yield (
        f"The second machine takes {number(found.slower)} times as long for the same work "
        f"({found.shared} stages alone)."
    )
    scheme = found.scheme
    idle = "" if scheme.idle is None else f", idle within {scheme.idle.mape:.1f} points"
    yield (
        f"Predicted end to end from stages alone: {scheme.throughput.count} configurations, MAPE "
        f"{scheme.throughput.mape:.1%}, median {scheme.throughput.median:.1%}{idle}; "
        f"{scheme.intervals.coverage:.0%} of {scheme.intervals.count} windows in their interval."
    )


def transfer_plain(found: Transfer) -> dict[str, Any]:
    """Return a transfer as plain values."""
    return asdict(found)


def _interventions(found: Interventions) -> Iterator[str]:
    clear = [removal for removal in found.removals if removal.clear]
    if clear:
        right = sum(removal.right for removal in clear)
        yield f"Bottleneck, by taking each stage out: right in {right} of {len(clear)} clear cases."
    if found.changes:
        close = sum(change.gain.close for change in found.changes)
        yield f"Gains of one change: {close} of {len(found.changes)} within 10 %."


def _scheme(scheme: Scheme) -> str:
    idle = f"{scheme.idle.mape:7.1f}" if scheme.idle else f"{'':7}"
    best = min(scheme.baselines.values(), key=lambda e: e.mape)
    held = scheme.intervals
    return (
        f"{scheme.name:29} {_errors(scheme.throughput)} {idle} {held.coverage:9.0%} "
        f"{held.half_width:6.0%} {best.mape:13.0%}"
    )


def _errors(found: Errors) -> str:
    return (
        f"{found.count:4} {found.mape:6.1%} {found.median:6.1%} {found.p90:6.1%} {found.bias:+6.1%}"
    )


def _row(name: str, found: Number, unit: str) -> str:
    bounds = f"[{number(found.low)}, {number(found.high)}]"
    return f"{name:17} {number(found.value)} {bounds} {unit}"


def _percents(name: str, found: Number) -> str:
    return f"{name:17} {_share(found.value)} [{_share(found.low)}, {_share(found.high)}]"


def _gain(found: Number) -> str:
    value, low, high = (_more(share) for share in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]"


def _more(share: float) -> str:
    """Return a gain in percent, or as a factor where nobody would say percent."""
    return f"{share:+.0%}" if share < _MOST_PERCENT else f"x{number(1 + share)}"


def _share(value: float) -> str:
    return "0 %" if abs(value) < 5e-5 else f"{number(100 * value)} %"


def _probability(value: float) -> str:
    return "certainly" if value > 0.995 else f"with {value:.0%} probability"
