"""Everything a student or contributor runs: `nox -s bench`, `nox -s tests`."""

import argparse
import shutil
import sys

import nox

# uv would not see a torch wheel that pip was pointed at (docs/how-to/install-torch.md).
nox.options.default_venv_backend = "virtualenv"
# torch is large: install once, then only check.
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "lint"]

CONSTRAINTS = "constraints.txt"
TRUSTED_OR_NOISY = [0, 3]  # 3: measured, but the machine was too noisy; the report says so
DONE_OR_SAID_WHY = [0, 1]  # 1: nothing can be trained here, as without torch; the report follows
NO_LEARNING = "--no-learning"
SELECTIONS = ("--payload", "--format", "--codec", "--size", "--batch")  # of `bench run`
# Nothing is timed in tests, so that they may share the cores; whole runs follow one another.
SPREAD_OVER_CORES = ["--numprocesses=auto", "--dist=loadgroup", "--durations=25"]
PATIENCE_S = 10  # after a Ctrl-C, to say what was kept and how to go on


def install(session: nox.Session, *what: str) -> None:
    """Install exactly the pinned versions."""
    session.install("-c", CONSTRAINTS, *what)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure this machine, train on it, write the report; options after -- go to `bench run`.

    `--no-learning` leaves the training out, and so does a run of a selection.
    """
    install(session, "-e", ".")
    words = [word for word in session.posargs if word != NO_LEARNING]
    session.run(
        "python",
        "-m",
        "bench",
        "run",
        *words,
        success_codes=TRUSTED_OR_NOISY,
        interrupt_timeout=PATIENCE_S,
    )
    if {"-h", "--help"}.isdisjoint(words):
        options = argparse.ArgumentParser(add_help=False)
        options.add_argument("--out")
        options.add_argument("--resume", nargs="?")
        for selection in SELECTIONS:
            options.add_argument(selection, action="append", dest="selected")
        named, _ = options.parse_known_args(words)
        run = [named.out or named.resume] if named.out or named.resume else []
        if NO_LEARNING not in session.posargs and not named.selected:
            session.run(
                "python",
                "-m",
                "bench",
                "learning",
                "--add-to",
                *run,
                success_codes=DONE_OR_SAID_WHY,
                interrupt_timeout=PATIENCE_S,
            )
        session.run("python", "-m", "analysis", "report", *run, success_codes=TRUSTED_OR_NOISY)


@nox.session
def peers(session: nox.Session) -> None:
    """Measure every codec beside every other; renew docs/performance*.md and the fastest ones."""
    install(session, "-e", ".[peers]")
    session.run("python", "-m", "tests.benchmarks.quantities", "docs/performance-of-quantities.md")
    run = session.create_tmp() + "/run"
    shutil.rmtree(run, ignore_errors=True)
    measured = session.run(
        "python",
        "-m",
        "bench",
        "run",
        "--preset=peers",
        f"--out={run}",
        *session.posargs,
        success_codes=TRUSTED_OR_NOISY,
        interrupt_timeout=PATIENCE_S,
    )
    if measured:
        session.run("python", "-m", "bench", "fastest", run)
        page = "--out=docs/performance.md"
        session.run(
            "python", "-m", "analysis", "performance", run, page, success_codes=TRUSTED_OR_NOISY
        )


@nox.session
def classes(session: nox.Session) -> None:
    """Measure how long classes take; renew docs/performance-of-classes.md; options after --."""
    install(session, "-e", ".", "--group", "tests")
    page = "--page=docs/performance-of-classes.md"
    session.run("python", "-m", "tests.benchmarks.classes", page, *session.posargs)


@nox.session(name="lab-speed")
def lab_speed(session: nox.Session) -> None:
    """Measure how quick the lab is; renew docs/performance-of-lab.md; options after --."""
    install(session, "-e", ".[lab]", "--group", "tests")
    page = "--page=docs/performance-of-lab.md"
    session.run("python", "-m", "tests.benchmarks.lab", page, *session.posargs)


@nox.session
def loaders(session: nox.Session) -> None:
    """Diagnose loaders with planted bottlenecks; renew the page of that; options after --."""
    install(session, "-e", ".", "--group", "tests")
    page = "--page=docs/performance-of-diagnosis.md"
    session.run("python", "-m", "tests.benchmarks.diagnosis", page, *session.posargs)


def installed() -> str | None:
    """Return the Python of what `bench` installed; None: nothing is installed yet."""
    folders = (".nox/bench/bin", ".nox/bench/Scripts")
    return next((found for at in folders if (found := shutil.which("python", path=at))), None)


@nox.session(venv_backend="none")
def learning(session: nox.Session) -> None:
    """Train classifiers for the last run, or go on with it; options after -- go to the command."""
    python = installed()
    if python is None:
        session.error("nothing is installed yet; run `nox -s bench` first, to measure this machine")
    add_to = [] if any(word.startswith("--add-to") for word in session.posargs) else ["--add-to"]
    session.run(
        python,
        "-m",
        "bench",
        "learning",
        *add_to,
        *session.posargs,
        external=True,
        interrupt_timeout=PATIENCE_S,
    )


def analysis(session: nox.Session, command: str) -> None:
    """Run a command of `analysis` with what `bench` installed; options after -- go to it."""
    python = installed()
    if python is None:
        session.error(
            "nothing is installed yet; run `nox -s lock` first, to predict before this machine is "
            "measured, or `nox -s bench`, to measure it: the acts can be locked after that, too"
        )
    session.run(
        python,
        "-m",
        "analysis",
        command,
        *session.posargs,
        external=True,
        success_codes=TRUSTED_OR_NOISY,
    )


@nox.session(venv_backend="none")
def report(session: nox.Session) -> None:
    """Show the last run again, or the one named after --, with what `bench` installed."""
    analysis(session, "report")


@nox.session(venv_backend="none")
def lock(session: nox.Session) -> None:
    """Predict what a run and the lab's acts will answer, before they do; installs as `bench`."""
    if installed() is None:
        nothing_but_install = ("-m", "nox", "-s", "bench", "--install-only")
        session.run(sys.executable, *nothing_but_install, external=True)
    analysis(session, "lock")


