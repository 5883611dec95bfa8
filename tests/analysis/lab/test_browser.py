"""The lab in a real browser: a student's whole way by keyboard, names, values, restarts."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.ledger import chain
from analysis.ledger.entries import Decision, Lock, Measurement, Rationale, Score, Try
from tests.analysis.lab.instruments import ALL, MOVES, NOW
from tests.analysis.lab.opened import LOCKS, RUN
from tests.analysis.lab.served import Served
from tests.analysis.lab.student import Student, browser, browser_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=60_000)
pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(browser_path() is None, reason="no Chromium"),
    # One browser at a time: whole pages are drawn.
    pytest.mark.xdist_group("lab"),
]
TITLES = {
    "gravity": "Act I: The Physics of Data Gravity",
    "feeding-tax": "Act II: The Feeding Tax",
    "zero-waste": "Act III: The Zero-Waste Audit",
    "drift": "Act III: The Drift Detector",
}
CHOICES = {
    "gravity": ("ship hard drives", ["stream it over fibre", "ship hard drives"]),
    "feeding-tax": (
        "JSON to Protobuf gains more",
        ["JSON to Protobuf gains more", "a faster SSD gains more"],
    ),
    "zero-waste": (
        "10,000 curated samples",
        ["1 million noisy samples", "10,000 curated samples"],
    ),
    "drift": (
        "those of Lima",
        [f"those of {city.capitalize()}" for city in LEVERS["city"].names[1:]],
    ),
}
UNITS = {"feeding-tax": " (points)"}
MISSIONS = [
    "Cloud Titan: LLM Architect",
    "Edge Guardian: AV Systems Lead",
    "Mobile Nomad: AR Glasses Dev",
    "Tiny Pioneer: Hearable Lead",
]
DOLLARS = "From $15K to $30K: the boxes win, and $ stays $."


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "runs/own").mkdir(parents=True)
    shutil.copy(RUN, tmp_path / "runs/own/bundle.json")
    with Served(tmp_path, run=tmp_path / "runs/own/bundle.json") as server:
        yield server


def student(chromium: Browser, width: int = 1280) -> Student:
    return Student(chromium.new_page(viewport={"width": width, "height": 900}))


def lock(student: Student, act: str) -> None:
    """Lock a prediction by keyboard."""
    _, low, high, confidence = LOCKS[act]
    choice, choices = CHOICES[act]
    student.pick(choices, choice)
    unit = UNITS.get(act, "")
    student.write(f"At least{unit}", low)
    student.write(f"At most{unit}", high)
    student.write("How sure you are (percent)", confidence)
    student.press("Lock the prediction")


def defend(student: Student, text: str) -> None:
    """Write the rationale of the current act."""
    box = student.zone("trail").locator("form[data-action=defend] textarea").first
    label = str(box.evaluate("box => box.labels[0].firstChild.textContent")).strip()
    student.write(label, text)
    student.press("Keep this rationale")


@pytest.mark.parametrize(("track", "mission"), list(zip(TRACKS, MISSIONS, strict=True)))
def test_a_student_goes_all_the_way_by_keyboard(
    chromium: Browser, served: Served, track: str, mission: str
) -> None:
    """Through all acts; the server is killed halfway; a report and a hand-in file at the end."""
    at = student(chromium)
    at.open(served.start())
    if track != TRACKS[0]:
        at.pick(MISSIONS, mission)
        at.page.keyboard.press("Enter")
        at.settle()
    lock(at, "gravity")
    for size in ("10 GB", "1 TB", "10 TB", "100 TB", "10 PB"):
        at.choose("Dataset size", size)
    defend(at, DOLLARS)
    at.press(f"{TITLES['feeding-tax']} (predict first)")
    lock(at, "feeding-tax")
    at.slide("Worker count", 6)
    survive(at, served)
    find_equilibrium(at)
    if track == TRACKS[0]:
        at.press("Measure it on this machine")
        at.zone("trail").get_by_text("Predicted beside measured").wait_for()
    defend(at, "The disk bounds it.")
    save_half(at)
    at.press(f"{TITLES['drift']} (predict first)")
    lock(at, "drift")
    at.choose("Drift sensitivity", "0.01")
    defend(at, "Watch sizes, not p-values.")
    decide(at)
    at.press("Write the report")
    at.zone("trail").get_by_text("report.html").wait_for()
    at.press("Write the hand-in file")
    at.zone("trail").get_by_text("hand-in-").wait_for()
    at.page.close()

    check_ledger(served, track)
    report = (served.folder / "runs/own/report.html").read_text(encoding="utf-8")
    for text in (DOLLARS, "The disk bounds it.", *DECISION.values()):
        assert text in report
    check_hand_in(served.folder, served.ledger)


def survive(at: Student, served: Served) -> None:
    """Lose the server without loading the page again, and go on where it was."""
    at.write("Your decision", "a draft that was not sent")
    served.kill()
    at.page.get_by_text("The lab has ended").wait_for()
    served.start()
    again = at.page.get_by_role("button", name="Load the page again")
    # marimo may have made the page anew by itself, of the new server, before it is asked for.
    alive = at.page.locator('[data-zone="trail"]:not([inert])')
    again.or_(alive).first.wait_for()
    if again.is_visible():  # and even now marimo may be first
        at.page.keyboard.press("Enter")
    alive.wait_for()
    at.zone("trail").get_by_role("heading", name="Audit trail").wait_for()
    expect(at.zone("levers").locator("#about-workers")).to_have_text("used: 6 workers")
    draft = at.zone("trail").get_by_label("Your decision")
    expect(draft).to_have_value("a draft that was not sent")


def find_equilibrium(at: Student) -> None:
    """Try numbers of workers until the solver's answer may be shown."""
    for workers in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 16):
        at.slide("Worker count", workers)
    met = at.zone("trail").get_by_text("was met with number")
    met.or_(at.zone("trail").get_by_text("not met; the solver's answer")).wait_for()


