"""Random events thrown at real runs: `python -m tests.hostile.chaos --events 100`.

Each run lies in a mount namespace of its own, with a small disk, temporary folder and shared
memory, and in a control group of its own. Needs root, on Linux; takes minutes a run. Says what
happened, and ends with status 1 where a run lost something sound, trusts something disturbed, or
leaves something behind.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil

from bench.bundle import BundleError, calm_samples, read, references_us
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.bundle import Bundle

CPU = Path("/sys/fs/cgroup/cpu")
MEASURED = {0, 3}
GRACE_S = 20.0
"""What a command may take beyond its budget, apart from the time in which it was stopped."""
END_S = 10.0
"""How long others of ours may live after a command was killed."""
OUTLIER = 4.0
"""A trusted time this many times the median of its kind was disturbed."""


@dataclass
class Trial:
    """A run, and what was done to it."""

    rng: random.Random
    folder: Path
    anchor: subprocess.Popen[bytes]
    group: Path
    command: subprocess.Popen[bytes] | None = None
    stood_s: float = 0.0
    """Time in which all of it was stopped, so that it does not count."""
    events: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The file system as the run sees it."""
        return Path(f"/proc/{self.anchor.pid}/root")

    @property
    def run(self) -> Path:
        """The run's folder."""
        return self.folder / "run"

    def processes(self) -> list[psutil.Process]:
        """Return the command and all that it has started."""
        with suppress(psutil.Error):
            if self.command:
                top = psutil.Process(self.command.pid)
                return [top, *top.children(recursive=True)]
        return []


def begin(seed: int) -> Trial:
    """Make a namespace and a control group."""
    folder = Path(f"/tmp/chaos-{secrets.token_hex(4)}")
    folder.mkdir()
    mounts = (
        f"mount -t tmpfs -o size=400m none {folder} && "
        "mount -t tmpfs -o size=600m none /dev/shm && "
        f"mkdir {folder}/tmp && echo && exec sleep 100000"
    )
    anchor = subprocess.Popen(["unshare", "-m", "bash", "-c", mounts], stdout=subprocess.PIPE)
    assert anchor.stdout
    anchor.stdout.readline()
    group = CPU / folder.name
    group.mkdir()
    return Trial(random.Random(seed), folder, anchor, group)


def launch(trial: Trial, *options: str) -> None:
    """Start a command in the trial's namespace and control group."""
    inside = ["nsenter", "-m", "-t", str(trial.anchor.pid), f"--wd={trial.folder}"]
    command = [sys.executable, "-m", "bench", "run", *options]
    enter = f'echo $$ > {trial.group}/cgroup.procs; exec "$@"'
    environment = {**os.environ, "TMPDIR": f"{trial.folder}/tmp", "PYTHONPATH": str(ROOT)}
    with (Path("/tmp") / f"{trial.folder.name}.log").open("ab") as log:
        trial.command = subprocess.Popen(
            ["bash", "-c", enter, "-", *inside, *command],
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )


# Events: each returns what it did.


def stop_all(trial: Trial, seconds: float) -> str:
    """Stop all processes, as Ctrl-Z or a frozen container does."""
    assert trial.command
    os.killpg(trial.command.pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.killpg(trial.command.pid, signal.SIGCONT)
    trial.stood_s += seconds
    return f"all stopped for {seconds:.0f} s"


def stop_one(trial: Trial, seconds: float) -> str:
    """Stop one process."""
    one = trial.rng.choice(trial.processes())
    name = kind(one)
    one.suspend()
    time.sleep(seconds)
    with suppress(psutil.Error):
        one.resume()
    if name == "command":
        trial.stood_s += seconds
    return f"{name} stopped for {seconds:.0f} s"


def kill_one(trial: Trial, _: float) -> str:
    """Kill a process that is not the command."""
    others = trial.processes()[1:]
    if not others:
        return "nothing to kill"
    one = trial.rng.choice(others)
    name = kind(one)
    one.kill()
    return f"{name} killed"


def kill_command(trial: Trial, _: float) -> str:
    """Kill the command; all that it started is to end, and a resumed one takes over."""
    assert trial.command
    others = trial.processes()[1:]
    trial.command.kill()
    trial.command.wait()
    alive = psutil.wait_procs(others, END_S)[1]
    if alive:
        trial.failures.append(f"still alive after the command was killed: {list(map(kind, alive))}")
    return "command killed"


def fill(folder: Path, seconds: float) -> None:
    """Fill a file system for a time."""
    path = folder / f"filler-{secrets.token_hex(4)}"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 20))
    time.sleep(seconds)
    path.unlink(missing_ok=True)


def fill_disk(trial: Trial, seconds: float) -> str:
    """Fill the disk of the run."""
    fill(trial.root / str(trial.folder).lstrip("/"), min(seconds, 10))
    return "disk full"


def fill_memory(trial: Trial, seconds: float) -> str:
    """Fill shared memory."""
    fill(trial.root / "dev/shm", min(seconds, 20))
    return "shared memory full"


def lower_quota(trial: Trial, seconds: float) -> str:
    """Allow less time on the processor, for a while."""
    share = trial.rng.uniform(0.2, 1.0)
    (trial.group / "cpu.cfs_quota_us").write_text(str(round(share * 100_000)))
    time.sleep(seconds)
    (trial.group / "cpu.cfs_quota_us").write_text("-1")
    return f"quota of {share:.1f} cores for {seconds:.0f} s"


