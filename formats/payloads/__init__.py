"""Payloads: what one sample is. Free of torch; `PAYLOADS` is the only list of them."""

from formats.errors import UnknownNameError
from formats.payloads import audio, image, tabular, tokens
from formats.payloads.model import Field, Payload, PayloadKind

__all__ = ["PAYLOADS", "Field", "Payload", "PayloadKind", "payload"]

# One module and one line each.
PAYLOADS: dict[str, PayloadKind] = {
    kind.name: kind for kind in (tabular.KIND, image.KIND, tokens.KIND, audio.KIND)
}


def payload(name: str, size: int | None = None) -> Payload:
    """Return a payload by name, at its default size unless told.

    Raises:
        UnknownNameError: no payload has that name.

    """
    try:
        return PAYLOADS[name](size)
    except KeyError:
        known = ", ".join(PAYLOADS)
        raise UnknownNameError(f"no payload is called {name!r}; choose from {known}") from None
