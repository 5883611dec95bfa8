"""The results of a run by name, for programs: what `report --json` holds beside the sections."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from analysis.report import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.model.validation import Validation
    from analysis.report.disk import Disk
    from analysis.report.pipeline import ConfigurationResult, PipelineResults
    from analysis.statistics.codecs import BatchResults, CodecResult
    from analysis.statistics.verdict import Verdict
    from bench.bundle import Bundle


def values(
    bundle: Bundle,
    *,
    verdict: Verdict,
    first_screen: summary.Summary | str | None,
    pipeline: PipelineResults | None,
    validation: Validation | None,
    batches: Sequence[BatchResults],
    disk: Disk | None,
) -> dict[str, Any]:
    """Return all results of a run; what was not measured is null."""
    return {
        "verdict": verdict.trust,
        "reasons": [asdict(reason) for reason in verdict.reasons],
        "summary": (
            summary.values(first_screen) if isinstance(first_screen, summary.Summary) else None
        ),
        "pipeline": _pipeline(pipeline) if pipeline else None,
        "predictions": _predictions(validation) if validation else None,
        "codecs": [_batch(batch) for batch in batches],
        "disk": (
            {
                "rates": [{"read": row.how, **row.rates} for row in disk.rows],
                "remark": disk.remark,
            }
            if disk
            else None
        ),
        "machine": bundle.machine.model_dump(mode="json"),
    }


def _pipeline(results: PipelineResults) -> dict[str, Any]:
    return {
        "configurations": [_configuration(result) for result in results.configurations],
        "knees": [
            {
                "label": curve.label,
                "samples_per_s": {str(workers): rate for workers, rate in curve.points},
                "knee": curve.knee if curve.known else None,
                "low": curve.knee_low,
                "high": curve.knee_high,
            }
            for curve in results.curves
        ],
        "sums": results.sums and asdict(results.sums),
        "remarks": results.remarks,
    }


def _configuration(result: ConfigurationResult) -> dict[str, Any]:
    return {
        "label": result.label,
        "configuration": result.setup.model_dump(mode="json"),
        "samples_per_s": result.samples_per_s,
        "mb_per_s": result.mb_per_s,
        "feeding_tax": result.tax,
        "ready": result.ready,
        "cores": result.cores,
        "wait_p99_ms": result.wait_p99_ms,
        "time_shares": result.time_shares,
        "joules": result.joules and asdict(result.joules),
        "bottleneck": result.bottleneck
        and {
            "gains_without": result.bottleneck.gains,
            "kind": "measured" if result.bottleneck.measured else "predicted",
        },
    }


def _predictions(validation: Validation) -> dict[str, Any]:
    (scheme,) = validation.schemes
    return {
        "left_out": scheme.name,
        "throughput_error": asdict(scheme.throughput),
        "repetition": validation.floor and asdict(validation.floor.throughput),
        "interval_coverage": scheme.intervals.coverage,
        "points": [
            {
                "label": point.label,
                "predicted": point.predicted,
                "measured": point.measured,
                "predicted_feeding_tax": point.predicted_tax,
                "measured_feeding_tax": point.measured_tax,
            }
            for point in scheme.points
        ],
    }


def _batch(batch: BatchResults) -> dict[str, Any]:
    return {
        "payload": batch.payload,
        "size": batch.size,
        "batch": batch.batch,
        "decoded_bytes": batch.batch_bytes,
        "memcpy_mb_per_s": batch.memcpy and batch.memcpy.mb_per_s,
        "codecs": [_codec(result) for result in batch.codecs],
    }


def _codec(result: CodecResult) -> dict[str, Any]:
    rates = {"decode": result.decode, "encode": result.encode, "read": result.read}
    return {
        "codec": result.codec,
        "canonical": result.change is None,
        **{f"{name}_mb_per_s": rate and rate.mb_per_s for name, rate in rates.items()},
        "encoded_share": result.encoded_share,
        "problems": result.problems,
    }