@nox.session(venv_backend="none")
def submit(session: nox.Session) -> None:
    """Pack the last run and your ledger into the file to hand in; shows what it holds."""
    analysis(session, "submit")


@nox.session(venv_backend="none")
def check(session: nox.Session) -> None:
    """Hold files to be handed in, or handed in, against the rules; name them after --."""
    analysis(session, "check")


@nox.session(venv_backend="none")
def compare(session: nox.Session) -> None:
    """Compare a class: page, paper, tables, grades; files and options after --."""
    if installed() is None:
        nothing_but_install = ("-m", "nox", "-s", "bench", "--install-only")
        session.run(sys.executable, *nothing_but_install, external=True)
    what = ("-m", "pip", "install", "--quiet", "-c", CONSTRAINTS, "-e", ".[class]")
    session.run(str(installed()), *what, external=True)
    analysis(session, "compare")


@nox.session(venv_backend="none")
def lab(session: nox.Session) -> None:
    """Open the lab in the browser, on your last run or one that is shipped; options after --."""
    if installed() is None:
        nothing_but_install = ("-m", "nox", "-s", "bench", "--install-only")
        session.run(sys.executable, *nothing_but_install, external=True)
    what = ("-m", "pip", "install", "--quiet", "-c", CONSTRAINTS, "-e", ".[lab]")
    session.run(str(installed()), *what, external=True)
    session.run(
        str(installed()),
        "-m",
        "analysis",
        "lab",
        *session.posargs,
        external=True,
        interrupt_timeout=PATIENCE_S,
    )


@nox.session(name="demo-class", venv_backend="none")
def demo_class(session: nox.Session) -> None:
    """Make up a class, to see what comparing one gives; options after --."""
    analysis(session, "demo-class")


@nox.session(venv_backend="none")
def gravity(session: nox.Session) -> None:
    """Act I: move a dataset over a wire or in boxes; levers after --."""
    analysis(session, "gravity")


@nox.session(name="feeding-tax", venv_backend="none")
def feeding_tax(session: nox.Session) -> None:
    """Act II: feed an accelerator from this machine; levers after --."""
    analysis(session, "feeding-tax")


@nox.session(name="zero-waste", venv_backend="none")
def zero_waste(session: nox.Session) -> None:
    """Act III: select data, and see what energy, carbon and accuracy come to; levers after --."""
    analysis(session, "zero-waste")


@nox.session(venv_backend="none")
def drift(session: nox.Session) -> None:
    """Act III: watch a fleet of doorbells for the city whose cameras changed; levers after --."""
    analysis(session, "drift")


@nox.session
def pictures(session: nox.Session) -> None:
    """Renew the pictures in docs, that of a report from the bundle named after --.

    Those of the lab are of a run of the tests; without Chromium they are left out, and it says so.
    """
    install(session, "-e", ".", "--group", "tests")
    session.run("python", "-m", "tests.analysis.lab.pictures", "docs")
    run = session.posargs or ["tests/golden/two-cores.json"]
    session.run(
        "python",
        "-m",
        "analysis",
        "report",
        *run,
        "--out=docs/report.png",
        success_codes=TRUSTED_OR_NOISY,
    )


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; options after -- go to pytest."""
    install(session, "-e", ".", "--group", "tests")
    session.run("pytest", *SPREAD_OVER_CORES, *session.posargs)


@nox.session
def quick(session: nox.Session) -> None:
    """Run the tests that need no processes, hostile inputs or simulations: under a minute."""
    install(session, "-e", ".", "--group", "tests")
    quickly = "not process and not hostile and not simulation"
    session.run("pytest", *SPREAD_OVER_CORES, "-m", quickly, *session.posargs)


@nox.session
def pages(session: nox.Session) -> None:
    """Look at reports in a real browser; options after -- go to `python -m tests.pages`."""
    install(session, "-e", ".", "--group", "tests")
    printed = str(session.run("python", "-m", "tests.pages", "--lacking", silent=True))
    # Warnings are printed there, too.
    lacking = [line for line in printed.splitlines() if line.startswith("SKIPPED: ")]
    if lacking:
        session.skip(lacking[-1])
    session.run("python", "-m", "tests.pages", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Decode 50,000 damaged inputs, then check 100,000; options after -- go to the former."""
    install(session, "-e", ".[peers]", "--group", "fuzz")
    session.run("python", "-m", "tests.hostile.fuzz", *session.posargs)
    if not session.posargs:
        session.run("python", "-m", "tests.hostile.submissions")


@nox.session
def writers(session: nox.Session) -> None:
    """Decode 20,000 valid files of other writers; options after -- go to the command."""
    install(session, "-e", ".[peers]", "--group", "tests")
    files = [] if session.posargs else ["--files=20000"]
    session.run("python", "-m", "tests.hostile.other_writers", *files, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types."""
    install(session, "--group", "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
