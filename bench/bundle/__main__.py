"""`python -m bench.bundle`: print the JSON Schema of a bundle."""

import json

from bench.bundle import Bundle
from hardware_profiles import streams

streams.endure()
print(json.dumps(Bundle.model_json_schema(by_alias=True), indent=2))
