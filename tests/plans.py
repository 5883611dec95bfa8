"""What the lab's two plans name (tests/plans.toml), and how it is looked for."""

from __future__ import annotations

import re
import tomllib
from html import unescape
from typing import Any

from tests.conftest import ROOT

PLANS: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (ROOT / "tests/plans.toml").read_text(encoding="utf-8")
)


def plain(text: str) -> str:
    """Return a text without what setting it adds: hyphens at line ends, spaces, quotes' shapes."""
    text = text.replace("\u00ad", "").replace("\u2011", "-").replace("\u00a0", " ")
    text = re.sub("[\u2018\u2019]", "'", re.sub("[\u201c\u201d]", '"', text))
    return re.sub(r"\s+", "", text).casefold()


def words(page: str) -> str:
    """Return the words of a page's source."""
    without = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    return plain(unescape(re.sub(r"<[^>]+>", "", without)))
