"""JSON by the json module, a line at a time: what a newcomer writes."""

import json

import numpy as np

from formats.batch import Batch
from formats.layouts import json_lines
from formats.payloads import Payload


class Codec:
    """json.loads and json.dumps."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload

    def encode(self, batch: Batch) -> bytes:
        """Write an object a line."""
        lines = [
            json.dumps(sample, separators=(",", ":")) + "\n"
            for sample in json_lines.to_objects(self._payload, batch)
        ]
        return "".join(lines).encode()

    def decode(self, data: bytes) -> Batch:
        """Read an object a line, keep them all, make an array a field."""
        samples = [json.loads(line) for line in data.splitlines()]
        return {
            field.name: np.array(
                [sample[field.name] for sample in samples], dtype=field.dtype
            ).reshape(len(samples), *field.shape)
            for field in self._payload.fields
        }