def save_half(at: Student) -> None:
    """Meet the Sustainability Lead's demand, and defend how."""
    at.press(f"{TITLES['zero-waste']} (predict first)")
    lock(at, "zero-waste")
    at.choose("Processing location", "local, before moving")
    at.slide("Filtering ratio", 60)
    at.zone("trail").get_by_text("Checked by the act: met").wait_for()
    defend(at, "Signal over noise.")
    at.write("Your answer to the Sustainability Lead", "Select where the data lies.")
    at.press("Keep this answer")


DECISION = {
    "Your decision": "Filter locally, ship the rest.",
    "The alternative that you reject": "All over the line.",
    "Number": "116",
    "Unit, such as USD or days": "days",
    "What would make you reconsider": "A line of 100 Gb/s.",
    "The risk that is left": "A box may be lost.",
}


def decide(at: Student) -> None:
    """Write all of a decision, after which the hand-in is complete."""
    for label, text in DECISION.items():
        at.write(label, text)
    at.press("Keep the decision")
    at.zone("trail").get_by_text("Complete.", exact=True).wait_for()


def check_ledger(served: Served, track: str) -> None:
    """Find all that was locked, tried and written."""
    bodies = chain.read(served.ledger).bodies
    assert {body.question for body in bodies if isinstance(body, Lock)} == set(ACTS)
    assert {body.question for body in bodies if isinstance(body, Score)} == set(ACTS)
    assert {body.act for body in bodies if isinstance(body, Try)} == set(ACTS)
    defended = {body.question for body in bodies if isinstance(body, Rationale)}
    assert defended == {*ACTS, "stakeholder"}
    (decision,) = (body for body in bodies if isinstance(body, Decision))
    assert (decision.track, decision.rejected_value, decision.rejected_unit) == (track, 116, "days")
    measured = [body for body in bodies if isinstance(body, Measurement)]
    assert [body.settings["workers"] for body in measured] == ["16"] * (track == TRACKS[0])


