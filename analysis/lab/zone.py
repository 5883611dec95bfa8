"""A zone of the page: HTML that the lab sends, and what its student does, sent back."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from analysis.render.html import style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LABELS = {
    "header": "Command header",
    "levers": "Engineering levers",
    "telemetry": "Telemetry center",
    "trail": "Audit trail and justification",
}
"""Of the zones, as they are announced."""


def _template(name: str) -> str:
    return (files("analysis.lab") / "templates" / name).read_text(encoding="utf-8")


class Zone(anywidget.AnyWidget):
    """A zone of the lab's page."""

    _esm = _template("zone.js")
    # The style of reports; what it gives to a whole page holds for a zone here.
    _css = style().replace(":root", ".zone") + _template("lab.css")
    zone = traitlets.Unicode("").tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    drafts = traitlets.Unicode("").tag(sync=True)
    """Whose drafts a browser keeps: those of a ledger."""
    html = traitlets.Unicode("").tag(sync=True)
    event = traitlets.Dict({}).tag(sync=True)
    done = traitlets.Int(0).tag(sync=True)
    """The count of the last event that was done; what was refused is still in its form."""
    handled = traitlets.Int(0).tag(sync=True)
    """The count of the last event of which all zones show what it came to."""

    def __init__(
        self, name: str, drafts: str, act: Callable[[str, Mapping[str, str]], bool]
    ) -> None:
        """Call a function with the action and fields of each event, which tells if it was done."""
        super().__init__(zone=name, label=LABELS[name], drafts=drafts)
        self._act = act
        self.observe(self._on_event, names="event")

    @traitlets.validate("html")
    def _in_an_encoding(self, proposal: Mapping[str, Any]) -> str:
        """Return HTML that can be sent: the name of a file may have bytes that are no text."""
        return str(proposal["value"]).encode("utf-8", "backslashreplace").decode()

    def _on_event(self, change: Mapping[str, Any]) -> None:
        event = change["new"]
        fields = {str(key): str(value) for key, value in dict(event.get("fields", {})).items()}
        count = int(event.get("count", 0))
        try:
            if self._act(str(event.get("action", "")), fields):
                self.done = count
        finally:
            self.handled = count
