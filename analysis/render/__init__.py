"""A document as terminal text, HTML, PDF, JSON, Markdown or a picture: a module each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from analysis.errors import AnalysisError
from bench.bundle import require_writable, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.document import Document

RENDERERS: dict[str, str] = {
    ".html": "analysis.render.html",
    ".json": "analysis.render.json",
    ".md": "analysis.render.markdown",
    ".pdf": "analysis.render.pdf",
    ".png": "analysis.render.picture",
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
        StoreError: it cannot be written; what was there is left as it was.

    """
    suffix = check_path(path, default)
    renderer = cast("Renderer", import_module(RENDERERS[suffix]))
    write_atomically(path, renderer.render(document))


def check_path(path: Path, default: str = ".html") -> str:
    """Refuse a path at which no document can be written, before work begins; return its suffix.

    Raises:
        AnalysisError: no renderer has that suffix.
        StoreError: no file can be there.

    """
    suffix = path.suffix or default
    require_writable(path)
    if suffix not in RENDERERS:
        raise AnalysisError(
            f"{path}: no document is written as {suffix}; end the name in {', '.join(RENDERERS)}"
        )
    return suffix
