"""A student in a real browser, by keyboard alone: Tab, arrows, letters and Enter."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from analysis.render.picture import BROWSERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_MOST_TABS = 400
_PATIENCE_MS = 240_000
"""A measurement starts processes, and a busy machine starts them slowly."""
# The element that has the focus, through all shadow roots, and what its visible label says.
_FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at) return {name: "", kind: "", place: "", value: ""};
  const labels = [...(at.labels ?? [])].map((label) => label.cloneNode(true));
  for (const label of labels)
    for (const inner of label.querySelectorAll("select, input, textarea")) inner.remove();
  const all = labels.map((label) => label.textContent).join(" ");
  return {
    name: (labels.length ? all : at.textContent).replace(/\\s+/g, " ").trim(),
    kind: at.type ?? at.nodeName.toLowerCase(),
    place: at.closest?.("section")?.dataset.zone ?? "",
    value: at.value ?? "",
  };
}"""


def browser_path() -> str | None:
    """Return where a browser of Chromium's kind is; None: there is none."""
    import shutil

    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Run a browser without a screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        try:
            yield opened
        finally:
            opened.close()


class Student:
    """Someone who has a keyboard, and reads labels."""

    def __init__(self, page: Page) -> None:
        """Sit down at a page."""
        self.page = page
        page.set_default_timeout(_PATIENCE_MS)
        page.set_default_navigation_timeout(_PATIENCE_MS)

    def open(self, address: str) -> None:
        """Go to an address, and wait until the lab stands there."""
        self.page.goto(address)
        self.zone("trail").get_by_role("heading", name="Audit trail").wait_for()
        self.zone("header").get_by_role("heading", level=1).wait_for()

    def zone(self, name: str) -> Locator:
        """Return a zone of the page."""
        return self.page.locator(f'[data-zone="{name}"]')

    def settle(self) -> None:
        """Wait until the lab has answered."""
        self.page.wait_for_function(
            """() => ![...document.querySelectorAll("marimo-anywidget")]
                .some((element) => element.shadowRoot?.querySelector("[aria-busy]"))"""
        )

    def focused(self) -> dict[str, str]:
        """Return what has the focus: its visible label, its kind, its zone, its value."""
        answer: dict[str, str] = self.page.evaluate(_FOCUSED)
        return answer

    def tab_to(self, label: str, kind: str | None = None, zone: str | None = None) -> None:
        """Press Tab until what has a label, and is of a kind and in a zone if named, has the focus.

        Raises:
            AssertionError: Tab leads to no such control.

        """
        seen = []
        for _ in range(_MOST_TABS):
            at = self.focused()
            if at["name"] == label and kind in {None, at["kind"]} and zone in {None, at["place"]}:
                return
            seen.append(at["name"])
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab leads to no {label!r}, but to {sorted(set(seen))}")

    def press(self, label: str, zone: str | None = None) -> None:
        """Press a button."""
        self.tab_to(label, zone=zone)
        self.page.keyboard.press("Enter")
        self.settle()

    def write(self, label: str, text: str, zone: str | None = None) -> None:
        """Write into a box, in place of what stands there."""
        self.tab_to(label, zone=zone)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)

    def pick(self, labels: list[str], label: str) -> None:
        """Choose one of radio buttons, whose labels are given in order."""
        for _ in range(_MOST_TABS):
            at = self.focused()
            if at["kind"] == "radio" and at["name"] in labels:
                break
            self.page.keyboard.press("Tab")
        self.page.keyboard.press("Space")
        for _ in labels:
            if self.focused()["name"] == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"arrows lead to no {label!r}")

    def choose(self, label: str, option: str) -> None:
        """Set a lever that is a list, by arrows, and wait for what it comes to."""
        self.tab_to(label)
        keyboard = self.page.keyboard
        words = self.page.evaluate(
            """() => {
              let at = document.activeElement;
              while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
              return [at.selectedIndex, ...[...at.options].map((option) => option.text)];
            }"""
        )
        now, wanted = int(words[0]), words[1:].index(option)
        for _ in range(abs(wanted - now)):
            keyboard.press("ArrowDown" if wanted > now else "ArrowUp")
        keyboard.press("Enter")
        self.settle()

    def slide(self, label: str, value: int) -> None:
        """Set a lever that is a slider, by arrows, and wait for what it comes to."""
        self.tab_to(label)
        now = int(self.focused()["value"])
        for _ in range(abs(value - now)):
            self.page.keyboard.press("ArrowRight" if value > now else "ArrowLeft")
        self.page.keyboard.press("Enter")
        self.settle()
