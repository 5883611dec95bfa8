"""Every answer of every track, worked out by hand from the profiles and a machine that is known.

A question that is not in one of these tables fails, so that no answer is without a known one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.acts import tracks
from bench.bundle import Setup
from hardware_profiles.catalogue import catalogue
from hardware_profiles.provenance import Kind
from tests.analysis.devices.views import fact, sample_s, slower, view

if TYPE_CHECKING:
    from analysis.acts.answer import Answer

IMAGE = Setup(payload="image", size=64, codec="json/lines/wire", batch=64)
LARGE = IMAGE.model_copy(update={"size": 224})
"""What ResNet-50 takes."""
AUDIO = Setup(payload="audio", size=16_000, codec="json/lines/wire", batch=32)


def answers(device: str, *, encodes: bool = False) -> dict[str, Answer]:
    return {a.question: a for a in tracks.answers(view(device, encodes=encodes), "json")}


def check(given: dict[str, Answer], expected: dict[str, tuple[float, str]]) -> None:
    """Compare all answers: none is missing, and none is more."""
    assert given.keys() == expected.keys()
    for question, (value, unit) in expected.items():
        assert float(given[question].quantity.to(unit).value) == pytest.approx(value, rel=1e-3), (
            question
        )


def probability(answer: Answer) -> int:
    """Return the last probability that is said, in percent."""
    return int(re.findall(r"probability of (\d+) %", answer.text)[-1])


def share_above(answer: Answer, limit: float, unit: str) -> float:
    """Return how many of the draws lie above a limit, in percent."""
    quantity = answer.quantity
    draws = quantity.draws[1:] / quantity.to(unit).unit.factor
    return float(np.mean(draws >= limit) * 100)


WAIT = "How long does it wait where"
CONNECTIONS = "How many connections to s3_standard feed it, so that it never waits"
CORES = "How many cores make batches for one accelerator, from json/lines/wire"


def test_cloud_titan() -> None:
    rates = {
        method: fact("resnet50", f"demand.{method}.h100", "image/s")
        for method in ("tuned", "emulated")
    }
    record = fact("resnet50", "record.jpeg", "B/image")
    tiers = {
        name: fact(name, "read", "B/s")
        for name in ("s3_standard", "ebs_gp2", "sata_ssd", "nvme_gen4")
    }
    memory, bandwidth = (
        fact("h100", "accelerator.memory", "GB"),
        fact("h100", "accelerator.bandwidth", "GB/s"),
    )
    weights = {kind: fact("llama3_70b", f"model.size.{kind}", "GB") for kind in ("bf16", "fp8")}
    sample = sample_s("h100", LARGE, "storage", "decode", "transform")
    given = answers("h100")
    check(
        given,
        {
            **{
                f"What must storage give one accelerator that trains ResNet-50 ({method})?": (
                    per_s * record / 1e6,
                    "MB/s",
                )
                for method, per_s in rates.items()
            },
            **{
                f"{WAIT} {name} feeds one accelerator alone{over} ({method})?": (
                    max(0.0, 1 - tiers[name] / (per_s * record)) * 100,
                    "percent",
                )
                for name, over in (
                    ("s3_standard", " over one connection"),
                    ("ebs_gp2", ""),
                    ("sata_ssd", ""),
                )
                for method, per_s in rates.items()
            },
            # 809 MB/s and 205 MB/s over 87.5 MB/s of a connection.
            f"{CONNECTIONS} (tuned)?": (10, "1"),
            f"{CONNECTIONS} (emulated)?": (3, "1"),
            **{f"{CORES} ({method})?": (per_s * sample, "1") for method, per_s in rates.items()},
            **{
                f"Does Llama-3-70B fit one H100 in {kind}?": (memory - size, "GB")
                for kind, size in weights.items()
            },
            **{
                f"How long does loading it in fp8 from {name}{over} take?": (
                    weights["fp8"] * 1e9 / tiers[name] / connections,
                    "s",
                )
                for name, over, connections in (
                    ("s3_standard", " over 1 connection", 1),
                    ("s3_standard", " over 8 connections", 8),
                    ("ebs_gp2", "", 1),
                    ("sata_ssd", "", 1),
                    ("nvme_gen4", "", 1),
                )
            },
            "How many tokens a second can one sequence have at most?": (
                bandwidth / weights["fp8"],
                "1/s",
            ),
        },
    )
    assert given["Does Llama-3-70B fit one H100 in bf16?"].text.startswith("No: ")
    assert given["Does Llama-3-70B fit one H100 in fp8?"].text.startswith("Yes: ")
    cores = given[f"{CORES} (tuned)?"]
    share = fact("h100", "cpu.cores", "1") / fact("h100", "accelerator.count", "1")
    assert probability(cores) == pytest.approx(100 - share_above(cores, share, "1"), abs=0.51)
    assert f"its share of the server is {share:.0f}," in cores.text
    assert cores.kind is Kind.EXTRAPOLATED


def test_edge_guardian() -> None:
    streams = fact("orin", "camera.raw12.streams", "1")
    # Eight cameras of 3840 x 2160 pixels of 12 bits, 30 times a second: 23.9 Gb/s.
    stream = streams * 3840 * 2160 * 12 * 30 / 8
    buses = {
        "are cameras over D-PHY": fact("orin", "interface.csi_dphy.rate", "B/s"),
        "are cameras over C-PHY": fact("orin", "interface.csi_cphy.rate", "B/s"),
        "is Ethernet": fact("orin", "interface.ethernet.rate", "B/s"),
        "is the NVMe drive": fact("orin", "storage.nvme.read", "B/s"),
        "is memory, each byte written and read": fact("orin", "memory.bandwidth", "B/s") / 2,
    }
    cores = fact("orin", "cpu.cores", "1")
    # MLPerf's multi-stream scenario is of 8 pictures at a time; the run's mean.
    recognise_s = 2_164_327e-9
    transform_s = sample_s("orin", LARGE, "transform") * streams / cores
    decode_s = sample_s("orin", LARGE, "decode") * streams / cores
    loop_ms = (recognise_s + transform_s) * 1e3
    given = answers("orin")
    check(
        given,
        {
            **{
                f"How full {bus} with 8 raw 4K streams?": (stream / rate * 100, "percent")
                for bus, rate in buses.items()
            },
            "Does a loop over all 8 cameras end within 10 ms?": (loop_ms, "ms"),
            "And where pictures come as json?": (loop_ms + decode_s * 1e3, "ms"),
        },
    )
    for question, answer in given.items():
        if question.startswith("How full"):
            full = float(answer.quantity.to("percent").value) > 100
            assert answer.text.endswith("it chokes." if full else "it holds.")
    assert "it chokes" in given["How full is Ethernet with 8 raw 4K streams?"].text
    for question in (
        "Does a loop over all 8 cameras end within 10 ms?",
        "And where pictures come as json?",
    ):
        answer = given[question]
        assert probability(answer) == pytest.approx(share_above(answer, 10, "ms"), abs=0.51)
        assert answer.kind is Kind.EXTRAPOLATED


@pytest.mark.parametrize("encodes", [True, False], ids=["encode measured", "decode in its place"])
def test_mobile_nomad(*, encodes: bool) -> None:
    frame_bits = fact("mobile_nomad", "workings.frame", "b/sample")
    rate = fact("mobile_nomad", "workings.rate", "frame/s")
    bits_per_s = frame_bits * rate
    mixed_w = fact("rayban", "power.mixed", "W")
    battery_j = fact("rayban", "battery.display.energy", "J")
    radios: dict[str, tuple[float, str]] = {}
    for name, profile in (("Bluetooth", "bluetooth_le"), ("Wi-Fi", "wifi")):
        carried = fact(profile, "wire.rate", "b/s") * fact(profile, "wire.efficiency", "1")
        power_w = min(bits_per_s, carried) * fact(profile, "wire.energy", "J/b")
        radios |= {
            f"Does {name} carry 60 frames a second?": (bits_per_s / carried * 100, "percent"),
            f"What does the radio take over {name}?": (power_w * 1e3, "mW"),
            f"How long does the battery last with {name}?": (
                battery_j / (power_w + mixed_w) / 3600,
                "h",
            ),
        }
    # 643,072 bytes take 10 ms to encode; a picture of 64 pixels a side has 12,288.
    encode_s_a_byte = 20e-3 / 2 / 643_072 * slower("rayban")
    decode_s_a_byte = sample_s("rayban", IMAGE, "decode") / (64 * 64 * 3)
    packing_s = (encode_s_a_byte if encodes else decode_s_a_byte) * frame_bits / 8
    verb = "encode" if encodes else "decode"
    # Of as many bytes as are packed.
    sending_j = frame_bits * fact("bluetooth_le", "wire.energy", "J/b")
    given = answers("rayban", encodes=encodes)
    check(
        given,
        {
            **radios,
            f"How many cycles does it take to {verb} the 100 kB of a frame as json?": (
                packing_s * fact("rayban", "cpu.clock", "Hz"),
                "1",
            ),
            "What takes more energy, packing a frame or sending it?": (
                sending_j / (packing_s * mixed_w),
                "1",
            ),
            "Does packing alone keep up with 60 frames a second?": (packing_s * 1e3, "ms"),
        },
    )
    for name in ("Bluetooth", "Wi-Fi"):
        carries = given[f"Does {name} carry 60 frames a second?"]
        dropped = share_above(carries, 100, "percent")
        assert probability(carries) == pytest.approx(dropped, abs=0.51)
    # 1.37 Mb/s in 48 Mb/s; 0.96 Wh at 160 mW and 14.7 mW.
    life = given["How long does the battery last with Bluetooth?"]
    assert float(life.quantity.to("h").value) == pytest.approx(5.5, abs=0.05)
    assert "sending 2.854 %" in life.text
    assert (
        "JPEG is in neither" in given["What takes more energy, packing a frame or sending it?"].text
    )
    late = given["Does packing alone keep up with 60 frames a second?"]
    assert probability(late) == pytest.approx(share_above(late, 1e3 / 60, "ms"), abs=0.51)


ENERGY_OF_A_SECOND = "What does decoding a second of one microphone take, beside sending it?"


def test_tiny_pioneer() -> None:
    window_s = fact("tiny_pioneer", "workings.window", "s")
    bytes_per_s = fact("hearable", "audio.microphones.data_rate", "B/s")
    memory = fact("hearable", "memory.capacity", "B")
    active_w = fact("hearable", "power.active", "W")
    hearing_s = 1 / fact("keyword_spotter", "serve.int8.hearable", "inference/s")
    unpacking_s = sample_s("hearable", AUDIO, "decode", "transform")
    given = answers("hearable")
    check(
        given,
        {
            "What share of the memory does a second of audio take?": (
                bytes_per_s * window_s / memory * 100,
                "percent",
            ),
            "How much audio takes half of the memory?": (memory / 2 / bytes_per_s, "s"),
            "Does the network answer within 10 ms?": (hearing_s * 1e3, "ms"),
            "Does one answer a second stay under 1 mW?": (
                hearing_s * active_w / window_s * 1e3,
                "mW",
            ),
            "How many cycles does a second of one microphone take to decode from json?": (
                unpacking_s * fact("hearable", "cpu.clock", "Hz"),
                "1",
            ),
            ENERGY_OF_A_SECOND: (unpacking_s * active_w * 1e6, "uJ"),
        },
    )
    late = given["Does the network answer within 10 ms?"]
    assert probability(late) == pytest.approx(share_above(late, 10, "ms"), abs=0.51)
    power = given["Does one answer a second stay under 1 mW?"]
    assert probability(power) == pytest.approx(100 - share_above(power, 1, "mW"), abs=0.51)
    # Over the radio of the device, not that of the links.
    # Both of one microphone: 16,000 values of 2 bytes, 32,000 x 8 x 10.7 nJ.
    sending_j = 32_000 * 8 * fact("hearable", "interface.bluetooth_le.energy", "J/b")
    assert sending_j == pytest.approx(2_739e-6, rel=1e-3)
    assert f"takes {sending_j * 1e6:,.0f} uJ" in given[ENERGY_OF_A_SECOND].text
    # 1.79 mW is the average of 23.4 mW for 76 ms in each second.
    assert "on average for the core, which takes 23.4 mW while it works" in power.text


def test_each_track_is_about_a_device_that_has_questions() -> None:
    missions = {profile.name for profile in catalogue().of("missions")}
    assert missions == tracks.TRACKS.keys()
    for mission in missions:
        assert tracks.answers(view(tracks.device_of(mission, catalogue())), "json")


def test_a_device_without_a_track_has_no_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(tracks.TRACKS, "edge_guardian")
    assert tracks.answers(view("orin"), "json") == ()


def test_what_looks_up_everything_is_not_extrapolated() -> None:
    answer = answers("orin")["How full is Ethernet with 8 raw 4K streams?"]
    assert answer.kind is Kind.DERIVED
    assert all(not fact_.name.startswith("run-") for fact_ in answer.inputs)
