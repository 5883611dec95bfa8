"""A document as one page: no network, everything inside; a script only where there are controls.

The script looks up what was made beforehand: `settings.js` is all of it. The page's policy lets no
other script run, and nothing be loaded that is not in the page itself.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.characters import narrow, visible
from analysis.document.blocks import Controls
from analysis.document.figure_tables import table_of
from analysis.document.live import Live
from analysis.render.figures import draw
from analysis.render.figures.canvas import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from analysis.document import Block, Document, Section
    from analysis.document.figures import Drawing
    from analysis.document.live import Control
    from analysis.render.figures.canvas import Drawn

_CODE = re.compile(r"`([^`]+)`")
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; "
    "img-src data:"
)
"""Of what may be loaded and run. A figure's parts have styles of their own."""


def render(document: Document) -> bytes:
    """Return the page, as UTF-8."""
    return text(document).encode(errors="replace")  # a file's name may be no text


def text(document: Document) -> str:
    """Return the page. All text is escaped: some of it may come from a stranger's bundle."""
    controls = tuple(_controls(document.sections))
    script = files("analysis.render").joinpath("templates/settings.js").read_text(encoding="utf-8")
    page = _Page()
    environment = _environment(page)
    body = environment.get_template("document.html").render(document=document)
    head = environment.get_template("head.html").render(
        document=document,
        policy=f"{_POLICY}; script-src {_hash(script)}" if controls else _POLICY,
    )
    tail = _tail(controls, page.targets, script) if controls else ""
    return f"{head}{body}{tail}</body>\n</html>\n"


def fragment(blocks: Sequence[Block]) -> Markup:
    """Return blocks as a part of a page that has the style and no script of `text`'s pages."""
    page, shown = _fragments()
    page.targets.clear()
    return Markup("").join(shown[_kind(block)](block) for block in blocks)


@cache
def _fragments() -> tuple[_Page, Mapping[str, Callable[[Block], Markup]]]:
    """Return what shows blocks, read once: reading the templates takes longer than using them."""
    page = _Page()
    macros: Any = _environment(page).get_template("blocks.html").module
    return page, macros.BLOCKS


def style() -> str:
    """Return the style of all pages."""
    return files("analysis.render").joinpath("templates/style.css").read_text(encoding="utf-8")


def _environment(page: _Page) -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown_text,
    )
    environment.filters |= {
        "marked": page.marked,
        "classed": page.classed,
        "draw": page.draw,
        "table_of": table_of,
        "kind": _kind,
        "anchor": anchor,
    }
    return environment


def anchor(title: str) -> str:
    """Return a title as a name to link to."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


class _Page:
    """What a page is made of, and which elements of it follow its controls."""

    def __init__(self) -> None:
        self.targets: list[Target] = []

    def marked(self, words: str) -> Markup:
        """Return text with what is in backticks as code, and percent signs at their numbers."""
        if isinstance(words, Live):
            key = self._target("", words)
            return Markup(f'<span id="{key}">{escape(narrow(words))}</span>')  # noqa: S704
        whole = _CODE.sub(r"<code>\1</code>", str(escape(words)))
        return Markup(narrow(whole))  # noqa: S704  escaped

    def classed(self, name: str, always: str) -> Markup:
        """Return the attribute `class` with a name that may follow controls, and a constant one."""
        if not isinstance(name, Live):
            return Markup('class="{}"').format(f"{always} {name}".strip())
        both = Live(name.texts.map(lambda one: f"{always} {one}".strip()))
        key = self._target("class", both)
        return Markup('class="{}" id="{}"').format(str(both), key)

    def draw(self, drawing: Drawing) -> Drawn:
        """Return a drawing as pictures."""
        drawn = draw(drawing)
        self.targets += drawn.targets
        return drawn

    def _target(self, attribute: str, words: Live) -> str:
        key = f"t{len(self.targets)}"
        self.targets.append(Target(key, attribute, words.texts))
        return key


def shown_text(value: object) -> object:
    """Return what stands in the place of a template's expression."""
    if isinstance(value, Markup):
        return Markup(visible(value))  # noqa: S704  as escaped as it was
    return visible(value) if isinstance(value, str) else value


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _controls(sections: tuple[Section, ...]) -> Iterator[Control]:
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Controls):
                yield from block.items
        yield from _controls(section.sections)


def _hash(script: str) -> str:
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _tail(controls: tuple[Control, ...], targets: list[Target], script: str) -> str:
    """Return the data of the controls, and the script that looks them up."""
    settings = {control.name: list(control.settings) for control in controls}
    series: dict[str, int] = {}
    elements = []
    for target in targets:
        if target.values.controls:
            looked_up = orjson.dumps(_looked_up(target, settings)).decode()
            # What stands in several places is written once.
            elements.append(
                [target.key, target.attribute, series.setdefault(looked_up, len(series))]
            )
    data = {
        "controls": settings,
        "sets": {control.name: control.sets for control in controls if control.sets},
        "series": list(map(orjson.Fragment, series)),
        "targets": elements,
    }
    # "<" would end the element, or begin a comment in it.
    text = orjson.dumps(data).decode().replace("<", "\\u003c")
    values = f'<script type="application/json" id="page-settings">{text}</script>'
    return f"{values}\n<script>{script}</script>\n"


def _looked_up(target: Target, settings: Mapping[str, Sequence[str]]) -> list[object]:
    """Return the controls that an element follows, its values, and the place of each setting's.

    A control along which nothing changes is left out.
    """
    unknown = set(target.values.controls) - set(settings)
    if unknown:
        raise ValueError(f"no control of the page is named {', '.join(sorted(unknown))}")
    values = target.values.values
    if target.attribute in {"", "aria-label"}:
        values = tuple(narrow(visible(value)) for value in values)
    places: dict[str, int] = {}
    at = np.array([places.setdefault(value, len(places)) for value in values])
    names = list(target.values.controls)
    at = at.reshape([len(settings[name]) for name in names])
    for name in target.values.controls:
        axis = names.index(name)
        if (at == at.take([0], axis)).all():
            at = at.take(0, axis)
            names.remove(name)
    return [names, list(places), at.ravel().tolist()]
