"""Check what a student handed in, inside an autograder, and write the result that it takes.

    python grade.py gradescope --submission DIR --course FILE --out results.json

What a student hands in is data: it is read by `analysis check` in a process of its own, with limits
of time, memory and output, and never run. A result is written whatever happens. A student has 0
points only where the files are rejected; where the autograder itself fails, there is no score, and
the result says so. It needs the standard library alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SECONDS = 300
"""That checking may take: a file takes less than one."""
MOST_BYTES = 16 << 20
"""Of a result."""
MEMORY_BYTES = 12 << 30
"""Of address space; libraries reserve more of it than they use."""
MOST_FILES = 20
MOST_ENTRIES = 20_000
"""Files and folders that are looked at: a student may hand in a whole repository."""
NOTHING = "nothing-was-handed-in.json.gz"
"""The name of the file that stands for none: it is empty, and so it is rejected with a reason."""
KINDS = (
    r"\.json( ?\(\d+\))?\.gz( ?\(\d+\))?$",
    r"(^|/)hand-in[^/]*\.(json|gz)( ?\(\d+\))?$",
    r"(^|/)bundle\.json$",
)
"""Forms of names, best first: what `submit` writes, what browsers and systems make of that, else a
run alone."""
SKIPPED = {".git", ".github", "node_modules", ".venv", "__pycache__"}
DONE, REJECTED = 0, 1
"""Statuses of `analysis check` with a result."""
FAILED = 3
"""Our status where there is none."""


def main(arguments: list[str] | None = None) -> int:
    """Check, write, and return 0 if there is a result of the submission."""
    parser = argparse.ArgumentParser(description="Check what a student handed in.")
    parser.add_argument("form", choices=("gradescope", "classroom50"))
    parser.add_argument("--submission", type=Path, required=True, metavar="DIR")
    parser.add_argument("--course", type=Path, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        result = checked(options.form, options.submission, options.course)
    except Exception as error:  # noqa: BLE001
        # Whatever it is, a student must not pay for it, and an instructor must see it.
        print(f"the autograder failed: {type(error).__name__}: {error}", file=sys.stderr)
        result = None
    if result is not None:
        write(options.out, result)
        return DONE
    if options.form == "gradescope":
        # Without any score Gradescope gives none. Classroom 50 makes a result of its own of our
        # status.
        write(options.out, json.dumps(failure(), indent=1).encode())
    return FAILED


def checked(form: str, submission: Path, course: Path) -> bytes | None:
    """Return what checking comes to, as its form has it; None: checking failed."""
    with tempfile.TemporaryDirectory() as elsewhere:
        folder, names = submission.resolve(), handed_in(submission)
        if not names:
            folder, names = Path(elsewhere), [NOTHING]
            (folder / NOTHING).touch()
        # -P: the folder of a student's files is no place that modules are imported from.
        command = [sys.executable, "-P", "-m", "analysis", "check", "--format", form]
        command += ["--course", str(course.resolve()), "--", *names]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=limit if os.name == "posix" else None,
        )
    sys.stderr.write(done.stderr[-20_000:].decode("utf-8", "replace"))
    if done.returncode not in {DONE, REJECTED} or len(done.stdout) > MOST_BYTES:
        print(f"analysis check ended with status {done.returncode}", file=sys.stderr)
        return None
    try:
        document = json.loads(done.stdout)
    except ValueError:
        print("analysis check printed no result", file=sys.stderr)
        return None
    return done.stdout if isinstance(document, dict) else None


def handed_in(folder: Path) -> list[str]:
    """Return the files to check, from a folder on: the best kind that there is.

    Links are not followed; one that is named as a hand-in is checked, and rejected as a link.
    """
    names: list[Path] = []
    entries = 0
    for place, folders, files in os.walk(folder.resolve(), followlinks=False):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        entries += len(folders) + len(files)
        names += [Path(place) / name for name in sorted(files)]
        if entries > MOST_ENTRIES:
            print(f"only the first {MOST_ENTRIES} entries are looked at", file=sys.stderr)
            break
    for kind in KINDS:
        those = [path for path in names if re.search(kind, path.name.lower())]
        if len(those) > MOST_FILES:
            print(f"{len(those)} files; the first {MOST_FILES} are checked", file=sys.stderr)
        if those:
            top = folder.resolve()
            return [path.relative_to(top).as_posix() for path in those[:MOST_FILES]]
    return []


def environment() -> dict[str, str]:
    """Return what checking sees: all of the autograder's, but of Python only where we lie."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    source = Path(__file__).resolve().parent
    # Beside this file in what pack.py made; one folder up in a checkout.
    root = source if (source / "analysis").is_dir() else source.parent
    return kept | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}


def limit() -> None:
    """Bound what the process that reads a student's file may take."""
    if sys.platform == "win32":
        return
    import resource

    bounds = {
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: MOST_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform == "linux":
        bounds[resource.RLIMIT_AS] = MEMORY_BYTES
    for kind, value in bounds.items():
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, hard))


def failure() -> dict[str, Any]:
    """Return what Gradescope is to show where checking failed: no score, and whose fault it is."""
    output = (
        "The autograder itself failed. It says nothing about your submission, which has no score "
        "yet. Tell your instructor, who finds the reason in the output of the autograder and can "
        "run it again."
    )
    return {
        "output": output,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "name": "The autograder failed",
                "output": output,
                "output_format": "text",
                "status": "failed",
                "visibility": "visible",
            }
        ],
    }


def write(path: Path, data: bytes) -> None:
    """Write a result so that it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".result-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    sys.exit(main())
