"""A document as terminal text, HTML, JSON or Markdown: a module each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from analysis.errors import AnalysisError
from bench.bundle import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.document import Document

RENDERERS: dict[str, str] = {
    ".html": "analysis.render.html",
    ".json": "analysis.render.json",
    ".md": "analysis.render.markdown",
}
"""The modules that write a document to a file, by its suffix; imported when they are used."""


class Renderer(Protocol):
    """What a module of `RENDERERS` has."""

    def render(self, document: Document) -> bytes:
        """Return the whole file."""


def write(document: Document, path: Path, default: str = ".html") -> None:
    """Write a document in the form that the file's suffix names, or in the default one.

    Raises:
        AnalysisError: no renderer has that suffix.
        OSError: it cannot be written; what was there is left as it was.

    """
    suffix = path.suffix or default
    if suffix not in RENDERERS:
        raise AnalysisError(
            f"{path}: no document is written as {suffix}; end the name in {', '.join(RENDERERS)}"
        )
    renderer = cast("Renderer", import_module(RENDERERS[suffix]))
    write_atomically(path, renderer.render(document))
