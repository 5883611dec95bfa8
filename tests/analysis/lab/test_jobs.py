"""What runs beside pages: once for all of them, shown by all of them, and ended with the lab."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any
from weakref import ref

import psutil
import pytest

from analysis.acts.levers import ACTS
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError
from analysis.lab import children, measuring, writing
from analysis.lab.jobs import Jobs, JobState, Kind, configuration, shared
from analysis.lab.page import Notifier
from analysis.lab.settings import LabOptions, options
from analysis.ledger import chain
from analysis.ledger.entries import Measurement, Reveal
from tests.analysis.lab.opened import RUN, ask, lock, opened
from tests.analysis.lab.test_measuring import answer, family
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.lab.page import Page

LONG_S = 120
SLEEP = "import time; time.sleep(1000)"
STUBBORN = """\
import pathlib, signal, time
count = 0
def note(*_):
    global count
    count += 1
    pathlib.Path(f"asked {count}").touch()
signal.signal(signal.SIGTERM, note)
pathlib.Path("ready").touch()
while True:
    time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that things are written in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # What stands in for a measurement takes no time, from which nobody is to learn.
    monkeypatch.setattr(measuring, "_starting_s", [12.0])
    return tmp_path


@pytest.fixture
def ledger(place: Path) -> Path:
    return place / "ledger.jsonl"


@pytest.fixture
def jobs(ledger: Path) -> Jobs:
    return Jobs(LabOptions(RUN, ledger, None, is_reference=False))


def wait_until(is_so: Callable[[], object]) -> None:
    end_s = time.monotonic() + LONG_S
    while not is_so():
        assert time.monotonic() < end_s, "it never came"
        time.sleep(0.01)


def at_feeding(ledger: Path) -> Page:
    """Open a page on which something can be measured."""
    page = opened(ledger)
    ask(page, "header", "act", act="feeding-tax")
    lock(page, "feeding-tax")
    return page


def everywhere(words: str, *pages: Page) -> Callable[[], bool]:
    return lambda: all(words in page.zones["levers"].html for page in pages)


CANCEL = 'data-action="cancel"'


