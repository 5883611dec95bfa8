"""The entry point that the runner of Classroom 50 starts in a student's checkout.

It installs what checking needs and writes `result.json`. It exits with 0 whatever the file comes
to; another status is a failure of the autograder, of which the runner makes an error, not a score.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULT = "result.json"


def main() -> int:
    """Install, check, and write the result."""
    installed = "--installed" in sys.argv[1:]
    if not installed:
        # Isolated, and elsewhere: a student's checkout may hold a pip.py.
        install = [sys.executable, "-I", "-m", "pip", "install", "--quiet"]
        install += ["-c", str(HERE / "constraints.txt"), "-r", str(HERE / "requirements.txt")]
        if subprocess.run(install, cwd=HERE, check=False).returncode:
            print("::error::what checking needs could not be installed", file=sys.stderr)
            return 1
    # A result that the student committed is none of ours.
    Path(RESULT).unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "grade.py"), "classroom50", "--submission", "."]
    command += ["--course", str(HERE / "course.toml"), "--out", RESULT]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
