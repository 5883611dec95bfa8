"""A made-up ledger: locks with intervals of each student's own calibration, tries, rationales.

Scores stand in it only where they can be had without a model of the machine: the others follow
from the bundle.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS
from analysis.acts.scenario import scenario
from analysis.ledger.entries import FIRST, VERSION, Entry, Lock, Rationale, Reveal, Try
from analysis.ledger.questions import QUESTIONS
from analysis.ledger.scoring import scored
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from analysis.ledger.entries import Body
    from analysis.ledger.questions import Answer

_TRACK = "cloud_titan"
_CONFIDENCES = (0.5, 0.8, 0.8, 0.9, 0.9, 0.95)
_TYPICAL = {"formats": 7.0, "feeding-tax": 25.0, "zero-waste": 40.0}
"""About what questions come to whose answer needs a machine. Assumed."""
_CHOICES = {"formats": "parquet", "feeding-tax": "format", "zero-waste": "noisy"}
"""What is right more often than not."""
_NOT_MACHINE = ("gravity", "drift")
_REASONS = (
    "The format decides how many bytes the CPU has to look at one by one.",
    "Parquet keeps columns as binary numbers, so a decode is close to a copy.",
    "A drive has a fixed delay, and then an enormous rate; a fibre has a rate and no delay.",
    "The GPU waits for the workers: I saw 80 % of its time idle, and more workers helped.",
    "Noise costs samples, and samples cost energy; the cheapest joule is the one not spent.",
    "I would watch accuracy, since p-values only shrink as samples grow.",
    "I guessed from the lecture, and the number was much larger than I thought.",
    "Trade-off: CSV is easy to read by people, and slow to read by machines.",
)


@dataclass(frozen=True, slots=True)
class Habits:
    """What a student does with the ledger."""

    locks: float
    """The chance of each question to be locked."""
    sharpness: float
    """How wide intervals are for what the student knows: 1 is calibrated, less is overconfident."""
    knows: float
    """Standard deviation of the logarithm of what the student expects over what is true."""
    writes: float
    """The chance of a rationale to each question."""

    def truth(self) -> dict[str, float]:
        """Return what the truth says of it."""
        return {
            "locks": round(self.locks, 3),
            "sharpness": round(self.sharpness, 3),
            "knows": round(self.knows, 3),
            "writes": round(self.writes, 3),
        }


def draw(rng: np.random.Generator) -> Habits:
    """Draw a student's habits."""
    return Habits(
        locks=1.0 if rng.random() < 0.7 else float(rng.uniform(0.2, 0.9)),
        sharpness=math.exp(float(rng.normal(-0.4, 0.5))),
        knows=math.exp(float(rng.normal(-0.7, 0.4))),
        writes=1.0 if rng.random() < 0.6 else float(rng.uniform(0.0, 0.8)),
    )


@cache
def _answer(question: str, nonce: str) -> Answer | None:
    """Return an answer that no machine is needed for."""
    if question == "gravity":
        return QUESTIONS[question].answer(catalogue(), None)
    if question == "drift":
        return _drift(nonce)
    return None


def _drift(nonce: str) -> Answer:
    from analysis.acts.drift.cause import truth
    from analysis.ledger.questions import Answer as Made
    from formats.payloads.doorbell import firmware

    update = firmware(nonce)
    gains = truth(update)
    channel = max(gains, key=lambda name: abs(math.log(gains[name])))
    return Made(update.city, gains[channel], "")


@cache
def _settings(act: str) -> dict[str, str]:
    return dict(scenario(act, _TRACK).settings)


def bodies(rng: np.random.Generator, habits: Habits, nonce: str) -> list[Body]:
    """Return what a student's ledger holds."""
    result: list[Body] = []
    uniform = rng.random((len(QUESTIONS), 8)).tolist()
    normal = rng.normal(0, 1, (len(QUESTIONS), 2)).tolist()
    for (name, question), u, z in zip(QUESTIONS.items(), uniform, normal, strict=True):
        answer = _answer(name, nonce)
        locked = u[0] < habits.locks
        if locked:
            lock = _lock(name, answer, habits, u, z)
            result.append(lock)
            if answer:
                result.append(scored(lock, answer))
        elif u[1] < 0.5:
            result.append(Reveal(question=name))
        if question.command in ACTS and (locked or u[1] < 0.5):
            tries = int(u[2] * 4)
            result += [_try(question.command)] * min(tries, 1)
        if u[3] < habits.writes:
            text = _REASONS[int(u[4] * len(_REASONS))]
            result.append(Rationale(question=name, text=text))
    return result


def _lock(
    name: str, answer: Answer | None, habits: Habits, u: Sequence[float], z: Sequence[float]
) -> Lock:
    question = QUESTIONS[name]
    right = answer.choice if answer else _CHOICES[name]
    others = [choice for choice in question.choices if choice != right]
    choice = right if u[5] < 0.65 else others[int(u[6] * len(others))]
    value = answer.value if answer else _TYPICAL[name]
    confidence = _CONFIDENCES[int(u[7] * len(_CONFIDENCES))]
    centre = math.log(value) + habits.knows * z[0]
    half = habits.sharpness * habits.knows * _HALF_WIDTHS[confidence]
    low, high = (float(f"{math.exp(centre + sign * half):.3g}") for sign in (-1, 1))
    late = u[1] < 0.05 if question.in_report else None
    return Lock(
        question=name,
        choice=choice,
        low=low,
        high=high,
        unit=question.unit,
        confidence=confidence,
        measured_before=late,
    )


_HALF_WIDTHS = {0.5: 0.674, 0.8: 1.282, 0.9: 1.645, 0.95: 1.96}
"""Of a normal distribution's interval, in standard deviations."""


def _try(act: str) -> Try:
    return Try(act=act, track=_TRACK, settings=_settings(act), outcome={})


def lines(held: Sequence[Body]) -> list[str]:
    """Return the lines of a ledger that holds these: as `Entry.line` writes them."""
    result, previous = [], FIRST
    for number, body in enumerate(held):
        content = {
            "version": VERSION,
            "number": number,
            "previous": previous,
            "body": body.model_dump(mode="json", exclude_none=True),
        }
        previous = sha256(json.dumps(content, **Entry.canonical).encode()).hexdigest()
        result.append(json.dumps(content | {"hash": previous}, **Entry.canonical))
    return result
