"""Classes that never were: as an object of results, from 0 to 3,000 students, and hostile ones."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from analysis.course.remark import Status
from analysis.course.results import (
    Bound,
    Calibration,
    ClassResults,
    CodecSpread,
    DeviceSpread,
    Failure,
    FileRow,
    ParameterSpread,
    PredictionError,
    Quantiles,
    QuestionResult,
    Ratio,
    Residuals,
    Similar,
    Uneven,
    Unlike,
)
from analysis.course.scores import Score, Try
from analysis.model.equation import PARAMETERS
from analysis.statistics.polish import polish
from analysis.statistics.ranks import rank_intervals
from bench.course import Course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GROUP = 5
COURSE = Course.model_validate({
    "name": "Data Factory lab", "term": "2026 autumn", "nonce": "autumn-26", "preset": "standard",
    "due": "2026-10-14T22:00:00+00:00",
    "questions": [{"name": "gravity", "points": 2.0}, {"name": "drift", "points": 1.5}],
}, strict=False)  # fmt: skip
WORKLOAD = "standard closed 0a1b2c3d"
CLASSES = (
    ("Intel laptop or desktop", 0.34),
    ("Apple", 0.30),
    ("AMD laptop or desktop", 0.22),
    ("server, virtual", 0.10),
    ("Arm, other", 0.04),
)
SMALL_CLASS = "Arm, other"
"""Too small to be shown up to 100 students."""
CODECS = {
    "csv": ("csv/rows/wire", "csv/rows/pyarrow", "csv/rows/pandas", "csv/rows/stdlib"),
    "json": ("json/lines/orjson", "json/lines/wire", "json/lines/stdlib"),
    "parquet": ("parquet/columns/wire", "parquet/columns/pyarrow", "parquet/columns/pandas"),
    "protobuf": ("protobuf/packed/wire", "protobuf/packed/google"),
}
PAYLOADS = {"tabular": "tabular-26/b4096", "image": "image-64/b64", "tokens": "tokens-1024/b256",
            "audio": "audio-16000/b32"}  # fmt: skip
_EDITED = (
    "run.digest: expected the digest of what is there, found another; hand in the file as `submit` "
    "wrote it"
)
_SPEEDS = {"csv": 60.0, "json": 90.0, "parquet": 1_500.0, "protobuf": 900.0}


def pseudonym(student: int) -> str:
    """Return a student's pseudonym."""
    return f"{student * 2_654_435_761 % 16**12:012x}"


@lru_cache(maxsize=8)
def sample(students: int, *, seed: int = 1) -> ClassResults:
    """Return a class of so many students, all of it worked out as for a real one."""
    rng = np.random.default_rng(seed)
    names = [name for name, _ in CLASSES]
    shares = np.array([share for _, share in CLASSES])
    kinds = list(rng.choice(names, students, p=shares))
    if 20 <= students <= 100:
        kinds = [k if k != SMALL_CLASS else names[0] for k in kinds[:-2]] + [SMALL_CLASS] * 2
    compared = students if students < 10 else int(0.9 * students)
    of_compared = kinds[-compared:] if compared else []
    counts = {name: of_compared.count(name) for name in names if of_compared.count(name)}
    big = {name: count for name, count in counts.items() if count >= GROUP}
    small = compared - sum(big.values())
    effects = rng.normal(0, 0.25, compared)
    times = _times(rng, effects)
    enough = compared >= GROUP
    locked = bool(students)
    return ClassResults(
        course=COURSE,
        files=_files(rng, kinds),
        scores=_scores(students),
        workloads=_workloads(students, compared),
        workload=WORKLOAD if students else None,
        machine_classes=big | ({"classes of fewer each": small} if small else {}),
        machines=compared,
        group=GROUP,
        modelled=int(0.85 * compared),
        failures=_failures(students),
        questions=_questions(rng, students) if locked else (),
        calibration=_calibration(students) if students >= 20 else (),
        similar=_similar(students),
        unlike=_unlike(students),
        codecs=_codecs(times, of_compared, big) if enough else (),
        ratios=_ratios(times) if enough else (),
        bound=_bound(big, compared) if enough else (),
        parameters=_parameters(rng, compared) if enough else (),
        predicted=_predicted(big, compared) if enough else (),
        points=_points(rng, of_compared, big) if enough else (),
        devices=_devices(compared) if enough else (),
        residuals=_residuals(times, of_compared, big) if compared >= 3 else None,
        uneven=[Uneven(pseudonym(2), "2" * 16, {"read": 0.4}, 7.5)] if students > 8 else (),
    )