def check_hand_in(folder: Path, ledger: Path) -> None:
    """Hold the file that was written against the ledger, and let it be checked."""
    import gzip
    import json

    from analysis.course.checking import check_bytes
    from analysis.course.remark import Status

    (file,) = folder.glob("hand-in-*.json.gz")
    packed = json.loads(gzip.decompress(file.read_bytes()))
    assert packed["ledger"] == ledger.read_text(encoding="utf-8").splitlines()
    checked = check_bytes(file.read_bytes(), file.name, None)
    assert checked.status is not Status.REJECTED
    assert "complete" not in {remark.rule for remark in checked.remarks}
    # The same with a lock that was edited by hand.
    packed["ledger"][0] = packed["ledger"][0].replace('"low":1.1', '"low":0.1')
    edited = gzip.compress(json.dumps(packed).encode())
    assert check_bytes(edited, file.name, None).status is Status.REJECTED


def open_all(at: Student) -> None:
    """Lock all acts, by keyboard."""
    for act, title in TITLES.items():
        if act != "gravity":
            at.press(f"{title} (predict first)")
        lock(at, act)


def test_every_lever_moves_what_depends_on_it_and_nothing_else(
    chromium: Browser, served: Served
) -> None:
    at = student(chromium)
    at.open(served.start())
    open_all(at)
    assert {act: set(levers) for act, levers in MOVES.items()} == {
        act: set(levers) for act, levers in ACTS.items()
    }
    for act, levers in MOVES.items():
        at.zone("header").get_by_role("button", name=re.compile(f"^{TITLES[act]}")).click()
        at.settle()
        for lever, (setting, instruments) in levers.items():
            at.zone("levers").locator(f'button[data-action="reset"][data-act="{act}"]').click()
            at.settle()
            before = at.page.evaluate(NOW)
            control = at.zone("levers").locator(f'[data-lever="{lever}"]')
            if control.get_attribute("type") == "range":
                control.evaluate(
                    """(slider, value) => {
                      slider.value = value;
                      for (const kind of ["input", "change"])
                        slider.dispatchEvent(new Event(kind, {bubbles: true}));
                    }""",
                    setting.split()[0],
                )
            else:
                control.select_option(setting)
            at.settle()
            after = at.page.evaluate(NOW)
            moved = {name for name in after if after[name] != before.get(name)} - {ALL}
            assert moved == instruments, (act, lever)
    at.page.close()