@pytest.mark.process
def test_a_page_that_is_loaded_again_shows_what_is_measured_and_cancels_it(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_EXPERIMENT", SLEEP)
    first, before = at_feeding(ledger), at_feeding(ledger)
    assert not everywhere(CANCEL, before)()
    ask(first, "levers", "measure")
    again = opened(ledger)
    wait_until(everywhere("measuring JSON, 4 workers, cloud disk (EBS gp2), H100", first, before))
    wait_until(everywhere(CANCEL, first, before, again))
    for page in (before, again):
        assert "something else runs" in ask(page, "levers", "measure")
    ask(again, "levers", "cancel")
    wait_until(everywhere("the measurement was cancelled", first, before, again))
    assert not any(isinstance(body, Measurement) for body in chain.read(ledger).bodies)


@pytest.mark.process
def test_a_result_says_what_it_is_of_on_every_page(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_EXPERIMENT", f"print({answer().decode()!r})")
    first, second = at_feeding(ledger), opened(ledger)
    ask(first, "levers", "set", act="feeding-tax", lever="format", value="parquet")
    ask(first, "levers", "set", act="feeding-tax", lever="workers", value="1")
    ask(first, "levers", "measure")
    # The levers move while it runs: what was measured is that of before.
    ask(first, "levers", "set", act="feeding-tax", lever="workers", value="7")
    wait_until(
        everywhere("samples/s, of Parquet, 1 worker, cloud disk (EBS gp2), H100.", first, second)
    )
    (kept,) = (body for body in chain.read(ledger).bodies if isinstance(body, Measurement))
    assert kept.settings["workers"] == "1"
    assert "Predicted beside measured" in second.zones["trail"].html


def test_what_is_usual_of_a_configuration_goes_without_saying() -> None:
    given = {"format": "csv", "layout": "rows", "decoder": "wire", "workers": "0"}
    words = configuration(scenario("feeding-tax", "mobile_nomad", given))
    assert words.startswith("CSV, layout rows, decoder wire, 0 workers, ")
    assert words.endswith(", 16.7 ms, as for 60 frames/s")


def test_pages_of_a_lab_share_what_runs_and_labs_do_not(ledger: Path) -> None:
    first = opened(ledger).session.jobs
    assert opened(ledger).session.jobs is first is shared(options())
    assert opened(ledger.with_name("other.jsonl")).session.jobs is not first


class Noted:
    """A page that counts how often it showed something."""

    def __init__(self) -> None:
        self.count = 0
        self.fails = False

    def show(self) -> None:
        self.count += 1
        if self.fails:
            raise ValueError("it cannot be shown")


def test_a_page_that_was_closed_is_sent_nothing_and_kept_by_nobody(jobs: Jobs) -> None:
    closed, left = Noted(), Noted()
    kept: list[Notifier] = []
    opener = threading.Thread(target=lambda: kept.append(Notifier(threading.Thread, closed.show)))
    opener.start()
    opener.join()
    kept.append(Notifier(threading.Thread, left.show))
    for notifier in kept:
        jobs.subscribe(notifier)
    jobs._set(JobState(Kind.WRITING, "a word"))
    wait_until(lambda: left.count == 1)
    assert closed.count == 0
    gone = ref(kept.pop(0))
    gc.collect()
    assert gone() is None
    jobs._set(JobState(Kind.WRITING, "another word"))
    wait_until(lambda: left.count == 2)


def test_threads_of_a_page_are_made_by_its_own(jobs: Jobs) -> None:
    """Those of marimo carry the page of the thread that they are made in."""
    page = threading.local()
    page.name = "mine"
    shown: list[str] = []

    class Carrying(threading.Thread):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            self.of = getattr(page, "name", "nobody's")

        def run(self) -> None:
            page.name = self.of
            super().run()

    notifier = Notifier(Carrying, lambda: shown.append(page.name))
    jobs.subscribe(notifier)
    for count in range(1, 6):
        other = threading.Thread(target=lambda: jobs._set(JobState()))
        other.start()
        wait_until(lambda count=count: len(shown) == count)  # type: ignore[misc]
        wait_until(lambda: not notifier._is_showing)
    assert shown == ["mine"] * 5


def test_what_cannot_be_shown_once_is_shown_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", errors.append)
    noted = Noted()
    notifier = Notifier(threading.Thread, noted.show)
    noted.fails = True
    notifier.notify()
    wait_until(lambda: errors)
    noted.fails = False
    notifier.notify()
    wait_until(lambda: noted.count == 2)


@pytest.mark.process
def test_what_fails_while_it_is_kept_does_not_run_for_ever(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", errors.append)
    monkeypatch.setattr(measuring, "_EXPERIMENT", f"print({answer().decode()!r})")

    def fail(*_: object) -> None:
        raise OSError("of the system")

    page = at_feeding(ledger)
    monkeypatch.setattr(chain, "append", fail)
    ask(page, "levers", "measure")
    wait_until(lambda: errors)
    wait_until(lambda: not page.session.jobs.state.is_running)
    assert page.session.jobs.state.is_error
    assert "the lab's terminal says" in page.session.jobs.state.words


@pytest.mark.process
def test_a_command_that_cannot_start_is_said(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(ROOT / "nowhere"))
    jobs.write("report")
    wait_until(lambda: not jobs.state.is_running)
    assert jobs.state.is_error
    assert jobs.state.words.startswith("not written: no process can be started")
    with pytest.raises(AnalysisError, match="is not written here"):
        jobs.write("everything")


def test_whatever_happens_nothing_is_written_for_ever(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", errors.append)

    def fail(*_: object) -> None:
        raise RuntimeError("nobody has thought of it")

    monkeypatch.setattr(children.Work, "answer_of", fail)
    jobs.write("submit")
    wait_until(lambda: errors and not jobs.state.is_running)
    assert jobs.state.is_error
    jobs.write("submit")  # the place is free again
    wait_until(lambda: len(errors) == 2 and not jobs.state.is_running)


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="nothing is asked to end there")
def test_a_command_is_asked_to_end_once_and_then_killed(
    jobs: Jobs, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_COMMAND", STUBBORN)
    monkeypatch.setattr(children, "_PATIENCE_S", 1.0)
    before = set(psutil.Process().children(recursive=True))
    jobs.write("report")
    wait_until((place / "ready").exists)
    jobs.cancel()
    wait_until(lambda: not jobs.state.is_running)
    assert (jobs.state.words, jobs.state.is_error) == ("cancelled", False)
    assert [path.name for path in place.glob("asked *")] == ["asked 1"]
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.process
def test_what_is_written_ends_with_the_lab(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_COMMAND", SLEEP)
    before = set(psutil.Process().children(recursive=True))
    jobs.write("report")
    family(psutil.Process(), len(before) + 1)
    children.end_all(LONG_S)
    assert not jobs.state.is_running
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.process
def test_a_lab_that_is_killed_leaves_no_command_that_writes(place: Path) -> None:
    """Not even what that has started: acts that are open are worked out beside it."""
    ledger = place / "ledger.jsonl"
    chain.append(ledger, [Reveal(question=act) for act in ACTS])
    shutil.copy(RUN, place / "bundle.json")
    code = (
        "import threading\n"
        "from pathlib import Path\n"
        "from analysis.lab.jobs import Jobs\n"
        "from analysis.lab.settings import LabOptions\n"
        "run, ledger = Path('bundle.json'), Path('ledger.jsonl')\n"
        "Jobs(LabOptions(run, ledger, None, is_reference=False)).write('report')\n"
        "threading.Event().wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=place, env=environment) as lab:
        try:
            started = family(psutil.Process(lab.pid), 2)
        finally:
            lab.kill()
    _, alive = psutil.wait_procs(started, timeout=LONG_S)
    assert not alive
