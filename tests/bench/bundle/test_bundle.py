"""The bundle: one byte form, problems named with their place, bounded in size, always readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import orjson
import pytest

from bench.bundle import (
    PIPELINE,
    Block,
    Bundle,
    BundleError,
    Gate,
    Part,
    Pipeline,
    Setup,
    find,
    latest,
    parse,
    read,
    verified,
    write,
)
from bench.bundle.canonical import dumps
from bench.presets import PRESETS
from bench.run.document import new_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.run.pipeline_record import Document

INDENTED = orjson.OPT_INDENT_2
ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests/golden/bundle-v4.json"
EARLIER = ROOT / "tests/golden/bundle-v1.json"
SCHEMA = ROOT / "docs/reference/bundle.schema.json"


def plain(document: Document) -> Any:
    return orjson.loads(dumps(document))


def test_golden_bundle_stays_readable() -> None:
    bundle = read(GOLDEN)
    assert bundle.schema_version == 4
    assert bundle.run.state == "complete"
    assert sum(len(case.blocks) for case in bundle.cases) > 200


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_bundle_of_an_earlier_version_says_the_same(version: int) -> None:
    """In its own words: each newer golden file is the older one, written again."""
    earlier, now = read(ROOT / f"tests/golden/bundle-v{version}.json"), read(GOLDEN)
    assert b'"newcomer"' in EARLIER.read_bytes()
    assert b'"newcomer"' not in GOLDEN.read_bytes()
    assert earlier.model_copy(update={"digest": now.digest}) == now


def test_rates_of_version_2_have_the_method_by_which_they_were_found() -> None:
    """A step was 64 pictures at 1,786/s then, an emulated one, whatever their size."""
    pipeline = parse((ROOT / "tests/golden/two-cores.json").read_bytes(), "golden").pipeline
    assert isinstance(pipeline, Pipeline)
    stepping = [c for c in pipeline.configurations if c.setup.accelerator == "h100"]
    assert {c.setup.method for c in stepping} == {"emulated"}
    assert {c.requested_step_ns for c in stepping if c.setup.accelerators == 1} == {35_840_000}
    others = [c for c in pipeline.configurations if c.setup.accelerator != "h100"]
    assert {c.setup.method for c in others} == {None}


@pytest.mark.parametrize("name", ["one-core", "two-cores"])
def test_a_pipeline_of_version_1_is_read_whole(name: str) -> None:
    data = (ROOT / f"tests/golden/{name}.json").read_bytes()
    pipeline = parse(data, name).pipeline
    assert isinstance(pipeline, Pipeline)
    for key, records in (
        ("alone", pipeline.isolated),
        ("crossing", pipeline.ipc),
        ("contention", pipeline.contention),
    ):
        assert len(orjson.loads(data)["pipeline"][key]) == len(records) > 0
    assert any(c.batch_tensor_bytes and c.requested_step_ns for c in pipeline.configurations)
    assert any("ipc" in window.stages for c in pipeline.configurations for window in c.windows)


def test_schema_in_docs_is_that_of_the_code() -> None:
    """`python -m bench.bundle > docs/reference/bundle.schema.json` renews it."""
    assert json.loads(SCHEMA.read_text("utf-8")) == Bundle.model_json_schema(by_alias=True)


def test_golden_bundle_follows_the_schema_in_docs() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    document = json.loads(GOLDEN.read_bytes())
    jsonschema.validate(document, schema)
    document["cases"][0]["blocks"][0][0] = -1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_written_read_and_written_again_is_the_same_bytes(tmp_path: Path) -> None:
    data = GOLDEN.read_bytes()
    # What it does not have, since it is older, is not added.
    bundle = parse(data, "golden")
    document = bundle.model_dump(mode="json", by_alias=True, exclude_unset=True)
    write(tmp_path / "again.json", document)
    assert (tmp_path / "again.json").read_bytes() == data


def fullest(document: Document, preset_name: str) -> bytes:
    """Fill a document with as many blocks, each as large, as the preset allows."""
    preset = PRESETS[preset_name]
    order = 0
    for case in document["cases"]:
        case |= {"loops": 99_999, "encoded_bytes": 99_999_999}
        for process in range(preset.processes):
            for window in range(preset.windows):
                for attempt in (1, 2):
                    rounds = preset.warmup + preset.samples
                    order += 1
                    case["blocks"].append(
                        Block(
                            process, window, attempt, order, 10**6, (10**5,) * preset.warmup,
                            (10**5,) * preset.samples, (9999,) * (rounds + 1), "".join(Gate),
                        )
                    )  # fmt: skip
    return dumps(document)


def full_window(repeat: int, order: int, kept: int) -> dict[str, Any]:
    times = [1_234_567, 12_345, 23_456, 34_567, 45_678]
    counts = (
        "started_us",
        "first_batch_us",
        "consumer_cpu_us",
        "batches",
        "us",
        "reads",
        "late_reads",
    )
    return {
        **dict.fromkeys(counts, 1_234_567),
        **dict.fromkeys(("ready", "queued", "disk_bytes"), 1_234_567),
        **dict.fromkeys(("wait", "h2d", "step", "period"), times),
        "repeat": repeat,
        "order": order,
        "workers_cpu_us": [1_234_567] * 4,
        "stages": dict.fromkeys(("storage", "decode", "transform", "ipc"), times),
        "raw": [[12_345, 1_234, 23_456]] * kept,
        "canary_us": [500, 500],
        "energy_uj": {"powercap/package-0": 12_345_678},
    }


@pytest.mark.parametrize(("preset", "bound"), [("quick", 200_000), ("standard", 480_000)])
def test_size_is_bounded_by_the_preset(preset: str, bound: int) -> None:
    """Even where every block was flagged for every reason and run again, and windows are full."""
    document = new_document(PRESETS[preset], seed=2**53 - 1, nonce="n" * 80)
    passes = PRESETS[preset].repeats + 1
    for number, record in enumerate(document["pipeline"]["configurations"]):
        record["windows"] = [
            full_window(repeat, number * passes + repeat, 100 // passes)
            for repeat in range(passes if record["retest"] else passes - 1)
        ]
    data = fullest(document, preset)
    parse(data, "fullest")
    assert len(data) <= bound


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "not JSON"),
        (lambda data: b"\xff" + data, r"byte 0 \(line 1\) is no UTF-8; save it as UTF-8"),
        (lambda data: b"}" + data, "not JSON"),
        (lambda _: b"[]", "the top level is not an object"),
        (
            lambda data: orjson.dumps(orjson.loads(data) | {"tool": "x"}, option=INDENTED),
            "not in canonical form",
        ),
        (
            lambda data: data.replace(b'"seed":1,', b'"seed":2,') + b"\n",
            "does not match the content",
        ),
        (
            lambda data: data.replace(b'"schema_version":4', b'"schema_version":4.0'),
            "does not match",
        ),
        (lambda data: data.replace(b'"seed":1,', b'"seed":2,'), "does not match the content"),
        (lambda data: data.replace(b'"seed":1,', b'"seed":1,"seed":1,'), "not in canonical form"),
        (lambda data: data.replace(b'"seed":1,', b'"seed":%d,' % 2**70), "not in canonical form"),
    ],
)
def test_other_bytes_are_refused(
    document: Document, damage: Callable[[bytes], bytes], message: str
) -> None:
    data = dumps(document)
    assert damage(data) != data
    with pytest.raises(BundleError, match=message):
        parse(damage(data), "damaged")


@pytest.mark.parametrize(
    "save",
    [
        lambda data: data + b"\r\n",
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: f"{data.decode()}\n".encode("utf-16"),
        lambda data: orjson.dumps(orjson.loads(data), option=INDENTED),
        lambda data: orjson.dumps(dict(reversed(orjson.loads(data).items()))),
        lambda data: json.dumps(orjson.loads(data), indent="\t").replace("\n", "\r\n").encode(),
    ],
    ids=["a line end", "a mark", "as PowerShell does", "indented", "in another order", "with tabs"],
)
def test_what_an_editor_has_saved_anew_is_read_where_its_digest_shows_that_nothing_is_changed(
    document: Document, save: Callable[[bytes], bytes]
) -> None:
    data = dumps(document)
    assert save(data) != data
    assert verified(save(data), "saved") == data
    assert parse(save(data), "saved") == parse(data, "written")


def test_every_problem_is_named_at_once_with_its_place(document: Document) -> None:
    damaged = plain(document)
    good = [0, 0, 1, 0, 1, [1], [1, 2], [3, 4, 5, 6], ""]
    damaged["cases"][3]["blocks"] = [good, [0, 0, 1, 0, 1, [], [1, "x"], [3, 4], ""]]
    damaged["cases"][4]["size"] = -1
    damaged["machine"]["hostname"] = "planted"
    damaged["run"]["budget_s"] = 1.5
    del damaged["run"]["seed"]
    with pytest.raises(BundleError) as caught:
        parse(dumps(damaged), "bad.json")
    text = str(caught.value)
    assert text.startswith("bad.json is not a bundle")
    for place in (
        "cases[3].blocks[1].samples_us[1]: ",
        "cases[4].size: ",
        "machine.hostname: ",
        "run.budget_s: ",
        "run.seed: ",
    ):
        assert place in text
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize(
    ("loops", "rows", "message"),
    [
        (1, [[0, 0, 1, 0, 1, [1], [1, 2], [3, 4, 5], ""]], "blocks[0]: 3 rounds have 4 canaries"),
        (1, [[0, 0, 1, k, 1, [], [1], [3, 4], ""] for k in (0, 1)], "blocks[1]: process, window"),
        (None, [[0, 0, 1, 0, 1, [], [1], [3, 4], ""]], "times without the loops"),
    ],
)
def test_blocks_that_do_not_fit_together_are_refused(
    document: Document, loops: int | None, rows: list[Any], message: str
) -> None:
    document["cases"][7] |= {"loops": loops, "blocks": rows}
    with pytest.raises(BundleError) as caught:
        parse(dumps(document), "bad")
    assert "cases[7]: " in str(caught.value)
    assert message in str(caught.value)


def test_cases_that_do_not_fit_the_run_are_refused(document: Document) -> None:
    row: list[Any] = [0, 0, 1, 0, 1, [], [1], [3, 4], ""]
    first, second = document["cases"][:2]
    first |= {"loops": 1, "blocks": [row]}
    for change, message in (
        ({"blocks": [row], "loops": 1}, "the same order"),
        ({"blocks": [[9, 0, 1, 1, 1, [], [1], [3, 4], ""]], "loops": 1}, "5 processes of 2"),
        ({"blocks": [], "id": first["id"]}, "an id occurs twice"),
    ):
        second |= change
        with pytest.raises(BundleError, match=message):
            parse(dumps(document), "bad")


def test_bases_that_make_no_sense_are_refused(document: Document) -> None:
    configurations = document["pipeline"]["configurations"]
    first, second = configurations[:2]
    assert first["setup"] == second["setup"] | {"workers": first["setup"]["workers"]}
    second["base"] = 0
    parse(dumps(document), "good")
    for base, payload, message in (
        (len(configurations), "image", "1 has a base that does not exist"),
        (0, "tokens", "1 differs from its base in 2 things, not one"),
    ):
        second["base"] = base
        second["setup"]["payload"] = payload
        with pytest.raises(BundleError, match=message):
            parse(dumps(document), "bad")


def test_a_missing_bundle_says_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BundleError, match=r"name a run's folder or its bundle\.json"):
        find(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleError, match="no run is there"):
        latest()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"ipc": [], "probes_failed": {"ipc": "the process broke"}},
            r"pipeline\.ipc: tensors .* were not",
        ),
        ({"ipc": [], "probes_failed": {"ipc": "the process broke"}}, r"\(the process broke\)"),
        ({"isolated": []}, r"pipeline\.isolated: .* whole preset measures it: nox"),
        ({"configurations": []}, r"pipeline\.configurations: .* were not measured"),
    ],
)
def test_a_part_that_is_missing_is_named(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    document = read(GOLDEN.parent / "two-cores.json").model_dump(mode="json", by_alias=True)
    write(tmp_path / "bundle.json", document)
    read(tmp_path, PIPELINE)
    document["pipeline"] |= changes
    write(tmp_path / "bundle.json", document)
    read(tmp_path, [Part.CASES])
    with pytest.raises(BundleError, match=message):
        read(tmp_path, PIPELINE)


@pytest.mark.parametrize("version", [5, 100])
def test_a_bundle_of_a_newer_program_says_so(version: int, document: Document) -> None:
    document["schema_version"] = version
    with pytest.raises(BundleError, match=f"{version} is newer than this program, .* update"):
        parse(dumps(document), "made for a test")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("pipeline", "isolated"), 3, "pipeline.isolated: must be a list"),
        (("machine", "cores_logical"), "two", "machine.cores_logical: must be a whole number"),
        (("run", "seed"), -1, "run.seed: must be 0 or more"),
        (("run", "state"), "over", "run.state: must be 'partial' or 'complete'"),
        (("pipeline",), 7, "pipeline: must be an object"),
        (("machine", "cores_usable"), 10**6, "machine.cores_usable: must be 8192 or less"),
        (("machine", "cores_logical"), 0, "machine.cores_logical: must be 1 or more"),
        (("machine", "memory_gib"), 2**53 - 1, "machine.memory_gib: must be 1000000 or less"),
        (("run", "processes"), 10**9, "run.processes: must be 10000 or less"),
        (("pipeline", "repeats"), 10**9, "pipeline.repeats: must be 10000 or less"),
        (("cases", 0, "batch"), 10**9, "cases[0].batch: must be 1000000 or less"),
    ],
)
def test_problems_are_in_the_words_of_the_document(
    place: tuple[str | int, ...], value: object, message: str, document: Document
) -> None:
    part: Any = document
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    with pytest.raises(BundleError) as caught:
        parse(dumps(document), "made for a test")
    text = str(caught.value)
    assert message in text
    assert len(text.splitlines()) == 2
    for word in ("function-", "constrained", "Input", "pydantic", "[type"):
        assert word not in text


@pytest.mark.parametrize("stage", ["storage", "decode", "transform"])
def test_work_that_took_no_time_is_refused(stage: str) -> None:
    """A rate would be infinite."""
    document = read(GOLDEN.parent / "two-cores.json").model_dump(mode="json", by_alias=True)
    document["pipeline"]["isolated"][0][stage] = [0] * 5
    message = rf"pipeline.isolated\[0\].{stage}: work that is done takes time"
    with pytest.raises(BundleError, match=message):
        parse(dumps(document), "made for a test")


def test_many_problems_are_cut_short(document: Document) -> None:
    for case in document["cases"]:
        case["batch"] = 0
    with pytest.raises(BundleError, match=r"and \d+ problems more") as caught:
        parse(dumps(document), "made for a test")
    assert len(caught.value.problems) == 21


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("csv", ("csv", None, None)),
        ("csv/rows", ("csv", "csv/rows", None)),
        ("csv/rows/pandas", ("csv", "csv/rows", "pandas")),
    ],
)
def test_a_setup_names_the_parts_of_its_codec(codec: str, names: tuple[str | None, ...]) -> None:
    setup = Setup(payload="tabular-sorted", codec=codec)
    assert (setup.format, setup.layout, setup.decoder) == names
    assert setup.payload_kind == "tabular"


def test_a_case_names_the_parts_of_its_codec() -> None:
    cases = {case.kind: case for case in read(GOLDEN).cases}
    case = cases["decode"]
    assert case.codec == f"{case.layout}/{case.decoder}"
    assert case.layout is not None
    assert case.layout.startswith(f"{case.format}/")
    memcpy = cases["memcpy"]
    assert (memcpy.format, memcpy.layout, memcpy.decoder) == (None, None, None)


def test_a_bundle_says_why_a_part_is_missing() -> None:
    bundle = read(GOLDEN)
    reason = "unavailable: torch is not installed"
    broken = bundle.model_copy(update={"pipeline": reason, "storage": reason})
    absent = bundle.model_copy(update={"pipeline": None, "storage": None})
    assert (broken.measured_pipeline, broken.measured_storage) == (None, None)
    assert (broken.why_no_pipeline, broken.why_no_storage) == (reason, reason)
    assert (absent.measured_pipeline, absent.why_no_pipeline) == (None, None)
    assert (absent.measured_storage, absent.why_no_storage) == (None, None)
    real = read(ROOT / "tests/golden/two-cores.json")
    assert real.measured_pipeline is real.pipeline is not None
    assert real.why_no_pipeline is None