def test_names_values_and_questions_are_announced_as_they_are_seen(
    chromium: Browser, served: Served
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    at = student(chromium)
    at.open(served.start())
    for act, title in TITLES.items():
        at.zone("header").get_by_role("button", name=re.compile(f"^{re.escape(title)}")).click()
        at.settle()
        check_names(at)
        question = at.zone("telemetry").get_by_role("group").first
        choice, choices = CHOICES[act]
        snapshot = question.aria_snapshot()
        legend = question.locator("legend").inner_text()
        assert f'group "{legend}"' in snapshot.replace("\\'", "'").replace("'\"", '"')
        assert all(f"radio {words!r}".replace("'", '"') in snapshot for words in choices), choice
        lock(at, act)
        check_names(at)
        violations = Axe().run(at.page).response["violations"]
        serious = [v["id"] for v in violations if v["impact"] in {"serious", "critical"}]
        assert not serious, (act, serious)
    defend(at, DOLLARS)
    assert at.zone("trail").locator("textarea").first.input_value() == DOLLARS
    assert at.zone("header").get_by_text("Egress < $100k").is_visible()
    at.page.close()


# What is seen of a control: its visible label; of a slider also the value beside it. That of
# aria-valuetext is passed on to screen readers alone, so that it is read as an attribute.
_SEEN = """function () {
  const copies = [...(this.labels ?? [])].map((label) => label.cloneNode(true));
  for (const copy of copies)
    for (const inner of copy.querySelectorAll("select, input, textarea")) inner.remove();
  const text = copies.length ? copies.map((copy) => copy.textContent).join(" ") : this.textContent;
  return {
    zone: this.closest("[data-zone]")?.dataset.zone,
    label: text.replace(/\\s+/g, " ").trim(),
    spoken: this.getAttribute("aria-valuetext"),
    beside: this.parentElement.querySelector("output")?.textContent,
  };
}"""
_CONTROLS = {"combobox", "slider", "textbox", "radio", "button", "checkbox", "spinbutton"}
_COUNTS = {"Streams", "Boxes at once", "Drift sensitivity", "Pictures per test"}
"""Levers whose label says what their numbers count."""


def check_names(at: Student) -> None:
    """Hold the name and the value of each control against what is seen of it."""
    devtools = at.page.context.new_cdp_session(at.page)
    devtools.send("DOM.enable")
    zones = set()
    for node in devtools.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if node.get("ignored") or role not in _CONTROLS:
            continue
        element = devtools.send("DOM.resolveNode", {"backendNodeId": node["backendDOMNodeId"]})
        seen = devtools.send(
            "Runtime.callFunctionOn",
            {
                "objectId": element["object"]["objectId"],
                "functionDeclaration": _SEEN,
                "returnByValue": True,
            },
        )["result"]["value"]
        name = " ".join(node["name"]["value"].split())
        assert name == seen["label"], (role, name, seen)
        assert name, (role, seen)
        assert not re.search(r"[<>]\w|&\w+;|\*\*", name), name
        zones.add(seen.get("zone"))
        if role == "slider":
            assert re.fullmatch(r"\d+ (%|workers)", seen["spoken"]), (name, seen)
            assert seen["spoken"] == seen["beside"], name
        if role == "combobox":
            value = str(node["value"]["value"])
            assert not re.fullmatch(r"[\d.]*", value) or name in _COUNTS, (name, value)
    assert zones == {"header", "levers", "telemetry", "trail"} - (
        {"telemetry"} if "telemetry" not in zones else set()
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off(chromium: Browser, served: Served, width: int) -> None:
    at = student(chromium)
    at.open(served.start())
    open_all(at)
    at.page.set_viewport_size({"width": width, "height": 900})
    for title in TITLES.values():
        at.zone("header").get_by_role("button", name=title, exact=True).click()
        at.settle()
        outside = at.page.evaluate(
            """() => {
              const all = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
                [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
              return all(document).filter((element) => {
                const box = element.getBoundingClientRect();
                return box.width && box.right > innerWidth + 1 && !element.closest(".scroll");
              }).map((element) => `${element.nodeName} ${element.textContent.slice(0, 40)}`);
            }"""
        )
        assert not outside, (title, outside[:3])
    at.page.close()


def test_two_pages_at_once_lose_nothing(chromium: Browser, served: Served) -> None:
    address = served.start()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    first, second = Student(context.new_page()), Student(context.new_page())
    first.open(address)
    second.open(address)
    first.page.bring_to_front()
    lock(first, "gravity")
    second.page.bring_to_front()
    second.page.evaluate("window.dispatchEvent(new Event('focus'))")
    second.zone("telemetry").locator("figure").first.wait_for()
    second.choose("Dataset size", "1 TB")
    first.page.bring_to_front()
    first.page.evaluate("window.dispatchEvent(new Event('focus'))")
    # A lever that was not moved here follows what was tried elsewhere.
    first.zone("levers").get_by_text("used: 1 TB").wait_for()
    first.choose("Dataset size", "100 TB")
    defend(first, "from the first")
    second.page.bring_to_front()
    second.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(second.zone("trail").locator("textarea").first).to_have_value("from the first")
    bodies = chain.read(served.ledger).bodies
    tried = [body.settings["size"] for body in bodies if isinstance(body, Try)]
    assert tried[-2:] == ["1 TB", "100 TB"]
    context.close()


def test_what_is_measured_is_shown_in_every_tab_and_cancelled_in_any(
    chromium: Browser, served: Served
) -> None:
    """In one that was loaded again, too; and one that was closed holds up nothing."""
    address = served.start()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    first, second, closed = (Student(context.new_page()) for _ in range(3))
    first.open(address)
    first.page.bring_to_front()
    first.press(f"{TITLES['feeding-tax']} (predict first)")
    lock(first, "feeding-tax")
    for at in (second, closed):
        at.open(address)
    closed.page.close()
    for measures, cancels in ((first, second), (second, first)):
        measures.page.bring_to_front()
        measures.press("Measure it on this machine")
        for at in (first, second):
            at.zone("levers").get_by_text("measuring JSON, 4 workers").wait_for()
        measures.page.reload()
        measures.zone("levers").get_by_role("button", name="Cancel").wait_for()
        cancels.zone("levers").get_by_role("button", name="Cancel").click()
        for at in (first, second):
            at.zone("levers").get_by_text("the measurement was cancelled").wait_for()
    bodies = chain.read(served.ledger).bodies
    assert not any(isinstance(body, Measurement) for body in bodies)
    context.close()


def test_what_is_being_written_stays_with_its_own_box(chromium: Browser, served: Served) -> None:
    at = student(chromium)
    at.open(served.start())
    box = at.zone("trail").locator("form[data-action=defend] textarea").first
    low = at.zone("telemetry").get_by_label("At least")
    at.write("At least", "0.25")
    at.press(f"{TITLES['feeding-tax']} (predict first)")
    assert low.input_value() == ""
    at.press(f"{TITLES['gravity']} (predict first)")
    assert low.input_value() == "0.25"
    lock(at, "gravity")
    at.press(f"{TITLES['feeding-tax']} (predict first)")
    lock(at, "feeding-tax")
    at.write(str(box.evaluate("box => box.labels[0].firstChild.textContent")).strip(), "of act II")
    at.press(TITLES["gravity"])
    assert box.input_value() == ""
    at.press(TITLES["feeding-tax"])
    assert box.input_value() == "of act II"
    at.press("Keep this rationale")
    at.page.reload()
    expect(box).to_have_value("of act II")
    at.page.close()


def test_what_another_page_keeps_wipes_nothing(chromium: Browser, served: Served) -> None:
    address = served.start()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    first, second = Student(context.new_page()), Student(context.new_page())
    first.open(address)
    lock(first, "gravity")
    second.open(address)
    box = first.zone("trail").locator("form[data-action=defend] textarea").first
    first.page.bring_to_front()
    label = str(box.evaluate("box => box.labels[0].firstChild.textContent")).strip()
    first.write(label, "still being written")
    second.page.bring_to_front()
    defend(second, "kept by the second")
    first.page.bring_to_front()
    first.page.evaluate("window.dispatchEvent(new Event('focus'))")
    first.settle()
    first.choose("Dataset size", "1 TB")
    assert box.input_value() == "still being written"
    assert first.zone("trail").get_by_text("Not kept yet.").first.is_visible()
    with first.page.expect_navigation():
        first.page.reload()
    expect(box).to_have_value("still being written")
    context.close()


def test_levers_that_move_at_once_all_arrive(chromium: Browser, served: Served) -> None:
    at = student(chromium)
    at.open(served.start())
    lock(at, "gravity")
    settings = {"size": "10 TB", "link": "fibre_1g", "streams": "4", "boxes": "64", "tier": "hdd"}
    at.zone("levers").evaluate(
        """(zone, settings) => {
          for (const [lever, value] of Object.entries(settings)) {
            const control = zone.querySelector(`[data-lever="${lever}"]`);
            control.value = value;
            control.dispatchEvent(new Event("change", {bubbles: true}));
          }
        }""",
        settings,
    )
    at.settle()
    tried = [body for body in chain.read(served.ledger).bodies if isinstance(body, Try)]
    assert tried[-1].settings.items() >= settings.items()
    at.page.close()


def test_nothing_leaves_this_machine(chromium: Browser, served: Served) -> None:
    at = student(chromium)
    addresses: list[str] = []
    at.page.on("request", lambda request: addresses.append(request.url))
    at.page.on("websocket", lambda socket: addresses.append(socket.url))
    at.open(served.start())
    lock(at, "gravity")
    local = re.compile(r"(http|ws)://127\.0\.0\.1:\d+/|data:|blob:http://127\.0\.0\.1:\d+/")
    assert [address for address in addresses if not local.match(address)] == []
    assert any(address.startswith("ws://") for address in addresses)
    at.page.close()


def test_an_edited_ledger_stops_an_open_page_loudly(chromium: Browser, served: Served) -> None:
    at = student(chromium)
    at.open(served.start())
    lock(at, "gravity")
    edited = served.ledger.read_bytes().replace(b'"high":3.0', b'"high":4.0')
    served.ledger.write_bytes(edited)
    at.page.evaluate("window.dispatchEvent(new Event('focus'))")
    at.zone("header").get_by_role("alert").get_by_text("changed after it was written").wait_for()
    expect(at.zone("telemetry")).to_have_text("")
    assert served.ledger.read_bytes() == edited
    at.page.close()
