"""What `predict --device` and `--all-devices` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.acts.tracks import TRACKS
from analysis.devices.host import fed
from analysis.devices.scaling import DEVICES, elsewhere
from analysis.errors import OutOfRangeError
from analysis.report import device as show

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from bench.bundle import Bundle, Setup


def predict(
    bundle: Bundle, found: Calibration, setup: Setup, device: str | None, points: float | None
) -> tuple[list[str], dict[str, Any]]:
    """Return what a configuration does on a device (None: on all), as lines and as plain values.

    Raises:
        AnalysisError: there is no such device.

    """
    lines: list[str] = []
    plain: dict[str, Any] = {}
    for name in DEVICES if device is None else (device,):
        there = elsewhere(bundle, found, name, points)
        lines += [f"{there.profile.title} ({name})", ""]
        plain[name] = {"answers": []}
        try:
            one = fed(there, setup)
        except OutOfRangeError as error:
            lines += show.indented(str(error))
            plain[name]["refused"] = str(error)
        else:
            lines += show.fed(one)
            plain[name]["fed"] = show.fed_plain(one)
        lines.append("")
        if name in TRACKS:
            told = list(TRACKS[name](there, setup.codec.partition("/")[0]))
            lines += [*show.answers(told), ""]
            plain[name]["answers"] = [show.answer_plain(answer) for answer in told]
    return lines, plain
