"""What can go wrong between bytes and tensors."""


class FormatError(Exception):
    """Root of every error this package raises on purpose."""


class UnknownNameError(FormatError):
    """The registries hold no payload, format or codec of that name."""


class DecodeError(FormatError):
    """Encoded bytes do not follow the layout they were read as.

    Once it leaves `Codec.decode` its message names the codec, what is wrong, where as far as the
    decoder can tell (a row, a field or a byte), and the remedy.
    """
