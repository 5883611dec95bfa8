"""Hand-ins of strangers, made of a good one: `python -m tests.hostile.submissions`.

Bytes are damaged, or values in the document replaced by strange ones with the digests made right
again. Whatever comes of it is checked, and kept as a class would keep it: each file is rejected
with a remark, or has its rows. `--files 100000` changes as many; `--seed` repeats them.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import random
import sys
import time
from functools import cache
from typing import Any

import orjson

from analysis.course.checking import check_bytes
from analysis.course.demo.bundles import Term
from analysis.course.demo.students import Recipe, honest
from analysis.course.remark import Status
from analysis.course.rows import tables
from bench.bundle import canonical
from bench.course import Course
from tests.hostile.mutations import mutate

Document = dict[str, Any]
COURSE = Course.model_validate(
    {"name": "ML Systems", "term": "autumn", "nonce": "demo-class", "preset": "quick"}
)
STRANGE: list[Any] = [
    None, True, False, -1, 0, 1, 2, 7, 255, 2**31, 2**53 - 1, 2**53, 2**63, 1.5, 1e308, "", "a",
    "x" * 10_000, "\0", "é", "a/b/c", "../../etc/passwd", "<script>alert(1)</script>", "=1+1",
    "\u202ehidden", "unavailable: x", "2026-10-01T08Z", "0" * 32, "0" * 64, [], {}, [[]], [0] * 50,
    [1, 2, 3], {"a": 1}, [-1], [[0, 0, 1, 0, 0, [], [1], [1, 1], ""]],
]  # fmt: skip
_SHARE_OF_BYTES = 0.4
_CASES, _RECORDS = 8, 3
"""That are kept: each may be changed, and more of a kind are no other kind."""
_KEYS = ("seed", "payload", "digest", "x", "", "samples_us", "blocks", "schema")


@cache
def good() -> bytes:
    """Return a hand-in with a few cases and configurations, as canonical bytes."""
    term = Term(COURSE.nonce, COURSE.preset, "small", "2026-10-01T08Z")
    contents, _ = honest(Recipe(5, term), 1)
    document: Document = orjson.loads(gzip.decompress(contents.packed()))
    bundle = document["bundle"]
    bundle["cases"] = [case for case in bundle["cases"] if case["blocks"]][:_CASES]
    bundle["run"]["left_out"] = []
    for part in ("configurations", "isolated", "ipc", "contention"):
        bundle["pipeline"][part] = bundle["pipeline"][part][:_RECORDS]
    for record in bundle["pipeline"]["configurations"]:
        record["base"] = None
    bundle["storage"]["reads"] = bundle["storage"]["reads"][:_RECORDS]
    document["bundle"] = orjson.loads(canonical.dumps(bundle))
    return canonical.dumps(document)


@cache
def _document() -> Document:
    result: Document = orjson.loads(good())
    return result


def changed(rng: random.Random) -> bytes:
    """Return the bytes of a changed hand-in."""
    if rng.random() < _SHARE_OF_BYTES:
        data = mutate(rng, "json", good(), [b'{"schema": 1}', good()[:5_000]])
        return gzip.compress(data, 1, mtime=0) if rng.random() < 0.2 else data
    document = copy.deepcopy(_document())
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        _change(rng, document)
    try:
        if isinstance(document.get("bundle"), dict):
            document["bundle"] = orjson.loads(canonical.dumps(document["bundle"]))
        return canonical.dumps(document)
    except (TypeError, ValueError):  # a value that has no canonical form
        return json.dumps(document).encode()


def _change(rng: random.Random, document: Document) -> None:
    """Change one value at a random place; small parts are as likely as large ones."""
    place: Any = document
    while True:
        steps = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not steps:
            return
        step = rng.choice(steps)
        inner = place[step]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.9:
            place = inner
            continue
        break
    what = rng.random()
    if what < 0.6:
        place[step] = copy.deepcopy(rng.choice(STRANGE))
    elif what < 0.75:
        del place[step]
    elif what < 0.85 and isinstance(place, dict):
        place[rng.choice(_KEYS)] = place[step]
    elif isinstance(inner, int) and not isinstance(inner, bool):
        place[step] = rng.choice((inner + 1, -inner, inner * 1000, inner // 3))
    elif isinstance(place, list):
        place.insert(0, copy.deepcopy(inner))
    else:
        place[step] = copy.deepcopy(rng.choice(STRANGE))


def judge(data: bytes) -> Status:
    """Check bytes, and keep what is kept of them; return what they came to."""
    result = check_bytes(data, "strange.json", COURSE)
    rows = tables(result)
    assert rows["submissions"].num_rows == 1
    if result.status is Status.REJECTED:
        assert set(rows) == {"submissions", "remarks"}
    for remark in result.remarks:
        assert remark.expected
        assert remark.actual
        assert remark.remedy
        assert len(remark.line()) < 20_000
    return result.status


def main() -> int:
    """Judge as many as are asked for; say how many of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m tests.hostile.submissions"
    )
    parser.add_argument("--files", type=int, default=100_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts = dict.fromkeys(Status, 0)
    began = time.monotonic()
    for number in range(options.files):
        rng = random.Random(f"{options.seed} {number}")
        data = changed(rng)
        try:
            counts[judge(data)] += 1
        except BaseException:
            sys.stderr.write(f"--seed {options.seed}, file {number}\n")
            raise
        if number % 1_000 == 999:
            words = ", ".join(f"{count:,} {status}" for status, count in counts.items())
            sys.stderr.write(f"{number + 1:,}: {words}, {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(", ".join(f"{count:,} {status}" for status, count in counts.items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
