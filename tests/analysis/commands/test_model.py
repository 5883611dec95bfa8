"""The model's commands, as a user calls them."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from analysis.cli import main
from bench.bundle import Bundle, Setup, write
from tests.analysis.model.machines import NOISE, stages, synthetic_bundle, truth

if TYPE_CHECKING:
    from pathlib import Path

SETUP = ("--payload", "image", "--codec", "json", "--workers", "1", "--accelerator", "10ms")


def save(path: Path, bundle: Bundle) -> None:
    write(path, bundle.model_dump(mode="json", by_alias=True))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("run") / "bundle.json"
    save(path, synthetic_bundle(truth(5), most=60))
    return str(path)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("noisy") / "bundle.json"
    save(path, synthetic_bundle(truth(5), most=60, noise=1.0))
    return str(path)


def output(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(arguments) == status
    return capsys.readouterr().out


def json_output(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    return json.loads(output(capsys, *arguments, "--json", status=status))


def test_a_prediction_shows_all_its_quantities(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = output(capsys, "predict", run, *SETUP, "--deadline", "12ms")
    for part in ("throughput", "feeding tax", "99th percentile", "missed", "bottleneck", "busy"):
        assert part in lines
    result = json_output(capsys, "predict", run, *SETUP, "--deadline", "12ms")
    assert result["samples_per_s"]["low"] < result["samples_per_s"]["high"]
    assert result["kind"] == "calibrated"
    assert 0 <= result["missed_deadlines"]["value"] <= 1


def test_a_printed_prediction_can_be_predicted_again(
    run: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = json_output(capsys, "predict", run, *SETUP)
    (tmp_path / "one.json").write_text(json.dumps(first), encoding="utf-8")
    assert json_output(capsys, "predict", run, "--config", str(tmp_path / "one.json")) == first
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(first["configuration"]).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert json_output(capsys, "predict", run, "--config", "-") == first


def test_a_calibration_shows_its_parameters(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "making a batch in a worker" in output(capsys, "calibrate", run)
    result = json_output(capsys, "calibrate", run)
    assert {row["name"] for row in result["parameters"]} >= {"k_make", "p", "o_alone"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in result["parameters"])
    assert len(result["residuals"]) == result["configurations"]
    assert max(abs(item["residual"]) for item in result["residuals"]) < 5 * NOISE


def test_a_calibration_shows_what_stages_take(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, "calibrate", run)
    for demand in result["demands"]:
        names = ("payload", "size", "codec")
        for batch in demand["batches"]:
            setup = Setup(**{name: demand[name] for name in names}, batch=batch)
            true = dict(zip(("storage", "decode", "transform"), stages(setup, 1.0), strict=True))
            message = demand["us_a_batch"] + demand["us_a_sample"] * batch
            assert message == pytest.approx(true[demand["stage"]], rel=0.1)
            assert demand["low"] < 1 < demand["high"]
    send = result["ipc"]["file_descriptor"]["send"]
    assert list(send.values()) == pytest.approx([80, 70, 6e-4], rel=0.05)
    lines = output(capsys, "calibrate", run)
    (line,) = (line for line in lines.splitlines() if "file_descriptor" in line and "send" in line)
    assert line.split()[2:] == ["80.0", "70.0", "600"]
    assert "time than fitted" in lines


def test_a_recommendation_can_be_piped(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    slow = ("--payload", "audio", "--codec", "csv", "--storage", "hdd")
    lines = output(capsys, "recommend", run, *slow)
    assert "faster disk" in lines
    upgrades = json_output(capsys, "recommend", run, *slow)["upgrades"]
    assert f" 1  {upgrades[0]['lever']}" in lines
    document = json.loads(output(capsys, "recommend", run, *slow, "--upgrade", "1"))
    assert document == upgrades[0]["configuration"]
    assert Setup.model_validate(document).payload == "audio"


def test_a_validation_stands_beside_its_baselines(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "one format" in output(capsys, "validate", run)
    schemes = {scheme["name"]: scheme for scheme in json_output(capsys, "validate", run)["schemes"]}
    assert schemes["one format"]["baselines"]["additive"]["mape"] > 0


def test_a_validation_is_written_as_a_page(
    run: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "validation.md"
    output(capsys, "validate", run, "--out", str(page))
    text = page.read_text(encoding="utf-8")
    for part in ("| one format |", "| the held-out set |", "additive", "| `k_make` |"):
        assert part in text
    # Every row of a table has as many cells as its head.
    for table in text.split("\n\n"):
        rows = [line.count("|") for line in table.splitlines() if line.startswith("|")]
        assert len(set(rows)) <= 1


def test_a_transfer_says_how_much_slower(
    run: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    save(tmp_path / "bundle.json", synthetic_bundle(truth(5), most=40, speed=2.0, seed=3))
    assert json_output(capsys, "transfer", run, str(tmp_path))["slower"] == pytest.approx(
        2, rel=0.05
    )
    assert "2.00 times as long" in output(capsys, "transfer", run, str(tmp_path))


def test_all_devices_answer(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, "predict", run, "--codec", "json", "--all-devices")
    assert set(result["devices"]) == {"h100", "orin", "rayban", "hearable"}
    for device in result["devices"].values():
        assert ("host" in device) != ("refused" in device)
        assert all(answer["inputs"] for answer in device["answers"])
    lines = output(capsys, "predict", run, "--codec", "json", "--device", "orin", "--index", "1500")
    assert "Which" in lines or "How full" in lines


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--codec", "xml"), "codec: nothing of 'xml' was measured"),
        (("--workers", "-1"), "workers"),
        (("--payload", "video"), "payload"),
        (("--config", "nowhere.json"), "nowhere.json"),
        (("--device", "toaster"), "choose from h100"),
        (("--device", "orin", "--index", "1e9"), "give one from 1.6"),
        (("--index", "1500"), "add --device"),
    ],
    ids=str,
)
def test_bad_input_is_named(
    run: str, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    assert main(("predict", run, *options)) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


@pytest.mark.parametrize("text", ["{", "[1]", '{"workers": "many"}'])
def test_a_configuration_that_is_none_is_refused(
    run: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    assert main(("predict", run, "--config", str(tmp_path / "bad.json"))) == 1
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [("deadline", "soon", "deadline"), ("deadline", "inf", "deadline"), ("index", "0", "points")],
)
def test_a_number_that_is_none_is_a_mistake_of_usage(
    run: str, capsys: pytest.CaptureFixture[str], option: str, text: str, message: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(("predict", run, f"--{option}", text))
    assert caught.value.code == 2
    assert f"invalid {message} value" in capsys.readouterr().err


def test_a_machine_that_was_not_the_same_all_the_time_is_not_trusted(
    noisy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("predict", noisy, *SETUP)) == 3
    assert "not to be trusted" in capsys.readouterr().err


def test_the_last_run_is_the_last_that_has_what_a_command_needs_and_is_named(
    run: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A run of some payloads has no pipeline: after one, an older one is predicted from."""
    monkeypatch.chdir(tmp_path)
    bundle = synthetic_bundle(truth(5), most=60)
    save(tmp_path / "runs/images/bundle.json", bundle.model_copy(update={"pipeline": None}))
    for arguments in (("calibrate", "runs/images"), ("calibrate",)):
        assert main(arguments) == 1
        assert "pipeline: it was not measured in this run" in capsys.readouterr().err
    save(tmp_path / "runs/whole/bundle.json", bundle)
    os.utime(tmp_path / "runs/whole/bundle.json", (1000, 1000))
    assert main(("predict", *SETUP, "--json")) == 0
    captured = capsys.readouterr()
    assert captured.err == "the last run: runs/whole\n"
    assert json.loads(captured.out) == json_output(capsys, "predict", run, *SETUP)
