"""Energy meters: of simulated machines, and whatever this one has."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bench import energy
from bench.availability import UnavailableError
from bench.energy import METERS, Account, Kind, Meter, apple, idle_uw, nvml, powercap
from bench.energy.meter import label

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = re.compile(r"[A-Za-z0-9._/+-]{1,80}")


def counter(*values: int) -> Callable[[], int]:
    return iter(values).__next__


def readings(meters: list[Meter]) -> dict[str, int]:
    return {meter.name: meter.read_uj() for meter in meters}


class Zones:
    """A powercap tree in memory; reading a file whose content is an error raises it."""

    def __init__(self, **zones: dict[str, Any]) -> None:
        self.all = zones

    def zones(self) -> list[str]:
        return ["intel-rapl", "intel-rapl-mmio", *self.all]

    def read(self, zone: str, file: str) -> str:
        content = self.all[zone][file] if zone in self.all else FileNotFoundError()
        if isinstance(content, Exception):
            raise content
        return str(content)


def zone(name: str, uj: int | str | Exception, range_uj: int = 10**9) -> dict[str, Any]:
    return {"name": name, "energy_uj": uj, "max_energy_range_uj": range_uj}


def laptop() -> Zones:
    """A package with two zones, zones within it, and a platform that includes it."""
    return Zones(
        **{
            "intel-rapl-mmio:0": zone("package-0", 7),
            "intel-rapl:0": zone("package-0", 100),
            "intel-rapl:0:0": zone("core", 60),
            "intel-rapl:0:1": zone("uncore", 20),
            "intel-rapl:0:2": zone("dram", 30),
            "intel-rapl:1": zone("psys", 900),
        }
    )


def test_a_package_is_counted_once_and_nothing_within_it() -> None:
    assert readings(powercap.find(laptop())) == {"powercap/package-0": 100}


def test_a_zone_within_another_is_not_counted_whatever_its_name() -> None:
    tree = laptop()
    tree.all["intel-rapl:1:0"] = zone("package-1", 40)
    assert readings(powercap.find(tree)) == {"powercap/package-0": 100}


def test_all_packages_and_dies_are_counted() -> None:
    tree = laptop()
    tree.all["intel-rapl:2"] = zone("package-1-die-0", 5)
    assert readings(powercap.find(tree)) == {
        "powercap/package-0": 100,
        "powercap/package-1-die-0": 5,
    }


def test_the_platform_stands_in_where_no_package_is() -> None:
    tree = laptop()
    del tree.all["intel-rapl:0"], tree.all["intel-rapl-mmio:0"]
    assert readings(powercap.find(tree)) == {"powercap/psys": 900}


def test_a_package_is_read_from_the_zone_that_can_be_read() -> None:
    tree = laptop()
    tree.all["intel-rapl:0"] = zone("package-0", PermissionError(13, "no", "/sys/secret"))
    assert readings(powercap.find(tree)) == {"powercap/package-0": 7}


@pytest.mark.parametrize(
    ("uj", "reason"),
    [
        (PermissionError(13, "no", "/sys/secret"), "powercap is for root only"),
        (OSError(61, "no data"), "powercap gives no number"),
        ("many", "powercap gives no number"),
        (0, "the energy counter stands at zero"),
    ],
)
def test_packages_that_cannot_be_read_are_a_reason(uj: Any, reason: str) -> None:
    with pytest.raises(UnavailableError, match=f"^{reason}$"):
        powercap.find(Zones(**{"intel-rapl:0": zone("package-0", uj)}))


def test_zones_without_a_package_are_a_reason() -> None:
    tree = Zones(**{"dtpm:0": zone("soc", 5), "intel-rapl:0": zone("package-0", 5)})
    tree.all["intel-rapl:0"]["name"] = OSError()
    with pytest.raises(UnavailableError, match="powercap has no package"):
        powercap.find(tree)


def test_a_machine_without_powercap_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no powercap, as in most virtual machines"):
        powercap.find(powercap.Sysfs(tmp_path / "none"))


@pytest.mark.skipif(sys.platform == "win32", reason="no colons in the names of folders")
def test_zones_are_read_from_folders(tmp_path: Path) -> None:
    for name, files in laptop().all.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(f"{text}\n")
    (meter,) = powercap.find(powercap.Sysfs(tmp_path))
    assert meter.read_uj() == 100
    (tmp_path / "intel-rapl:0/energy_uj").write_text("250\n")
    assert meter.read_uj() == 250
    (tmp_path / "intel-rapl:0/energy_uj").write_text("50\n")
    assert meter.read_uj() == 10**9 + 50


def test_a_counter_that_wraps_goes_on() -> None:
    meter = Meter("a", counter(900, 950, 20, 20, 10), range_uj=1000)
    assert [meter.read_uj() for _ in range(5)] == [900, 950, 1020, 1020, 2010]


@pytest.mark.parametrize("range_uj", [None, 0, 500])
def test_a_counter_that_falls_without_a_wrap_stays_unread(range_uj: int | None) -> None:
    meter = Meter("a", counter(900, 100, 1000), range_uj=range_uj)
    assert meter.read_uj() == 900
    for _ in range(2):
        with pytest.raises(UnavailableError, match="reset"):
            meter.read_uj()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("package-0", "package-0"),
        ("Current Socket Power", "Current-Socket-Power"),
        ("Zähler/§", "Z-hler"),
        ("§", "unnamed"),
        ("x" * 90, "x" * 60),
    ],
)
def test_a_name_is_made_of_plain_letters(text: str, name: str) -> None:
    assert label(text) == name


class Nvml:
    """NVIDIA's library with some devices: the energy of each in mJ, or the number of its error."""

    def __init__(self, *mj: int | str, loaded: int = 0) -> None:
        self.mj = list(mj)
        self.loaded = loaded

    def nvmlInit_v2(self) -> int:  # noqa: N802
        return self.loaded

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self.mj)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: ctypes.c_uint, handle: Any) -> int:  # noqa: N802
        handle._obj.value = 0x7FFF_0000_1000 + index.value
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(  # noqa: N802
        self, handle: ctypes.c_void_p, mj: Any
    ) -> int:
        energy_mj = self.mj[(handle.value or 0) - 0x7FFF_0000_1000]
        if isinstance(energy_mj, str):
            return int(energy_mj)
        mj._obj.value = energy_mj
        return 0


