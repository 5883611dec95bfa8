"""Let atheris look for bytes that break a codec.

`python -m tests.hostile.fuzz_atheris json/lines/wire tokens`; further options, such as
-max_total_time=60 or -runs=100000, go to libFuzzer. Linux only, since atheris is.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

_OPTIONS = ["-max_len=20000", "-timeout=10", "-rss_limit_mb=1024"]
_EVERY = 1_000
"""Decodes between two of valid bytes, which must still be right."""


class Target:
    """A codec, and another one of its layout that must not see other values in the same bytes.

    Made where imports are instrumented: all that it is made of is imported here.
    """

    def __init__(self, codec: str, name: str) -> None:
        from formats.registry import DECODERS, bind
        from tests.hostile import corpus

        if (codec, name) not in corpus.pairs():
            raise LookupError(f"no codec {codec} holds a payload {name}")
        entry = DECODERS[codec]
        payload = corpus.subject(name)
        like = [other for other in DECODERS.values() if other.layout == entry.layout]
        reference = next((other for other in like if other.naive), entry)
        self._codec, self._reference = bind(entry, payload), bind(reference, payload)
        self.corpus = [corpus.valid(entry.layout, name, samples) for samples in corpus.BATCHES]
        self._right = [corpus.kept(entry.layout, name, samples) for samples in corpus.BATCHES]
        self._decodes = 0

    def once(self, data: bytes) -> None:
        """Decode bytes.

        Raises:
            AssertionError: the contract is broken.

        """
        from formats.batch import mismatch
        from tests.hostile.judge import judge

        payload = self._codec.payload
        verdict = judge(self._codec, data)
        wrong = verdict.problem
        if verdict.batch is not None and not wrong:
            other = judge(self._reference, data).batch
            wrong = mismatch(payload, verdict.batch, other) if other else None
        self._decodes += 1
        if not wrong and self._decodes % _EVERY == 0:
            wrong = mismatch(payload, self._codec.decode(self.corpus[-1]), self._right[-1])
        if wrong:
            raise AssertionError(f"{self._codec.name}: {wrong}")


def main(arguments: list[str]) -> int:
    """Fuzz one codec, from valid encodings on, guided by the branches of our own readers."""
    options = [word for word in arguments if word.startswith("-")]
    words = tuple(word for word in arguments if not word.startswith("-"))
    try:
        import atheris
    except ImportError:
        sys.stderr.write("unavailable: atheris is not installed (Linux: pip install atheris)\n")
        return 1
    if len(words) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    with atheris.instrument_imports(include=["formats"]):
        target = Target(*words)
    with tempfile.TemporaryDirectory() as folder:
        for number, valid in enumerate(target.corpus):
            (Path(folder) / str(number)).write_bytes(valid)
        atheris.Setup([sys.argv[0], folder, *_OPTIONS, *options], target.once)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
