"""The first screen of a document's page as a PNG: a browser without a window takes it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.render import html

if TYPE_CHECKING:
    from analysis.document import Document

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
"""What takes pictures, by name or place: Chromium and what is made of it."""
WIDTH_PX, HEIGHT_PX = 1100, 1420
_PATIENCE_S = 60


def render(document: Document) -> bytes:
    """Return the first screen of the page.

    Raises:
        AnalysisError: there is no browser, or it took no picture.

    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise AnalysisError(
            "a picture needs Chromium, Chrome or Edge, and none is installed; a page does not: "
            "end the name in .html"
        )
    with TemporaryDirectory() as folder:
        page, picture = Path(folder, "page.html"), Path(folder, "page.png")
        page.write_bytes(html.render(document))
        command = [
            browser,
            "--headless",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
            f"--window-size={WIDTH_PX},{HEIGHT_PX}",
            f"--screenshot={picture}",
            page.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # As in a container; the page is ours, and loads nothing.
            command.insert(1, "--no-sandbox")
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise AnalysisError(f"{browser} took no picture in {_PATIENCE_S} s") from None
        if not picture.is_file():
            raise AnalysisError(f"{browser} took no picture of the page")
        return picture.read_bytes()