def test_devices_that_count_are_meters_by_their_numbers() -> None:
    library = Nvml("3", 2**40)
    (meter,) = nvml.find(lambda: library)
    assert readings([meter]) == {"nvml/1": 2**40 * 1000}
    library.mj[1] = 2**40 + 5
    assert meter.read_uj() == (2**40 + 5) * 1000
    library.mj[1] = "15"
    with pytest.raises(UnavailableError, match="NVML error 15"):
        meter.read_uj()


def test_a_driver_just_loaded_has_counted_nothing_yet() -> None:
    assert readings(nvml.find(lambda: Nvml(0, 1))) == {"nvml/0": 0, "nvml/1": 1000}


@pytest.mark.parametrize(
    ("library", "reason"),
    [
        (Nvml(), "no NVIDIA device"),
        (Nvml("3"), "NVIDIA device without energy counter"),
        (Nvml(1, loaded=9), "NVIDIA driver not loaded"),
        (Nvml(1, loaded=999), "NVML error 999"),
        (SimpleNamespace(nvmlInit_v2=lambda: 0), "NVIDIA driver too old"),
    ],
)
def test_no_device_that_counts_is_a_reason(library: Any, reason: str) -> None:
    with pytest.raises(UnavailableError, match=f"^{reason}$"):
        nvml.find(lambda: library)


def test_a_library_that_is_not_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    with pytest.raises(UnavailableError, match="no NVIDIA driver"):
        nvml.find()


class Monitor:
    """A Mac's counters, of which a chip may lack some."""

    rails: dict[str, int | None]

    def get_cumulative_energy(self) -> SimpleNamespace:
        return SimpleNamespace(**self.rails)


def mac(monkeypatch: pytest.MonkeyPatch, monitor: Callable[[], object]) -> None:
    module = ModuleType("zeus_apple_silicon")
    module.AppleEnergyMonitor = monitor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", module)


def test_the_rails_that_a_chip_counts_are_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    Monitor.rails = {"cpu_total_mj": 12, "performance_cores_mj": 9, "gpu_mj": 3, "dram_mj": None}
    mac(monkeypatch, Monitor)
    meters = apple.find()
    assert readings(meters) == {"apple/cpu": 12_000, "apple/gpu": 3_000}
    Monitor.rails |= {"cpu_total_mj": 20, "gpu_mj": None}
    assert meters[0].read_uj() == 20_000
    with pytest.raises(UnavailableError, match="does not count"):
        meters[1].read_uj()


def refused() -> object:
    raise RuntimeError("IOReport of somebody")


@pytest.mark.parametrize("monitor", [refused, lambda: SimpleNamespace(get_cumulative_energy=dict)])
def test_a_mac_without_counters_is_a_reason(
    monkeypatch: pytest.MonkeyPatch, monitor: Callable[[], object]
) -> None:
    mac(monkeypatch, monitor)
    with pytest.raises(UnavailableError, match="this Mac does not count its energy"):
        apple.find()


def test_a_mac_without_the_library_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", None)
    with pytest.raises(UnavailableError, match="zeus-apple-silicon is not installed"):
        apple.find()