def without_pipeline(students: int = 30) -> ClassResults:
    """Return a class in which nobody measured a pipeline, and nobody locked anything."""
    return replace(
        sample(students), modelled=0, bound=(), parameters=(), predicted=(), points=(), devices=(),
        questions=(), calibration=(),
    )  # fmt: skip


def one_machine_class(students: int = 30) -> ClassResults:
    """Return a class with machines of a single class."""
    whole = sample(students)
    (name, *_), count = whole.machine_classes, whole.machines
    taken = whole.residuals
    return replace(
        whole,
        machine_classes={name: count},
        codecs=[c for c in whole.codecs if c.machine_class is None],
        bound=[b for b in whole.bound if b.machine_class is None],
        predicted=[e for e in whole.predicted if e.machine_class is None],
        points=[(name, *point[1:]) for point in whole.points],
        residuals=taken and replace(taken, machine_classes=(name,) * len(taken.submissions)),
    )


_LONG = "a/b-c+D." * 10
HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an attribute": '" onmouseover="alert(1)" x="',
    "an image": "<img src=x onerror=alert(1)>",
    "a formula": '=HYPERLINK("http://x.example","A1")',
    "an override": "report\u202egnp.exe\u202c",
    "an isolate": "\u2067evil\u2069",
    "unseen": "a\u200bb\u2060c\ufeffd\u00ade",
    "control characters": "a\x00b\x1b[31mc\x07\x9bd",
    "lines": "first\nsecond\r\nthird\u2028fourth",
    "markup": "`code` **bold** [x](javascript:alert(1)) | pipe",
    "a template": "{{ 7 * 7 }} ${7*7} {% raw %}",
    "typst": '#panic("x") $x^2$ @nobody',
    "a comment": "--><!-- ]]>",
    "too long": "A" * 10_000,
    "many marks": "Z" + "\u0300" * 500,
    "no text": "caf\udce9.json",
    "another direction": "\u05e9\u05dc\u05d5\u05dd.json",
    "a path": "../../etc/passwd",
}


def hostile(students: int = 30) -> ClassResults:
    """Return a class in which all text that strangers write is hostile."""
    whole = sample(students)
    texts = list(HOSTILE.values())
    files = [
        replace(
            row,
            file=texts[at % len(texts)],
            pseudonym=texts[(at + 3) % len(texts)],
            cpu=texts[(at + 5) % len(texts)],
            reasons=(texts[(at + 7) % len(texts)], *texts),
            status="rejected" if at % 2 else row.status,
        )
        for at, row in enumerate([*whole.files, *whole.files][: max(36, len(whole.files))])
    ]
    taken = whole.residuals
    assert taken is not None
    names = tuple(texts[at % len(texts)] for at in range(len(taken.pseudonyms)))
    # Names of cases and codecs are letters, digits and ._/+-, and not longer than 80.
    cases = tuple(_LONG if at < 2 else case for at, case in enumerate(taken.cases))
    return replace(
        whole,
        files=files,
        failures=[Failure("json", "reject", "It is JSON", len(texts), tuple(texts))],
        questions=[replace(q, unlocked=tuple(texts)) for q in whole.questions],
        similar=[Similar(a, b, (a, b), 1, whole=False) for a, b in pairwise(texts)],
        unlike=[Unlike(text, "0" * 16, text, 2.5, 6.0) for text in texts],
        uneven=[Uneven(text, "0" * 16, {"read": 2.0}, 6.0) for text in texts],
        codecs=[replace(c, codec=f"{c.codec}/{_LONG}"[:80]) for c in whole.codecs],
        ratios=[replace(r, other=f"{r.other}/{_LONG}"[:80]) for r in whole.ratios],
        residuals=replace(taken, pseudonyms=names, cases=cases),
    )


def _quantiles(values: NDArray[np.float64]) -> Quantiles:
    five = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)).tolist()
    return Quantiles(len(values), *five)


