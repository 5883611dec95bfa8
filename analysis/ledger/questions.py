"""What is to be locked before it is answered: a question, its choices, and a number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.acts.drift.cause import truth
from analysis.acts.drift.stream import DEFAULT_NONCE
from analysis.acts.drift_levers import CITIES
from analysis.acts.feeding.gains import gains
from analysis.acts.feeding.setups import setup_of
from analysis.acts.gravity.options import task
from analysis.acts.scenario import scenario
from analysis.acts.zero_waste.energy import Mission
from analysis.acts.zero_waste.learned import accuracies, many_or_few
from analysis.acts.zero_waste.training import curve_of
from analysis.errors import AnalysisError, OutOfRangeError
from analysis.statistics.codecs import (
    batch_results,
    fastest,
    share_a_process,
    times_as_fast,
    timings_of,
    usual_batches,
)
from analysis.statistics.ratio import Comparison, compare
from formats.payloads.doorbell import firmware

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.model.machine import Machine
    from analysis.statistics.codecs import CodecResult
    from bench.bundle import Bundle
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue


@dataclass(frozen=True)
class Answer:
    """What turned out."""

    choice: str
    value: float
    """In the question's unit."""
    text: str


@dataclass(frozen=True)
class Question:
    """A question of the lab: of its plan, or about this machine."""

    name: str
    text: str
    """As the plan has it, where it does."""
    choices: dict[str, str]
    """What can be answered, with what each means."""
    number: str
    """What the interval is of, as a question."""
    unit: str
    prompt: str
    """What to reflect on afterwards: in the plan's words, where it asks."""
    answer: Callable[[Catalogue, Machine | None], Answer | None]
    """None: it needs a machine, and there is none. AnalysisError: a run cannot tell."""
    in_report: bool = False
    """Whether the report of a run answers it, and shows that at once; else, an act of its name."""

    @property
    def command(self) -> str:
        """The command that answers it."""
        return "report" if self.in_report else self.name


def _gravity(catalogue: Catalogue, _machine: Machine | None) -> Answer:
    """Return what the mission's petabyte costs over fibre, and on drives by courier."""
    options, _ = task(scenario("gravity", "cloud_titan"), catalogue).options()
    fibre, drive = options["wire"].cost.to("USD"), options["courier_drive"].cost.to("USD")
    cheaper = "fibre" if fibre.value <= drive.value else "drive"
    ratio = (drive / fibre if cheaper == "fibre" else fibre / drive).to("1")
    text = (
        f"1 PB over 3,000 miles costs {fibre.text()} over a fibre of 10 Gb/s and {drive.text()} on "
        f"drives by courier; with what the data costs to leave the cloud both ways"
    )
    return Answer(cheaper, float(ratio.value), text)


def _feeding(_catalogue: Catalogue, machine: Machine | None) -> Answer | None:
    """Return which change adds more to utilisation on this machine, and how much."""
    if machine is None:
        return None
    setup = setup_of(scenario("feeding-tax", "cloud_titan"))
    both = gains(machine.calibration, setup)
    larger = max(("format", both.by_format), ("disk", both.by_disk), key=lambda pair: pair[1].value)
    text = f"{larger[0]}: {100 * larger[1].value:.3g} points of utilisation"
    return Answer(larger[0], 100 * larger[1].value, text)


def _formats(_catalogue: Catalogue, machine: Machine | None) -> Answer | None:
    """Return which of Parquet and CSV decodes faster in a run, and how many times as fast."""
    if machine is None:
        return None
    fast, slow = _parquet_and_csv(machine.bundle)
    ratio = times_as_fast(fast, slow)
    if not ratio.bounded or compare(ratio) in _ALIKE:
        raise OutOfRangeError(
            f"{fast.codec} and {slow.codec} cannot be told apart in this run: no lock is scored by "
            "it; measure more, with nox -s bench -- --preset standard"
        )
    times = f"{ratio.value:.3g} times [{ratio.low:.3g}, {ratio.high:.3g}]"
    text = f"{fast.codec} decodes tabular samples {times} as fast as {slow.codec}"
    return Answer(fast.format, ratio.value, text)


def _parquet_and_csv(bundle: Bundle) -> tuple[CodecResult, CodecResult]:
    """Return the fastest codec of each on tabular samples, in canonical layouts, the faster first.

    Raises:
        OutOfRangeError: they were not measured together.

    """
    for results in usual_batches(tuple(batch_results(bundle, timings_of(bundle)))):
        if results.payload == "tabular":
            best = fastest(results.canonical, lambda result: result.format)
            both = [result for name, result in best.items() if name in {"parquet", "csv"}]
            if len(both) == len(_FORMATS.choices) and share_a_process(*both):
                return both[0], both[1]
    raise OutOfRangeError(
        "Parquet and CSV of tabular samples were not measured together in this run; a run of a "
        "whole preset does that: nox -s bench"
    )


