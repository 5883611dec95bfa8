"""Token sequences for a language model: int32 ids, Zipf-distributed over Llama 3's vocabulary."""

import numpy as np

from formats.payloads.sample import Batch, Field, Payload, PayloadKind
from formats.payloads.stream import Stream

_VOCABULARY = 128_256


def _build(size: int) -> Payload:
    def fill(stream: Stream, samples: int) -> Batch:
        return {"ids": stream.zipf(_VOCABULARY, samples, size).astype(np.int32)}

    return Payload("tokens", size, (Field("ids", "int32", (size,), low=0),), fill)


KIND = PayloadKind(
    "tokens",
    "tokens a sequence",
    (1024, 256),
    (1024, 16),
    _build,
    sizes=(16, 128, 1024, 16_384),
    batches=(1, 16, 256, 1024),
)
