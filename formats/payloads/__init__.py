"""Payloads: what one sample is. Free of torch; `PAYLOADS` is the only list of them."""

from formats.errors import UnknownNameError
from formats.payloads import audio, image, tabular, tokens
from formats.payloads.sample import Batch, Field, Payload, PayloadKind
from formats.payloads.values import VALUES

__all__ = [
    "PAYLOADS",
    "VALUES",
    "Batch",
    "Field",
    "Payload",
    "PayloadKind",
    "UnknownNameError",
    "kind",
    "payload",
]

# One module and one line each.
PAYLOADS: dict[str, PayloadKind] = {
    kind.name: kind for kind in (tabular.KIND, image.KIND, tokens.KIND, audio.KIND)
}


def kind(name: str) -> PayloadKind:
    """Return a kind of payload by name, such as tokens, or tokens-sorted for other values.

    Raises:
        UnknownNameError: no payload has that name.

    """
    base, dash, values = name.partition("-")
    if base in PAYLOADS:
        changes = {**VALUES, **PAYLOADS[base].values}
        if not dash:
            return PAYLOADS[base]
        if values in changes:
            return PAYLOADS[base].variant(values, changes[values])
    own = [f"of {name}: {', '.join(k.values)}" for name, k in PAYLOADS.items() if k.values]
    raise UnknownNameError(
        f"no payload is called {name!r}; choose from {', '.join(PAYLOADS)}, "
        f"or one of them with other values, such as tokens-{next(iter(VALUES))} "
        f"({', '.join(VALUES)}; {'; '.join(own)})"
    )


def payload(name: str, size: int | None = None) -> Payload:
    """Return a payload by name, at its usual size by default.

    Raises:
        UnknownNameError: no payload has that name.

    """
    return kind(name)(size)
