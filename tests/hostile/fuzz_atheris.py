"""Let atheris look for bytes that break a codec.

`python -m tests.hostile.fuzz_atheris json/lines/wire tokens`; further options, such as
-max_total_time=60 or -runs=100000, go to libFuzzer. Linux only, since atheris is.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Fuzz one codec, from valid encodings on, guided by the branches of our own readers."""
    words = [word for word in arguments if not word.startswith("-")]
    try:
        import atheris
    except ImportError:
        sys.stderr.write("unavailable: atheris is not installed (Linux: pip install atheris)\n")
        return 1
    with atheris.instrument_imports(include=["formats"]):
        from formats.registry import decoder
        from tests.hostile import corpus
        from tests.hostile.judge import judge
    if len(words) != 2 or tuple(words) not in corpus.pairs():
        sys.stderr.write(f"{__doc__}\n")
        return 2
    entry, payload = decoder(words[0]), words[1]
    codec = entry.bind(corpus.subject(payload))

    def once(data: bytes) -> None:
        problem = judge(codec, data).problem
        if problem:
            raise AssertionError(problem)

    with tempfile.TemporaryDirectory() as folder:
        for samples in corpus.BATCHES:
            (Path(folder) / str(samples)).write_bytes(corpus.valid(entry.layout, payload, samples))
        options = [word for word in arguments if word.startswith("-")]
        atheris.Setup([sys.argv[0], folder, "-max_len=20000", *options], once)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
