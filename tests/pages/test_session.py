"""What is left out of `nox -s pages` is said, and never looks like a pass."""

from __future__ import annotations

import json
import re

import pytest

from analysis.render.picture import BROWSERS
from tests.pages.__main__ import HERE, found, lacking


def test_what_is_missing_is_named_and_what_is_left_out_counted() -> None:
    there = {"node": "/bin/node", "npm": "/bin/npm", BROWSERS[1]: "/bin/chromium-browser"}
    assert lacking(there.get) is None
    assert found(BROWSERS, there.get) == "/bin/chromium-browser"
    said = lacking({"node": "/bin/node"}.get)
    assert said is not None
    assert re.fullmatch(r"SKIPPED: \d\d+ page checks, no Chromium and no npm", said)


@pytest.mark.parametrize("package", ["axe-core", "puppeteer-core"])
def test_packages_are_pinned_and_come_from_wherever_npm_is_told_to(package: str) -> None:
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    text = (HERE / "package-lock.json").read_text(encoding="utf-8")
    locked = json.loads(text)["packages"]
    assert locked[f"node_modules/{package}"]["version"] == wanted[package]
    assert all("integrity" in entry for name, entry in locked.items() if name)
    assert "resolved" not in text
