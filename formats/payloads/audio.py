"""Windows of 16 kHz mono PCM, int16: three drifting tones under noise, one second by default."""

import numpy as np
from numpy.typing import NDArray

from formats.payloads.sample import Batch, Field, Payload, PayloadKind
from formats.payloads.stream import Stream

_TONES = 3


def _tone(phase: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a sine-like wave of amplitude 2**15 from a 16-bit phase, by a parabola in integers."""
    x = (phase & 0xFFFF) - 0x8000
    wave: NDArray[np.int64] = (x * (0x8000 - np.abs(x))) >> 13
    return wave


def _build(size: int) -> Payload:
    def fill(stream: Stream, samples: int) -> Batch:
        time = np.arange(size, dtype=np.int64)
        step = 300 + stream.heavy_tailed(13, samples, _TONES)
        start = stream.below(1 << 16, samples, _TONES)
        loudness = stream.heavy_tailed(12, samples, _TONES)
        noise = stream.below(1 << 9, samples, size) - (1 << 8)
        wave = noise
        for tone in range(_TONES):
            phase = start[:, tone, None] + step[:, tone, None] * time
            wave = wave + ((_tone(phase) * loudness[:, tone, None]) >> 13)
        return {"pcm": np.clip(wave, -(1 << 15), (1 << 15) - 1).astype(np.int16)}

    return Payload("audio", size, (Field("pcm", "int16", (size,), blob=True),), fill)


KIND = PayloadKind(
    "audio",
    "samples of 16 kHz PCM",
    (16_000, 32),
    (16_000, 4),
    _build,
    sizes=(160, 1600, 16_000, 160_000),
    batches=(1, 4, 32, 256),
)
