"""Pictures of the lab for documents: `python -m tests.analysis.lab.pictures docs/`.

A student works by keyboard on a copy of the tests' run, in a headless browser; `nox -s pictures`
renews docs/lab-*.png so. Where there is no browser to be driven, it says so and ends well.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bench.bundle import write_atomically
from tests.analysis.lab.opened import LOCKS, RUN
from tests.analysis.lab.served import Served
from tests.analysis.lab.student import Student, browser, browser_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Locator

PICTURES = ("prediction", "gravity", "feeding-tax", "audit-trail", "phone")
"""Each is in a file of its name, after `lab-`."""
WIDTH_PX, PHONE_PX = 1280, 390
_MARGIN_PX = 16
_COLOURS = 128
"""Of a picture: enough for text on plain grounds, and a fifth of the bytes."""
_LEDGER = "runs/ledger/ledger.jsonl"

RATIONALES = {
    "gravity": "1 PB over 10 Gb/s takes 11.6 days, and we have ten. Boxes are on their way for a "
    "week whatever the distance, so they win from about half a petabyte on. Below that the line is "
    "there first, and costs no handling.",
    "zero-waste": "Moving this data takes some twenty times the energy of learning from it, so "
    "that what is not moved is what saves. Filtering 60 % in the warehouse more than halves energy "
    "and carbon. It costs accuracy, and misses the target: I would filter less and send a smaller "
    "format before I filter more.",
}
ANSWER = (
    "Select in the warehouse, before anything is sent: 60 % of the pictures never cross the line, "
    "and transmission energy falls with the bytes."
)
DECISION = {
    "Your decision": "Filter in the warehouse, then ship what is left in Snowball boxes.",
    "The alternative that you reject": "Send all of it over a rented line of 1 Gb/s.",
    "Number": "116",
    "Unit, such as USD or days": "days",
    "What would make you reconsider": "A line of 100 Gb/s to the warehouse.",
    "The risk that is left": "Handling may take three weeks: promise nobody the tenth day.",
}


def lacking() -> str | None:
    """Return why no pictures can be taken here; None: they can."""
    if find_spec("playwright") is None:
        return "SKIPPED: pictures of the lab, Playwright is not installed, or has no wheel here"
    if browser_path() is None:
        return "SKIPPED: pictures of the lab, no Chromium, Chrome or Edge is installed"
    return None


class Camera:
    """Takes what a student sees."""

    def __init__(self, student: Student, folder: Path) -> None:
        """Stand behind a student; pictures go to a folder."""
        self._student, self._folder = student, folder

    def take(self, name: str, first: Locator, last: Locator | None = None, *, height: int) -> Path:
        """Save what a window of a height shows, scrolled to a part, to the end of the last one."""
        assert name in PICTURES, name
        page = self._student.page
        page.set_viewport_size(
            {"width": PHONE_PX if name == "phone" else WIDTH_PX, "height": height}
        )
        first.evaluate(
            """(part, margin) => {
              part.style.scrollMarginTop = `${margin}px`;
              part.scrollIntoView({behavior: "instant", block: "start"});
            }""",
            _MARGIN_PX,
        )
        top, zone = first.bounding_box(), self._student.zone("trail").bounding_box()
        end = (last or first).bounding_box()
        assert top, name
        assert zone, name
        assert end, name
        upper = max(top["y"] - _MARGIN_PX, 0)
        lower = end["y"] + end["height"] + _MARGIN_PX if last else height
        assert lower <= height, (name, lower)
        side = min(_MARGIN_PX, zone["x"])
        clip = {
            "x": zone["x"] - side,
            "y": upper,
            "width": zone["width"] + 2 * side,
            "height": lower - upper,
        }
        picture = page.screenshot(clip=clip, animations="disabled", caret="hide")
        path = self._folder / f"lab-{name}.png"
        write_atomically(path, quantised(picture))
        return path


def quantised(picture: bytes) -> bytes:
    """Return a PNG with fewer colours, which is several times smaller."""
    from PIL import Image

    packed = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    # Without dithering, plain grounds stay plain.
    few = image.quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def take_all(folder: Path) -> list[Path]:
    """Play a student on a copy of the tests' run, and save each picture into a folder."""
    with tempfile.TemporaryDirectory() as place:
        run = Path(place, "runs/yours/bundle.json")
        for needed in (run, Path(place, _LEDGER)):
            needed.parent.mkdir(parents=True)
        shutil.copy(RUN, run)
        # A path as students see it, whatever this machine's folders are called.
        options = ("--ledger", _LEDGER)
        with Served(Path(place), *options, run=run) as served, browser() as opened:
            size = {"width": WIDTH_PX, "height": 900}
            student = Student(opened.new_page(viewport=size, color_scheme="light"))
            student.open(served.start())
            return list(_on_the_way(student, folder))