def use(monkeypatch: pytest.MonkeyPatch, **discoveries: Callable[[], list[Meter]]) -> None:
    """Replace the kinds of meters by these of this system, and one of another system."""
    kinds = {name: Kind((sys.platform,), discover) for name, discover in discoveries.items()}
    monkeypatch.setattr(energy, "METERS", {"other": Kind(("plan9",), pytest.fail), **kinds})


def nothing() -> list[Meter]:
    raise UnavailableError("nothing here")


def test_all_meters_of_this_system_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Meter("first/0", counter()), Meter("second/0", counter())
    use(monkeypatch, first=lambda: [first], none=nothing, second=lambda: [second])
    assert energy.find() == [first, second]


def test_without_a_meter_all_reasons_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Meter]:
        raise PermissionError(13, "no", "/home/somebody/secret")

    use(monkeypatch, none=nothing, broken=broken)
    assert energy.find() == "no meter: nothing here; PermissionError"
    use(monkeypatch, **{"broken" * number: broken for number in range(1, 9)})
    assert len(energy.find()) == 100
    use(monkeypatch)
    assert energy.find() == "no meter: none is known for this system"


def test_the_reasons_of_all_kinds_are_short_and_plain() -> None:
    text = "".join(
        path.read_text(encoding="utf-8") for path in Path(energy.__file__).parent.glob("*.py")
    )
    reasons = {
        *re.findall(r'UnavailableError\("([^"{]+)"', text),
        *nvml._REASONS.values(),
        apple._NOT_COUNTED,
    }
    assert len(reasons) > 10
    assert all(re.fullmatch(r"[ -~]{1,42}", reason) for reason in reasons), reasons


def test_an_account_is_what_was_counted_since_its_mark() -> None:
    meters = [Meter("a", counter(100, 107, 150, 20), range_uj=1000), Meter("b", counter(*[5] * 4))]
    account = Account(meters)
    assert account.taken_uj() == {"a": 7, "b": 0}
    account.mark()
    assert account.taken_uj() == {"a": 870, "b": 0}


def test_accounts_of_the_same_meter_do_not_disturb_one_another() -> None:
    meter = Meter("a", counter(1, 2, 4, 8))
    first, second = Account([meter]), Account([meter])
    assert (first.taken_uj(), second.taken_uj()) == ({"a": 3}, {"a": 6})


def test_a_meter_that_fails_is_left_out_of_an_account() -> None:
    def fail() -> int:
        raise OSError("/dev/secret")

    account = Account(
        [Meter("reset", counter(9, 3)), Meter("dead", fail), Meter("b", counter(1, 3))]
    )
    assert account.taken_uj() == {"b": 2}


@pytest.mark.parametrize(("seconds", "slept"), [(1.0, 2.0), (5.0, 5.0)])
def test_idle_power_is_energy_over_time_and_waits_for_the_slowest(
    monkeypatch: pytest.MonkeyPatch, seconds: float, slept: float
) -> None:
    """A clock that advances only while sleeping; 5 W and 0.25 W."""
    clock = SimpleNamespace(ns=10**9)

    def sleep(s: float) -> None:
        clock.ns += round(s * 1e9)

    monkeypatch.setattr(
        energy, "time", SimpleNamespace(sleep=sleep, perf_counter_ns=lambda: clock.ns)
    )
    meters = [
        Meter("fast", lambda: clock.ns // 200),
        Meter("slow", lambda: clock.ns // 4000, shortest_s=2.0),
        Meter("reset", counter(9, 3)),
    ]
    assert idle_uw(meters, seconds) == {"fast": 5_000_000, "slow": 250_000}
    assert clock.ns == 10**9 + slept * 1e9


def test_idle_power_is_over_the_time_that_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that wakes up late has counted meanwhile."""
    ticks = iter([0, 4 * 10**9])
    monkeypatch.setattr(
        energy, "time", SimpleNamespace(sleep=lambda _: None, perf_counter_ns=ticks.__next__)
    )
    assert idle_uw([Meter("a", counter(0, 8_000_000))]) == {"a": 2_000_000}


def test_this_machines_meters_never_fall_or_there_is_a_reason() -> None:
    meters = energy.find()
    if isinstance(meters, str):
        assert re.fullmatch(r"no meter: [ -.0-~]{1,90}", meters)
        return
    assert len({meter.name for meter in meters}) == len(meters) > 0
    for meter in meters:
        assert NAME.fullmatch(meter.name)
        assert meter.name.split("/")[0] in METERS
        series = [meter.read_uj() for _ in range(20)]
        assert series == sorted(series)
        assert all(type(uj) is int for uj in series)
    account = Account(meters)
    assert all(uj >= 0 for uj in account.taken_uj().values())
    assert all(uw >= 0 for uw in idle_uw(meters, 0.1).values())
