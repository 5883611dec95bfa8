"""Configurations: an error names the field and the choices; a format stands for its best codec."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

import pytest

from bench.errors import ConfigurationError
from bench.options import OPTIONS, deadline, seconds
from bench.pipeline.configuration import Configuration, codec_of, configuration
from hardware_profiles.demand import waited_s
from hardware_profiles.durations import is_duration

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_options_and_configuration_have_the_same_fields() -> None:
    names = {option.name.replace("-", "_") for option in OPTIONS}
    assert names | {"deadline_ms"} == set(Configuration.model_fields)


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({"workers": -1}, ["workers", "must be 0 or more", "-1"]),
        ({"batch": 0}, ["batch", "must be 1 or more"]),
        ({"batch": "many"}, ["batch", "must be a whole number", "'many'"]),
        ({"payload": "video"}, ["payload", "image, tokens"]),
        ({"codec": "xml"}, ["codec", "csv, json, parquet, protobuf"]),
        ({"codec": "csv/rows/xml"}, ["codec", "csv/rows/stdlib"]),
        ({"payload": "tabular", "codec": "parquet/png"}, ["codec", "holds no tabular"]),
        ({"storage": "floppy"}, ["storage", "disk, cold, tmpfs, s3://bucket/prefix, ebs_gp2"]),
        ({"workload": "gpt"}, ["workload", "resnet50"]),
        ({"workload": "dlrm"}, ["workload", "takes tabular, not image"]),
        ({"accelerator": "tpu"}, ["accelerator", "none, cpu, cuda, mps, a100", "h100", "10ms"]),
        ({"payload": "audio", "accelerator": "h100"}, ["accelerator", "hearable"]),
        (
            {"payload": "audio", "accelerator": "hearable", "phase": "train"},
            ["phase", "serve only"],
        ),
        ({"accelerator": "cuda", "accelerators": 8}, ["accelerators", "one cuda really runs"]),
        ({"accelerator": "cpu", "phase": "serve"}, ["phase", "a training step"]),
        ({"accelerator": "cpu", "size": 8}, ["accelerator", "32 pixels a side"]),
        ({"payload": "image-"}, ["payload", "image, tokens"]),
        ({"control": "cached", "storage": "hdd"}, ["control", "leave out storage"]),
        ({"transform": "device"}, ["transform", "no device", "fused"]),
        ({"shards": 9}, ["shards", "has 8"]),
        ({"shards": 65, "items": "sample"}, ["shards"]),
        ({"threads": 3, "batch": 64}, ["threads", "equal parts of 64"]),
        ({"threads": 2, "tail": 5}, ["threads", "tail"]),
        ({"tail": 5, "control": "cached"}, ["tail", "cached"]),
        ({"accelerator": "cpu", "remove": "transform"}, ["remove", "needs transformed samples"]),
        ({"size": 10**400}, ["size", "must be 1000000 or less"]),
        ({"remove": "network"}, ["remove", "'storage', 'decode', 'transform' or 'step'"]),
        ({"speed": 3}, ["speed", "payload, size, codec"]),
    ],
    ids=str,
)
def test_a_problem_names_the_field_and_the_choices(
    fields: dict[str, object], parts: Sequence[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration(fields)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{parts[0]}: ")
    for part in parts[1:]:
        assert part in problem


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration({"codec": "xml", "storage": "floppy", "workload": "dlrm"})
    assert [p.split(":")[0] for p in caught.value.problems] == ["codec", "storage", "workload"]


@pytest.mark.parametrize(
    ("codec", "full"),
    [("json", "json/lines/"), ("json/flat", "json/flat/"), ("csv/rows/stdlib", "csv/rows/stdlib")],
)
def test_a_format_or_layout_stands_for_its_fastest_codec(codec: str, full: str) -> None:
    name = codec_of(configuration({"codec": codec}))
    assert name.startswith(full)
    assert name.count("/") == 2


@pytest.mark.parametrize(
    ("text", "ms"), [("10ms", 10), ("0.5s", 500), ("250us", 0.25), ("2 s", 2000), (".5s", 500)]
)
def test_a_duration_is_read_in_its_unit(text: str, ms: float) -> None:
    assert deadline(text) == pytest.approx(ms)
    assert waited_s(text) == pytest.approx(ms / 1e3)
    assert seconds(text) == pytest.approx(ms / 1e3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("100", "'100' has no unit of time; write it as 10ms, 500us or 0.1s"),
        ("", "is no duration"),
        ("ten ms", "is no duration"),
        ("-1ms", "is no duration"),
        ("nans", "is no duration"),
        ("0ms", "0ms is not plausible; choose from 1us to 600s"),
        ("9999s", "9999s is not plausible; choose from 1us to 600s"),
    ],
)
def test_a_duration_without_a_unit_or_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=re.escape(message)):
        deadline(text)
    if is_duration(text):
        with pytest.raises(ConfigurationError, match=r"accelerator: .* is not plausible"):
            configuration({"accelerator": text})
    elif text:
        with pytest.raises(ConfigurationError, match=r"accelerator: .*, such as 10ms"):
            configuration({"accelerator": text})


def test_seconds_go_without_a_unit_since_their_name_is_one() -> None:
    assert seconds("0.1") == 0.1
    with pytest.raises(ArgumentTypeError, match="write it as 10ms"):
        seconds("soon")
