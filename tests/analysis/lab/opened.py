"""Pages of the lab without a browser: what it would show and send, in this process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from analysis.lab.page import Page
from analysis.lab.settings import LabOptions, configure
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from bench.course import Course

RUN = ROOT / "tests/golden/two-cores-learning.json"
LOCKS = {
    "gravity": ("drive", "1.1", "3", "80"),
    "feeding-tax": ("format", "5", "40", "70"),
    "zero-waste": ("curated", "1", "100", "60"),
    "drift": ("lima", "0.5", "1.5", "55"),
}
"""A choice, the ends of an interval and a confidence, by question."""


def opened(
    ledger: Path, course: Course | None = None, *, run: Path = RUN, is_reference: bool = False
) -> Page:
    """Open a page."""
    configure(LabOptions(run, ledger, course, is_reference))
    return Page(threading.Thread)


def ask(page: Page, zone: str, action: str, **fields: str) -> str:
    """Do something on a page, and return the message that it gives."""
    page.zones[zone].event = {
        "count": page.zones[zone].handled + 1,
        "action": action,
        "fields": fields,
    }
    message = page.session.message
    return message.text if message else ""


def lock(page: Page, question: str) -> str:
    """Lock a prediction, and return the message."""
    choice, low, high, confidence = LOCKS[question]
    return ask(
        page, "telemetry", "lock", question=question, choice=choice, low=low, high=high,
        confidence=confidence,
    )  # fmt: skip


def html(page: Page) -> str:
    """Return what all zones show."""
    return "".join(zone.html for zone in page.zones.values())