def _times(
    rng: np.random.Generator, effects: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return the time of each case on each machine."""
    result = {}
    for payload, shape in PAYLOADS.items():
        for name, codecs in CODECS.items():
            for place, codec in enumerate(codecs):
                middle = np.log(0.5 * (1 + 0.8 * place) / _SPEEDS[name])
                spread = rng.uniform(0.03, 0.14)
                noise = spread * rng.standard_t(4, len(effects))
                case = f"decode/{codec}/{shape}"
                result[case] = np.exp(middle + effects + noise + 0.1 * len(payload))
            case = f"encode/{codecs[0]}/{shape}"
            noise = rng.normal(0, 0.06, len(effects))
            result[case] = np.exp(np.log(1.5 / _SPEEDS[name]) + effects + noise)
    return result


def _residuals(
    times: dict[str, NDArray[np.float64]], kinds: Sequence[str], big: dict[str, int]
) -> Residuals:
    cases = tuple(sorted(times))
    values = np.log([times[case] for case in cases])
    rng = np.random.default_rng(2)
    values[rng.uniform(size=values.shape) < 0.04] = np.nan
    values[3, :1] -= 0.9  # a case that looks edited
    taken = polish(values.astype(np.float32))
    count = len(kinds)
    spread = np.nanmedian(np.abs(taken.residuals), axis=1) / 0.6745
    ranks = rank_intervals(taken.machines, taken.machine_errors)
    return Residuals(
        cases,
        tuple(f"{at:016x}" for at in range(count)),
        tuple(pseudonym(at) for at in range(count)),
        tuple(kind if kind in big else "" for kind in kinds),
        taken,
        ranks,
        spread,
    )


def _files(rng: np.random.Generator, kinds: Sequence[str]) -> list[FileRow]:
    rows = []
    for student, kind in enumerate(kinds):
        name = pseudonym(student)
        look = rng.uniform() < 0.08
        reasons = (
            ("battery: expected mains, found battery; plug it in and measure again",)
            if look
            else ()
        )
        rows.append(
            FileRow(
                f"{name}.json.gz", f"{student:016x}", name, "look" if look else "sound", True,
                "valid", kind, "12th Gen Intel(R) Core(TM) i7-1260P", "closed", reasons,
            )
        )  # fmt: skip
        if rng.uniform() < 0.1:
            rows.append(
                FileRow(
                    f"{name}-2.json.gz", f"{student:015x}f", name, "rejected", False, None, None,
                    None, None, (_EDITED,),
                )
            )  # fmt: skip
    if rows:
        unread = ("expected gzip of JSON, found something else; run `submit` again",)
        rows.append(
            FileRow(
                "holiday.jpg", "f" * 16, None, "rejected", False, None, None, None, None, unread
            )
        )
    return rows


def _scores(students: int) -> list[Score]:
    moments = ("2026-10-14T21:40Z", "2026-10-15T03:10Z", "soon", "")
    return [
        Score(f"A. Person {at}", pseudonym(at), attempt, (attempt,), ())
        for at in range(students)
        for attempt in [
            Try(f"{at:016x}", f"{at}.json.gz", moments[at % 4], Status.SOUND, False, ())
        ]
    ]


def _workloads(students: int, compared: int) -> dict[str, int]:
    if not students:
        return {}
    rest = students - compared
    open_ones = rest if rest < 10 else rest - 3
    others = {"standard open 99aa88bb": open_ones} if rest else {}
    if rest >= 10:
        others |= {"quick closed what-if 12345678": 2, "rigorous closed 87654321": 1}
    return {WORKLOAD: compared} | others


def _failures(students: int) -> list[Failure]:
    if not students:
        return []
    who = tuple(pseudonym(at) for at in range(min(10, max(1, students // 10))))
    return [
        Failure("digest", "reject", "It is as it was written", max(1, students // 10), who),
        Failure("json", "reject", "It is JSON with one meaning", 1, ("holiday.jpg",)),
        Failure("dates", "note", "It was measured in this term and is not late", 1, who[:1]),
        Failure("power", "look", "It ran on mains power", max(1, students // 12), who),
    ]


def _questions(rng: np.random.Generator, students: int) -> list[QuestionResult]:
    result = []
    for name, text in (("gravity", "What moves 1 PB in a month?"), ("drift", "Who drifted?")):
        locked = int(0.9 * students)
        scored = int(0.85 * students)
        right = int(rng.binomial(scored, 0.6))
        held = int(rng.binomial(scored, 0.7))
        without = tuple(pseudonym(at) for at in range(min(10, students - locked)))
        late = students // 20
        middle = 0.8 if locked else None
        result.append(
            QuestionResult(name, text, students, locked, late, scored, right, held, middle, without)
        )
    return result


def _calibration(students: int) -> list[Calibration]:
    return [
        Calibration(0.5, students // 4, students // 8, 0.3, 0.7),
        Calibration(0.8, students, int(0.7 * students), 0.62, 0.77),
        Calibration(0.95, students // 2, int(0.3 * students), 0.5, 0.7),
    ]


def _similar(students: int) -> list[Similar]:
    if students < 3:
        return []
    cases = tuple(f"decode/{codec}/image-64/b64" for codec in CODECS["csv"])
    return [
        Similar(pseudonym(0), pseudonym(1), cases, 4, whole=True),
        Similar(pseudonym(2), pseudonym(1), cases[:2], 0, whole=False),
    ]


def _unlike(students: int) -> list[Unlike]:
    case = "decode/csv/rows/pandas/tabular-26/b4096"
    return [Unlike(pseudonym(0), "0" * 16, case, 2.46, 9.1)] if students > 8 else []


def _by_class(kinds: Sequence[str], big: dict[str, int]) -> dict[str | None, NDArray[np.bool_]]:
    result: dict[str | None, NDArray[np.bool_]] = {None: np.ones(len(kinds), bool)}
    return result | {name: np.array([kind == name for kind in kinds]) for name in big}


def _codecs(
    times: dict[str, NDArray[np.float64]], kinds: Sequence[str], big: dict[str, int]
) -> list[CodecSpread]:
    result = []
    for case, those in times.items():
        kind, *codec, shape, _ = case.split("/")
        for name, inside in _by_class(kinds, big).items():
            if kind == "decode":
                values = _quantiles(1 / those[inside])
                payload = shape.partition("-")[0]
                result.append(CodecSpread(payload, "/".join(codec), name, values))
    return result


def _ratios(times: dict[str, NDArray[np.float64]]) -> list[Ratio]:
    result = []
    for payload, shape in PAYLOADS.items():
        best = f"decode/parquet/columns/wire/{shape}"
        for case, those in times.items():
            if case.startswith("decode") and case.endswith(shape) and case != best:
                ratio = those / times[best]
                other = "/".join(case.split("/")[1:4])
                faster = int((ratio > 1).sum())
                result.append(
                    Ratio(payload, "parquet/columns/wire", other, _quantiles(ratio), faster)
                )
    return result


def _bound(big: dict[str, int], compared: int) -> list[Bound]:
    groups: list[tuple[str | None, int]] = [(None, compared), *big.items()]
    shares = {"decode": 0.55, "step": 0.3, "storage": 0.1, "ipc": 0.05}
    return [
        Bound(name, stage, count, share)
        for name, count in groups
        for stage, share in shares.items()
    ]


def _parameters(rng: np.random.Generator, compared: int) -> list[ParameterSpread]:
    return [
        ParameterSpread(
            parameter.name,
            parameter.unit,
            _quantiles(parameter.prior * np.exp(rng.normal(0, 0.2, compared))),
            float(rng.uniform(0.1, 0.6)),
        )
        for parameter in PARAMETERS
    ]


def _predicted(big: dict[str, int], compared: int) -> list[PredictionError]:
    result = [PredictionError(None, None, compared, 6 * compared, 0.062, -0.01, 0.91)]
    for at, (name, count) in enumerate(big.items()):
        error = 0.05 + 0.02 * at
        result.append(PredictionError(name, None, count, 6 * count, error, 0.03 * at, 0.92))
    for at in range(12):
        label = f"image x64, json, {at} workers"
        error = 0.15 - 0.01 * at
        result.append(PredictionError(None, label, compared, compared, error, -0.1, 0.8))
    return result


def _points(
    rng: np.random.Generator, kinds: Sequence[str], big: dict[str, int]
) -> list[tuple[str, float, float, float, float]]:
    result = []
    for kind in ([*kinds] * 6)[:1_500]:
        measured = float(np.exp(rng.normal(8, 1.5)))
        middle = measured * float(np.exp(rng.normal(0, 0.1)))
        name = kind if kind in big else "fewer each"
        result.append((name, middle, 0.85 * middle, 1.18 * middle, measured))
    return result


def _devices(compared: int) -> list[DeviceSpread]:
    return [
        DeviceSpread(
            "h100", "image x64, parquet, 13 workers, h100",
            Quantiles(compared, 3_900.0, 4_700.0, 5_300.0, 6_000.0, 7_400.0), 0.34,
        ),
        DeviceSpread(
            "orin", "image x64, parquet, 11 workers, orin",
            Quantiles(compared, 1_700.0, 2_900.0, 3_600.0, 4_400.0, 6_800.0), 0.7,
        ),
    ]  # fmt: skip


SAMPLES = {
    **{f"{count}": (lambda count=count: sample(count)) for count in (0, 1, 3, 30, 300, 3_000)},
    "hostile": hostile,
    "no pipeline": without_pipeline,
    "one class": one_machine_class,
}
"""Makers of classes, by name."""
