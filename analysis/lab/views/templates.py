"""Templates of the lab's zones, filled in; all text is escaped, and no text is markup."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from analysis.characters import visible
from analysis.ledger.entries import MOST_CHARACTERS
from analysis.render.html import fragment, shown_text

if TYPE_CHECKING:
    from analysis.lab.session import Session


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis.lab"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown_text,
    )
    environment.filters |= {"blocks": fragment, "visible": visible}
    environment.globals["most_characters"] = MOST_CHARACTERS
    return environment


def filled(zone: str, session: Session, **data: object) -> str:
    """Return a zone's template with its data and message; nothing without a ledger to rest on."""
    if session.problem and zone != "header":
        return ""
    template = _environment().get_template(f"{zone}.html")
    return template.render(message=session.message, **data)
