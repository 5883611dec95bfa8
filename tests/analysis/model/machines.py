"""Synthetic machines: bundles whose parameters, stages and noise are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.model.equation import PRIOR, PRIOR_SD, terms
from analysis.model.machine import Machine
from bench.bundle import Bundle, Setup, parse
from bench.bundle.canonical import dumps
from bench.presets import PRESETS
from bench.run.document import new_document
from formats.payloads import payload
from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import demand, usual_workload, waited_s
from tests.conftest import block

if TYPE_CHECKING:
    from analysis.model.fit import Array
    from bench.run.pipeline_record import Document

BYTES = {"tabular": 264, "image": 37_632, "tokens": 16_384, "audio": 156_800}
"""Of a sample as it is handed over."""
TENSORS = {"tabular": 3, "image": 1, "tokens": 2, "audio": 1}
ENCODED = {"csv": 3.0, "json": 3.2, "parquet": 1.0, "protobuf": 1.1, "arrow": 1.0}
"""Over decoded bytes."""
DECODED = {"tabular": 160, "image": 12_288, "tokens": 4_096, "audio": 32_000}
DECODE = {"csv": 0.9, "json": 0.7, "parquet": 0.06, "protobuf": 0.1, "arrow": 0.05}
"""us a KB decoded."""
REGIMES = ("transform", "tail", "epoch", "shards", "threads", "heap")
BATCHES = 400
NOISE = 0.04


def truth(seed: int = 0, width: float = 1.0) -> Array:
    """Return logarithms of parameters, drawn from the priors."""
    z = np.clip(np.random.default_rng(seed).standard_normal(len(PRIOR)), -1.5, 1.5)
    return np.asarray(PRIOR + 0.5 * width * z * PRIOR_SD, np.float64)


def larger(setup: Setup) -> float:
    """Return how many times the bytes of the usual sample one of this configuration has."""
    if setup.size is None:
        return 1.0
    return payload(setup.payload, setup.size).sample_bytes / DECODED[setup.payload]


def stages(setup: Setup, speed: float) -> tuple[float, float, float]:
    """Return how long read, decode and transform take alone, in us."""
    samples, name = setup.batch or 1, setup.codec.partition("/")[0]
    kb = DECODED[setup.payload] * larger(setup) * samples / 1e3
    handed = BYTES[setup.payload] * larger(setup) * samples / 1e3
    return (30 + 0.02 * kb) * speed, (80 + DECODE[name] * kb) * speed, (50 + 0.15 * handed) * speed


def _spread(total: float) -> list[int]:
    rounded = max(1, round(total))
    each = max(1, round(total / BATCHES))
    return [rounded, each, each, each, each]


def document(preset: str = "rigorous", most: int | None = None) -> Document:
    """Return the document of a run that has measured nothing, with some of its configurations."""
    fields = new_document(PRESETS[preset], seed=1, nonce="test")
    designed = fields["pipeline"]["configurations"]
    numbers = [
        number
        for number, record in enumerate(designed)
        if not record["setup"]["control"]
        and record["setup"]["items"] == "batch"
        # Regimes rest on what a synthetic machine has not measured.
        and all(record["setup"][name] == Setup.model_fields[name].default for name in REGIMES)
    ][:most]
    places = {number: place for place, number in enumerate(numbers)}
    fields["pipeline"]["configurations"] = [
        designed[number] | {"base": places.get(designed[number]["base"])} for number in numbers
    ]
    fields["cases"] = [case for case in fields["cases"] if case["kind"] == "memcpy"][:1]
    fields["machine"]["cores_usable"] = 2
    fields["run"] |= {"state": "complete", "elapsed_ns": 10**9, "processes": 2}
    fields["before"] |= {"busy_percent": 0, "power": "mains", "throttled": 0}
    fields["after"] = fields["before"]
    return fields


def machine_of(bundle: Bundle) -> Machine:
    """Return the machine of a bundle, with the shipped profiles."""
    return Machine(bundle, catalogue())


def synthetic_bundle(
    parameters: Array,
    *,
    preset: str = "rigorous",
    most: int | None = None,
    speed: float = 1.0,
    noise: float = NOISE,
    seed: int = 0,
    cores: int = 2,
) -> Bundle:
    """Return the bundle of a machine with known parameters.

    speed: how much longer its own work takes; noise: of that work, in each window.
    """
    fields = document(preset, most)
    fields["machine"]["cores_usable"] = cores
    rows = [block(20.0, 20.0, process=process, order=process) for process in range(2)]
    fields["cases"][0] |= {"blocks": rows, "loops": 1, "encoded_bytes": None}
    configurations = fields["pipeline"]["configurations"]
    _stages_alone(fields, speed)
    for record in configurations:
        setup = Setup.model_validate(record["setup"])
        batch, name = setup.batch or 1, setup.codec.partition("/")[0]
        record |= {
            "encoded_bytes": round(ENCODED[name] * DECODED[setup.payload] * larger(setup) * batch),
            "decoded_bytes": round(DECODED[setup.payload] * larger(setup)) * batch,
            "batch_tensor_bytes": round(BYTES[setup.payload] * larger(setup)) * batch,
            "tensors": TENSORS[setup.payload],
            "requested_step_ns": _requested_ns(setup),
        }
    empty = parse(dumps(fields), "made for a test")
    stage_model = machine_of(empty).stage_model
    rng, order = np.random.default_rng(seed), 0
    for record in configurations:
        setup = Setup.model_validate(record["setup"])
        load = stage_model.resolve(setup).load
        for repeat in range(fields["pipeline"]["repeats"]):
            factor = np.exp(noise * rng.standard_normal())
            order += 1
            result = terms(parameters, load.scaled(np.array(factor)))
            record["windows"].append(_window(repeat, order, setup, result))
    return parse(dumps(fields), "made for a test")


def _requested_ns(setup: Setup) -> int | None:
    if setup.accelerator == "none":
        return None
    seconds = waited_s(setup.accelerator)
    if seconds is None:
        workload = usual_workload(setup.payload_kind, setup.workload)
        asked = demand(
            setup.accelerator, setup.accelerators, workload, setup.method or "", setup.size or 0
        )
        seconds = asked.step_s(setup.batch or 1)
    return round(seconds * 1e9)


def _stages_alone(fields: Document, speed: float) -> None:
    pipeline = fields["pipeline"]
    shapes = {}
    for record in pipeline["configurations"]:
        setup = Setup.model_validate(record["setup"])
        shapes[setup.payload, setup.size, setup.codec, setup.batch] = setup
    pipeline["isolated"] = [
        {
            **dict(zip(("payload", "size", "codec", "batch"), shape, strict=True)),
            "repeat": repeat,
            "batches": BATCHES,
            **{
                name: _spread(us * BATCHES)
                for name, us in zip(
                    ("storage", "decode", "transform"), stages(setup, speed), strict=True
                )
            },
            "canary_us": [500],
        }
        for shape, setup in shapes.items()
        for repeat in range(2)
    ]
    pipeline["ipc"] = [
        {
            "transport": transport,
            "tensors": tensors,
            "bytes": size,
            "repeat": 0,
            "count": BATCHES,
            "send": _spread((80 + 70 * tensors + 6e-4 * size) * speed * BATCHES),
            "receive": _spread((100 + 200 * tensors + 4e-5 * size) * speed * BATCHES),
        }
        for transport in ("file_descriptor", "file_system")
        for tensors, size in ((1, 4096), (1, 1 << 20), (1, 8 << 20), (4, 1 << 20), (16, 1 << 20))
    ]


def _window(repeat: int, order: int, setup: Setup, result: Any) -> dict[str, Any]:
    period, step = float(result.period), float(result.step)
    total = max(1, round(period * BATCHES))
    consumer = float(result.receive) if setup.workers else period - step
    return {
        "repeat": repeat,
        "order": order,
        "batches": BATCHES,
        "us": total,
        "started_us": None,
        "first_batch_us": round(2 * period),
        "consumer_cpu_us": round(consumer * BATCHES),
        "workers_cpu_us": [round(float(result.worker_cpu) * BATCHES)] if setup.workers else [],
        "reads": BATCHES,
        "late_reads": 0,
        "disk_bytes": None,
        "ready": 5,
        "queued": 5,
        "stages": {},
        "wait": _spread((period - step) * BATCHES),
        "h2d": None,
        "step": _spread(step * BATCHES) if step else None,
        "period": [
            total,
            *(round(step + (period - step) * over) for over in (0.95, 1.3, 1.6, 2.0)),
        ],
        "raw": [],
        "canary_us": [500, 500],
        "energy_uj": {},
    }