EVENTS: dict[Callable[[Trial, float], str], int] = {
    stop_all: 25,
    stop_one: 25,
    kill_one: 20,
    kill_command: 8,
    fill_disk: 6,
    fill_memory: 6,
    lower_quota: 10,
}
"""With how often each is to come, of a hundred."""


def kind(process: psutil.Process) -> str:
    """Return what a process is."""
    with suppress(psutil.Error):
        line = " ".join(process.cmdline())
        for name in ("bench.worker", "bench.pipeline", "torch_shm_manager", "resource_tracker"):
            if name in line:
                return process.name() if process.name().startswith("pt_") else name
        return "command" if "bench run" in line else process.name()
    return "ended"


def drive(trial: Trial, most: int) -> None:
    """Run, with events at random moments, until the run is complete."""
    options: tuple[str, ...] = ("--out", str(trial.run))
    for _ in range(12):
        began_s, trial.stood_s = time.monotonic(), 0.0
        launch(trial, *options)
        assert trial.command
        while trial.command.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                trial.command.wait(trial.rng.uniform(3, 25))
                break
            if len(trial.events) < most:
                event = trial.rng.choices(list(EVENTS), list(EVENTS.values()))[0]
                seconds = 90 ** trial.rng.random()
                with suppress(psutil.Error, ProcessLookupError):
                    trial.events.append(event(trial, seconds))
        took_s = time.monotonic() - began_s - trial.stood_s
        if took_s > 120 + GRACE_S:
            trial.failures.append(f"a command took {took_s:.0f} s")
        status = trial.command.wait()
        if status in MEASURED and not missing(trial):
            return
        exists = (trial.root / str(trial.run).lstrip("/") / "bundle.json").exists()
        options = ("--resume", str(trial.run)) if exists else options
    trial.failures.append("it did not come to its end in twelve launches")


def bundle(trial: Trial) -> Bundle | None:
    """Return what was measured."""
    try:
        return read(trial.root / str(trial.run).lstrip("/"))
    except BundleError as error:
        trial.failures.append(f"invalid: {error}")
    return None


def missing(trial: Trial) -> list[str]:
    """Return what was given up, though it is sound."""
    measured = bundle(trial)
    if measured is None:
        return ["all"]
    pipeline = measured.measured_pipeline
    assert pipeline
    return [
        *(f"{case.id}: {case.problem}" for case in measured.cases if case.problem),
        *(f"{c.setup.label}: {c.problem}" for c in pipeline.configurations if c.problem),
        *(f"{name}: {why}" for name, why in pipeline.probes_failed.items()),
    ]


def check(trial: Trial) -> None:
    """Note what is wrong with the run in the end."""
    measured = bundle(trial)
    if measured is None:
        return
    trial.failures += [f"lost: {text}" for text in missing(trial)]
    references = references_us(measured)
    for case in measured.cases:
        calm = [
            block.samples_us[i]
            for block in case.blocks
            for i in calm_samples(block, references[block.process])
        ]
        if calm and max(calm) > OUTLIER * median(calm):
            trial.failures.append(f"trusted: {case.id} {max(calm)} us, usually {median(calm)}")
    pipeline = measured.measured_pipeline
    for configured in pipeline.configurations if pipeline else ():
        rates = [w.batches / w.us for w in configured.windows]
        if rates and min(rates) * OUTLIER < median(rates):
            trial.failures.append(f"trusted: {configured.setup.label} {rates}")
    left = [
        path
        for folder in ("dev/shm", str(trial.folder).lstrip("/"), str(trial.run).lstrip("/"))
        for path in (trial.root / folder).iterdir()
        if path.name not in {"run", "tmp", "bundle.json"} and not path.name.startswith("filler")
    ]
    left += list((trial.root / str(trial.folder).lstrip("/") / "tmp").iterdir())
    trial.failures += [f"left behind: {path}" for path in left]
    alive = [p for p in psutil.process_iter() if str(trial.run) in " ".join(_line(p))]
    trial.failures += [f"still alive: {kind(process)}" for process in alive]


def _line(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


def end(trial: Trial) -> None:
    """Remove the namespace and the control group."""
    if trial.command and trial.command.poll() is None:
        os.killpg(trial.command.pid, signal.SIGKILL)
        trial.command.wait()
    trial.anchor.kill()
    trial.anchor.wait()
    time.sleep(0.2)
    with suppress(OSError):
        trial.group.rmdir()
    with suppress(OSError):
        trial.folder.rmdir()


def main() -> int:
    """Run trials until there were enough events."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=100)
    options.add_argument("--each", type=int, default=8, help="most events of a run")
    options.add_argument("--seed", type=int, default=1)
    values = options.parse_args()
    done, failed, seed = 0, 0, values.seed
    while done < values.events:
        trial = begin(seed)
        try:
            drive(trial, min(values.each, values.events - done))
            check(trial)
        finally:
            end(trial)
        done += len(trial.events)
        failed += bool(trial.failures)
        say(f"run {seed}: {'; '.join(trial.events)}", *trial.failures)
        seed += 1
    say(f"{done} events, {failed} runs failed")
    return 1 if failed else 0


def say(*lines: str) -> None:
    """Print lines at once, for whoever waits."""
    sys.stdout.write("\n  ".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
