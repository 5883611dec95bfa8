"""Limits are read from cgroups of both versions, wherever they are mounted, and from ulimits."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench.system import limits
from bench.system.limits import ControlGroups
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has cgroups")

V1_MOUNT = "30 23 0:26 {root} {point} rw,nosuid - cgroup cgroup rw,{controllers}"
V2_MOUNT = "35 23 0:30 {root} {point} rw,nosuid - cgroup2 cgroup2 rw"


class System:
    """A file tree as Linux shows it to a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own: list[str] = []
        self.mounts: list[str] = []

    def v1(self, path: str = "/", root: str = "/", controllers: str = "cpu,cpuacct") -> Path:
        point = self.folder / controllers
        self.own.append(f"4:{controllers}:{path}")
        self.mounts.append(V1_MOUNT.format(root=root, point=point, controllers=controllers))
        point.mkdir(parents=True)
        return point

    def v2(self, path: str = "/", root: str = "/") -> Path:
        point = self.folder / "unified"
        self.own.append(f"0::{path}")
        self.mounts.append(V2_MOUNT.format(root=root, point=point))
        point.mkdir(parents=True)
        return point

    def groups(self) -> ControlGroups:
        proc = self.folder / "proc"
        proc.mkdir()
        (proc / "cgroup").write_text("\n".join(self.own))
        (proc / "mountinfo").write_text("\n".join(self.mounts))
        return ControlGroups.of_this_process(proc)


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


@pytest.mark.parametrize(
    ("text", "cores"), [("150000 100000", 1.5), ("max 100000", None), ("junk", None), ("", None)]
)
def test_a_quota_of_version_2(system: System, text: str, cores: float | None) -> None:
    write(system.v2(), cpu__max=text)
    assert system.groups().cores() == cores


@pytest.mark.parametrize(("quota", "cores"), [("100000", 1.0), ("-1", None), ("50000", 0.5)])
def test_a_quota_of_version_1(system: System, quota: str, cores: float | None) -> None:
    write(system.v1(), cpu__cfs_quota_us=quota, cpu__cfs_period_us="100000\n")
    assert system.groups().cores() == cores


def test_the_least_quota_of_all_groups_above_counts(system: System) -> None:
    top = system.v2("/user.slice/job")
    write(top / "user.slice", cpu__max="300000 100000")
    write(top / "user.slice" / "job", cpu__max="400000 100000")
    assert system.groups().cores() == 3.0


def test_a_container_sees_its_own_group_as_the_root(system: System) -> None:
    # Without a namespace of its own: the path is the host's, the mount is the container's part.
    write(
        system.v1("/docker/abc", root="/docker/abc", controllers="memory"),
        memory__limit_in_bytes=str(1 << 30),
        memory__usage_in_bytes=str(600 << 20),
        memory__stat=f"cache 1\ntotal_inactive_file {100 << 20}\n",
        memory__oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    )
    groups = system.groups()
    assert groups.memory_bytes() == 1 << 30
    assert groups.free_bytes() == (1 << 30) - (500 << 20)
    assert groups.kills() == 3


def test_memory_of_version_2(system: System) -> None:
    write(
        system.v2("/../x"),
        memory__max=str(1 << 30),
        memory__current=str(1 << 20),
        memory__events="low 0\noom 1\noom_kill 2\n",
    )
    groups = system.groups()
    assert (groups.memory_bytes(), groups.free_bytes()) == (1 << 30, (1 << 30) - (1 << 20))
    assert groups.kills() == 2


def test_no_limit_is_no_limit(system: System) -> None:
    write(system.v1(controllers="memory"), memory__limit_in_bytes=str(2**63 - 4096))
    write(system.v2(), memory__max="max")
    groups = system.groups()
    assert groups.memory_bytes() is None
    assert groups.free_bytes() is None


def test_a_system_without_groups(tmp_path: Path) -> None:
    groups = ControlGroups.of_this_process(tmp_path)
    assert (groups.cores(), groups.memory_bytes(), groups.kills()) == (None, None, None)


def test_this_machine_has_some_of_each() -> None:
    assert 1 <= limits.usable_cores() <= (os.cpu_count() or 1)
    assert limits.free_memory() > 0
    assert limits.memory_kills() >= 0


def in_a_process(code: str, prefix: str = "") -> str:
    done = subprocess.run(
        ["bash", "-c", f'{prefix} exec "$0" -c "$1"', sys.executable, code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout.strip()


@linux
@pytest.mark.process
def test_ulimits_count() -> None:
    code = "from bench.system import limits as l; print(l.open_files(), l.address_space())"
    assert in_a_process(code, "ulimit -n 50; ulimit -v 4000000;") == "50 4096000000"


@linux
@pytest.mark.process
def test_affinity_counts() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from bench.system import limits; print(limits.usable_cores())"
    )
    assert in_a_process(code) == "1"


@linux
@pytest.mark.process
def test_a_real_quota_of_one_core_counts(cgroup_of_one_core: Path) -> None:
    code = "from bench.system import limits; print(limits.usable_cores())"
    assert in_a_process(code, f"echo $$ > {cgroup_of_one_core}/cgroup.procs;") == "1"