def _zero_waste(_catalogue: Catalogue, machine: Machine | None) -> Answer | None:
    """Return which samples take less energy for the same accuracy by this machine's training."""
    if machine is None:
        return None
    track = "cloud_titan"
    mission = Mission(machine, track, scenario("zero-waste", track)["wire-format"])
    both = many_or_few(mission, accuracies(curve_of(machine)))
    times = both.times
    text = (
        f"{both.better}: for the accuracy of 10,000 curated samples, noisy ones take "
        f"{times.text()} times the energy"
    )
    return Answer(both.better, float(times.value), text)


def _drift(_catalogue: Catalogue, machine: Machine | None) -> Answer:
    """Return which city's cameras got the firmware, and by what factor it multiplies blue."""
    return drift_answer(machine.bundle.run.nonce if machine else DEFAULT_NONCE)


def drift_answer(nonce: str) -> Answer:
    """Return which city's cameras got the firmware of a nonce, and by what factor."""
    update = firmware(nonce)
    gains = truth(update)
    channel = max(gains, key=lambda name: abs(math.log(gains[name])))
    words = " and ".join(f"{name} by {gain:.3g}" for name, gain in gains.items())
    text = f"{update.city.capitalize()}: the firmware multiplies {words}"
    return Answer(update.city, gains[channel], text)


_ALIKE = {Comparison.EQUIVALENT, Comparison.UNDECIDED}
_FORMATS = Question(
    "formats",
    "On this machine, will Parquet decode faster than CSV, and how many times as fast?",
    {"parquet": "Parquet decodes faster", "csv": "CSV decodes faster"},
    "How many times as fast is the faster of the two, for tabular samples in the canonical layout "
    "of each, by the fastest decoder of each?",
    "1",
    "What do the bytes of each format ask of the CPU, and in which of them would you store your "
    "own data?",
    _formats,
    in_report=True,
)

_QUESTIONS = (
    _FORMATS,
    Question(
        "gravity",
        "Will it be cheaper to stream your data over Fiber or ship a physical hard drive across "
        "the country?",
        {"fibre": "stream it over fibre", "drive": "ship hard drives"},
        "How many times as expensive is the dearer of the two, for 1 PB?",
        "1",
        "Reconcile the transfer time with the 'Physics of Data Gravity' from the text. When does "
        "bit-volume become a physical barrier?",
        _gravity,
    ),
    Question(
        "feeding-tax",
        "If you switch from JSON to Protobuf, will your GPU utilization increase more than if you "
        "upgrade to a faster SSD?",
        {"format": "JSON to Protobuf gains more", "disk": "a faster SSD gains more"},
        "How many points of utilisation does the larger of the two gain, with an H100 on a cloud "
        "disk and this machine's cores?",
        "points",
        "Your GPU is 80% idle. Prove whether the bottleneck is in the 'Blueprint' (Algorithm) or "
        "the 'Fuel' (Data pipeline) using the MFU plot. Defend your storage tier choice using the "
        "Feeding Tax math.",
        _feeding,
    ),
    Question(
        "zero-waste",
        "Is it more energy-efficient to use 1 million noisy samples or 10,000 curated 'Gold "
        "Standard' samples?",
        {"noisy": "1 million noisy samples", "curated": "10,000 curated samples"},
        "How many times as much energy do noisy samples take for the accuracy that 10,000 curated "
        "ones reach?",
        "1",
        "Justify your final Data/Compute energy ratio. Explain why 'Signal-to-Noise Engineering' "
        "is more effective than raw scaling for this mission.",
        _zero_waste,
    ),
    Question(
        "drift",
        "Detection accuracy is dropping in one city. Which city's cameras drifted?",
        {city: f"those of {city.capitalize()}" for city in CITIES},
        "By what factor did the gain of the channel change that moved most?",
        "1",
        "A test rejects in many cities once samples are many. What tells you that a drift matters, "
        "and what would you watch: p-values, their sizes, or accuracy?",
        _drift,
    ),
)

QUESTIONS = {question.name: question for question in _QUESTIONS}
"""All questions, in the order of the lab: this machine first, then the acts."""


def questions_of(course: Course | None) -> dict[str, Question]:
    """Return all questions, with the texts and prompts of a course where it has its own."""
    asked = dict(QUESTIONS)
    for own in course.questions if course else ():
        if own.name in asked:
            usual = asked[own.name]
            asked[own.name] = replace(
                usual, text=own.text or usual.text, prompt=own.prompt or usual.prompt
            )
    return asked


def question(name: str, course: Course | None = None) -> Question:
    """Return a question, with a course's text and prompt where it has its own.

    Raises:
        AnalysisError: there is none of that name.

    """
    if name not in QUESTIONS:
        raise AnalysisError(f"{name!r} is no question; there are {', '.join(QUESTIONS)}")
    return questions_of(course)[name]
