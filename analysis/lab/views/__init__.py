"""The zones of the lab's page, each as HTML made from a session: a module a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.lab.views import header, levers, telemetry, trail

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.lab.session import Session

ZONES: dict[str, Callable[[Session], str]] = {
    "header": header.show,
    "levers": levers.show,
    "telemetry": telemetry.show,
    "trail": trail.show,
}
"""By name, in the order in which a page works them out and shows them."""
