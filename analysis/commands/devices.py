"""What `predict --device` and `--all-devices` work out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.tracks import TRACKS
from analysis.devices.host import fed
from analysis.devices.scaling import DEVICES, elsewhere
from analysis.errors import OutOfRangeError
from analysis.report.device import DeviceResult

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from bench.bundle import Bundle, Setup


def on_devices(
    bundle: Bundle, calibration: Calibration, setup: Setup, name: str | None, points: float | None
) -> tuple[DeviceResult, ...]:
    """Return what a configuration does on a device (None: on all), and its track's answers.

    Raises:
        AnalysisError: there is no such device.

    """
    results = []
    for device_name in DEVICES if name is None else (name,):
        device = elsewhere(bundle, calibration, device_name, points)
        host, refusal = None, ""
        try:
            host = fed(device, setup)
        except OutOfRangeError as error:
            refusal = str(error)
        format_name = setup.codec.partition("/")[0]
        track = TRACKS.get(device_name)
        answers = tuple(track(device, format_name)) if track else ()
        results.append(DeviceResult(device_name, device.profile.title, host, refusal, answers))
    return tuple(results)
