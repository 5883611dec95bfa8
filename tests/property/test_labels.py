"""Labels of configurations: short, and equal for none that differ."""

from __future__ import annotations

from multiprocessing import get_all_start_methods
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.bundle import Setup
from bench.errors import ConfigurationError
from bench.pipeline.configuration import configuration
from bench.stages import TRANSFORM_VARIANTS
from formats.payloads import PAYLOADS
from formats.registry import DECODERS, FORMATS, LAYOUTS
from hardware_profiles.methods import METHODS

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "payload": st.sampled_from([*PAYLOADS, "tokens-sorted", "image-repetitive"]),
    "size": st.sampled_from([None, 26, 64, 100, 224, 1024, 16_000]),
    "codec": st.sampled_from([*FORMATS, *LAYOUTS, *DECODERS]),
    "batch": st.sampled_from([None, 1, 32, 64, 256, 4096]),
    "items": st.sampled_from(["batch", "sample"]),
    "workers": st.integers(0, 4),
    "prefetch": st.integers(1, 4),
    "start": st.sampled_from([None, *get_all_start_methods()]),
    "sharing": st.sampled_from([None, "file_descriptor", "file_system"]),
    "epoch": st.sampled_from([None, 1, 10]),
    "persistent": st.booleans(),
    "pin": st.booleans(),
    "storage": st.sampled_from(["disk", "cold", "hdd", "ebs_gp2"]),
    "workload": st.sampled_from([None, "resnet50", "llama3_70b", "dlrm", "keyword_spotter"]),
    "accelerator": st.sampled_from(["none", "10ms", "20ms", "cpu", "h100", "a100", "orin"]),
    "phase": st.sampled_from([None, "train", "serve"]),
    "method": st.sampled_from([None, *METHODS]),
    "accelerators": st.sampled_from([1, 1, 4]),
    "remove": st.sampled_from([None, "storage", "decode", "transform", "step"]),
    "control": st.sampled_from([None, None, "cached"]),
    "shards": st.sampled_from([1, 1, 8]),
    "threads": st.sampled_from([1, 1, 4]),
    "heap": st.sampled_from([0, 0, 64]),
    "tail": st.sampled_from([1, 1, 20]),
    "transform": st.sampled_from(TRANSFORM_VARIANTS),
}
CHANGES = st.lists(
    st.sampled_from(list(FIELDS)).flatmap(lambda n: st.tuples(st.just(n), FIELDS[n])), max_size=5
).map(dict)


def what_is_run(fields: dict[str, Any]) -> Setup | None:
    """Return a configuration with all defaults filled in; None where it is refused."""
    try:
        return configuration(fields).setup()
    except ConfigurationError:
        return None


@settings(max_examples=300, deadline=None)
@given(first=CHANGES, second=CHANGES)
def test_equal_labels_mean_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Of two that differ a little, since those that differ much never meet."""
    runs = [what_is_run(first), what_is_run({**first, **second})]
    if runs[0] and runs[1] and runs[0].label == runs[1].label:
        assert runs[0] == runs[1]


@settings(max_examples=200, deadline=None)
@given(fields=CHANGES)
def test_what_is_asked_for_and_what_is_run_have_one_label(fields: dict[str, Any]) -> None:
    """A prediction shows the first, an experiment and a bundle the second."""
    if (run := what_is_run(fields)) and not {"workload", "accelerators"} & fields.keys():
        assert Setup.model_validate(fields).label == run.label


@settings(max_examples=200, deadline=None)
@given(fields=CHANGES)
def test_a_label_does_not_fail_whatever_a_bundle_says(fields: dict[str, Any]) -> None:
    assert Setup.model_validate(fields).label.startswith(fields.get("payload", "image"))


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({}, "image x64, parquet, 0 workers"),
        ({"codec": "json/lines/wire", "size": 64, "batch": 64}, "image x64, json, 0 workers"),
        ({"codec": "json/lines/orjson"}, "image x64, json/lines/orjson, 0 workers"),
        ({"codec": "parquet/zstd"}, "image x64, parquet/zstd, 0 workers"),
        ({"size": 224, "workers": 1}, "image 224 px x64, parquet, 1 worker"),
        ({"payload": "tokens", "size": 2048}, "tokens 2048 x256, parquet, 0 workers"),
        ({"accelerator": "h100"}, "image x64, parquet, 0 workers, h100"),
        ({"accelerator": "h100", "size": 224}, "image x64, parquet, 0 workers, h100"),
        ({"accelerator": "h100", "size": 64}, "image 64 px x64, parquet, 0 workers, h100"),
        (
            {"accelerator": "h100", "accelerators": 8, "method": "emulated"},
            "image x64, parquet, 0 workers, 8 h100, emulated",
        ),
        (
            {"accelerator": "h100", "accelerators": 8, "method": "tuned", "phase": "train"},
            "image x64, parquet, 0 workers, 8 h100",
        ),
        (
            {"sharing": "file_system", "epoch": 10, "persistent": True, "workers": 2},
            "image x64, parquet, 2 workers, shared by file_system, epochs of 10, persistent",
        ),
        ({"accelerator": "cpu", "phase": "train"}, "image x64, parquet, 0 workers, cpu"),
        ({"payload": "video", "size": 5}, "video 5 xusual, parquet, 0 workers"),
        ({"accelerator": "warp", "size": 5}, "image 5 px x64, parquet, 0 workers, warp"),
    ],
)
def test_labels_say_what_is_unusual(fields: dict[str, Any], label: str) -> None:
    assert Setup.model_validate(fields).label == label
