"""What is to be locked before an act answers it: a question, its choices, and a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.feeding.gains import gains
from analysis.acts.feeding.setups import setup_of
from analysis.acts.gravity.options import task
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.model.machine import Machine
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
    """A question of the lab's plan."""

    name: str
    text: str
    """As the plan has it."""
    choices: dict[str, str]
    """What can be answered, with what each means."""
    number: str
    """What the interval is of, as a question."""
    unit: str
    prompt: str
    """What the plan asks to reflect on afterwards."""
    answer: Callable[[Catalogue, Machine | None], Answer | None]
    """None: it needs a machine, and there is none."""


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


_QUESTIONS = (
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
        "the 'Fuel' (Data pipeline) using the MFU plot.",
        _feeding,
    ),
)

QUESTIONS = {question.name: question for question in _QUESTIONS}
"""All questions, in the order of the acts."""


def question(name: str) -> Question:
    """Return a question.

    Raises:
        AnalysisError: there is none of that name.

    """
    if name not in QUESTIONS:
        raise AnalysisError(f"{name!r} is no question; there are {', '.join(QUESTIONS)}")
    return QUESTIONS[name]
