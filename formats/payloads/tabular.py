"""Click-log rows in the shape of the Criteo data sets: a label, 13 integers, 26 categorical ids."""

import numpy as np

from formats.payloads.sample import Batch, Field, Payload, PayloadKind
from formats.payloads.stream import Stream

_DENSE = 13
_VOCABULARY = 1_000_000


def _build(size: int) -> Payload:
    def fill(stream: Stream, samples: int) -> Batch:
        clicked = stream.below(4, samples) == 0
        counts = stream.heavy_tailed(16, samples, _DENSE)
        missing = stream.below(8, samples, _DENSE) == 0
        ids = stream.zipf(_VOCABULARY, samples, size)
        return {
            "label": clicked.astype(np.uint8),
            "dense": np.where(missing, -1, counts).astype(np.int32),
            "sparse": ids.astype(np.int32),
        }

    fields = (
        Field("label", "uint8"),
        Field("dense", "int32", (_DENSE,)),
        Field("sparse", "int32", (size,), low=0),
    )
    return Payload("tabular", size, fields, fill)


KIND = PayloadKind(
    "tabular",
    "categorical ids",
    (26, 4096),
    (26, 256),
    _build,
    sizes=(1, 10, 100, 1000),
    batches=(4, 32, 256, 4096),
)
