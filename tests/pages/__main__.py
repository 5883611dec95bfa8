"""Reports' pages in a real browser: `python -m tests.pages`; `nox -s pages` does so.

It needs Chromium (or Chrome or Edge) and node with npm. Where one is missing, it says which checks
were left out, and that is no error.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from analysis.render.picture import BROWSERS
from tests.pages import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent


def found(names: Sequence[str], which: Callable[[str], str | None] = shutil.which) -> str | None:
    """Return where the first program is that there is."""
    return next(filter(None, map(which, names)), None)


def lacking(which: Callable[[str], str | None] = shutil.which) -> str | None:
    """Return what was left out, and why; None where nothing has to be."""
    needs = {"Chromium": BROWSERS, "node": ("node",), "npm": ("npm",)}
    missing = [name for name, names in needs.items() if found(names, which) is None]
    return skipped(f"no {' and no '.join(missing)}") if missing else None


def skipped(reason: str) -> str:
    """Return a line that nobody takes for a pass."""
    checks = len(list((HERE / "checks").glob("*.mjs"))) * len(samples.NAMES)
    return f"SKIPPED: {checks} page checks, {reason}"


def install() -> str | None:
    """Install the packages of package-lock.json, unless they are; return why it failed."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules/.package-lock.json"
    if installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return None
    npm = found(("npm",))
    command = [npm or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, check=False, encoding="utf-8")
    if done.returncode == 0:
        installed.touch()
        return None
    return skipped(f"npm could not install puppeteer-core and axe-core: {done.stderr.strip()}")


def node(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a script of this folder with the browser."""
    program, browser = found(("node",)), found(BROWSERS)
    command = [program or "node", str(HERE / script), browser or "chromium", *arguments]
    return subprocess.Popen(command)


def main() -> int:
    """Try all checks on all pages, after trying the checks themselves."""
    parser = argparse.ArgumentParser(prog="python -m tests.pages", description=__doc__)
    parser.add_argument("pages", nargs="*", help="other pages (default: those of samples.py)")
    parser.add_argument("--only", action="append", default=[], help="a check, as figures")
    parser.add_argument("--keep", type=Path, help="a folder to keep the pages in")
    parser.add_argument(
        "--lacking",
        action="store_true",
        help="install what is needed, and say only what is missing",
    )
    options = parser.parse_args()
    reason = lacking() or install()
    if reason or options.lacking:
        print(reason or "", end="\n" if reason else "")
        return 0
    only = [word for name in options.only for word in ("--only", name)]
    with TemporaryDirectory() as folder:
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
        # Checks that see nothing would pass everything.
        tried = None if only or options.pages else node("selftest.mjs")
        pages = options.pages or samples.make((options.keep or Path(folder)).resolve())
        missed = tried.wait() if tried else 0
        return node("run.mjs", *map(str, pages), *only).wait() or missed


if __name__ == "__main__":
    sys.exit(main())