def _on_the_way(at: Student, folder: Path) -> Iterator[Path]:
    """Go through the acts, and take a picture where there is one to be taken."""
    camera = Camera(at, folder)
    yield _prediction(at, camera)
    yield _gravity(at, camera)
    yield from _feeding_tax(at, camera)
    yield _audit_trail(at, camera)


def _prediction(at: Student, camera: Camera) -> Path:
    from tests.analysis.lab.test_browser import CHOICES

    choice, choices = CHOICES["gravity"]
    at.pick(choices, choice)
    _, *numbers = LOCKS["gravity"]
    labels = ("At least", "At most", "How sure you are (percent)")
    for label, text in zip(labels, numbers, strict=True):
        at.write(label, text)
    at.tab_to("Lock the prediction")
    button = at.zone("telemetry").get_by_role("button", name="Lock the prediction")
    taken = camera.take("prediction", at.zone("header"), button, height=1200)
    at.press("Lock the prediction")
    return taken


def _gravity(at: Student, camera: Camera) -> Path:
    from tests.analysis.lab.test_browser import defend

    for size in ("10 GB", "1 TB", "10 TB", "100 TB", "as the mission says"):
        at.choose("Dataset size", size)
    figures = at.zone("telemetry").locator("figure")
    taken = camera.take("gravity", figures.first, height=1000)
    defend(at, RATIONALES["gravity"])
    return taken


def _feeding_tax(at: Student, camera: Camera) -> Iterator[Path]:
    from tests.analysis.lab.test_browser import TITLES, lock

    at.press(f"{TITLES['feeding-tax']} (predict first)")
    lock(at, "feeding-tax")
    at.slide("Worker count", 6)
    telemetry = at.zone("telemetry")
    gauge = telemetry.locator("figure").first
    # Below what the lock came to: whoever reads the document has yet to predict it.
    cards = telemetry.get_by_role("heading", name="The system ledger")
    yield camera.take("feeding-tax", cards, height=1050)
    yield camera.take("phone", cards, gauge, height=1500)
    at.page.set_viewport_size({"width": WIDTH_PX, "height": 900})


def _audit_trail(at: Student, camera: Camera) -> Path:
    from tests.analysis.lab.test_browser import TITLES, defend, lock

    at.press(f"{TITLES['zero-waste']} (predict first)")
    lock(at, "zero-waste")
    at.choose("Processing location", "local, before moving")
    at.slide("Filtering ratio", 60)
    defend(at, RATIONALES["zero-waste"])
    at.write("Your answer to the Sustainability Lead", ANSWER)
    at.press("Keep this answer")
    for label, text in DECISION.items():
        at.write(label, text)
    at.press("Keep the decision")
    trail = at.zone("trail")
    kept = trail.get_by_role("button", name="Keep this answer")
    return camera.take("audit-trail", trail, kept, height=1600)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.analysis.lab.pictures", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder: Path = parser.parse_args(arguments).folder
    reason = lacking()
    if reason:
        sys.stdout.write(f"{reason}\n")
        return 0
    for path in take_all(folder):
        sys.stdout.write(f"{path}: {path.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
