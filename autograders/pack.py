"""Put an autograder together, with the course's file and the code that checks.

    python autograders/pack.py gradescope --course course.toml --out autograder.zip
    python autograders/pack.py classroom50 --course course.toml --out data-factory

The first is a file to upload; the second a folder to copy to CLASSROOM/autograders/ASSIGNMENT.
"""

from __future__ import annotations

import argparse
import stat
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from bench.course import read_course  # noqa: E402
from bench.errors import CourseError  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("analysis", "bench", "formats", "hardware_profiles")
SCRIPTS = {
    "gradescope": ("setup.sh", "run_autograder"),
    "classroom50": ("autograder.py",),
}
SHARED = ("grade.py", "requirements.txt")
_DATE = (2026, 1, 1, 0, 0, 0)
"""Of all entries, so that the same files make the same archive."""
_EXECUTABLE, _PLAIN = 0o755, 0o644


def main(arguments: list[str] | None = None) -> int:
    """Pack an autograder."""
    parser = argparse.ArgumentParser(description="Put an autograder together.")
    parser.add_argument("kind", choices=SCRIPTS)
    parser.add_argument("--course", type=Path, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="PATH")
    options = parser.parse_args(arguments)
    try:
        read_course(options.course)
    except CourseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.out.exists() and (options.kind == "classroom50" or not options.out.is_file()):
        print(f"error: {options.out} is there already; name another by --out", file=sys.stderr)
        return 1
    files = dict(contents(options.kind, options.course))
    pack = zipped if options.kind == "gradescope" else copied
    pack(files, options.out)
    print(options.out)
    return 0


def contents(kind: str, course: Path) -> Iterator[tuple[str, Path]]:
    """Yield what an autograder consists of: names in it, and the files that they are."""
    for name in SCRIPTS[kind]:
        yield name, HERE / kind / name
    for name in SHARED:
        yield name, HERE / name
    yield "constraints.txt", ROOT / "constraints.txt"
    yield "course.toml", course
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path


def zipped(files: dict[str, Path], out: Path) -> None:
    """Write a zip file with all files at its root."""
    part = out.with_name(f"{out.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = (stat.S_IFREG | _mode(name)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    part.replace(out)


def copied(files: dict[str, Path], out: Path) -> None:
    """Write a folder with all files."""
    for name, path in files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
        target.chmod(_mode(name))


def _mode(name: str) -> int:
    return _EXECUTABLE if name in SCRIPTS["gradescope"] else _PLAIN


if __name__ == "__main__":
    sys.exit(main())
