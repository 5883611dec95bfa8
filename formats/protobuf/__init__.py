"""Protobuf: what services exchange. Tagged fields of binary values; numbers are varints."""

from formats.codec import Decoder
from formats.protobuf.layout import BYTES, MESSAGES, PACKED, PNG, TFRECORD

LAYOUTS = (MESSAGES, PACKED, BYTES, PNG, TFRECORD)

# One module and one line each; the first of a layout writes what the others are tested on.
DECODERS = (
    Decoder("protobuf/messages", "wire", "formats.protobuf.wire", ("numpy",)),
    Decoder("protobuf/messages", "upb", "formats.protobuf.upb", ("protobuf",), naive=True),
    Decoder("protobuf/messages", "upb-rows", "formats.protobuf.upb_rows", ("protobuf",)),
    Decoder("protobuf/packed", "wire", "formats.protobuf.packed_wire", ("numpy",)),
    Decoder("protobuf/packed", "upb", "formats.protobuf.packed_upb", ("protobuf",), naive=True),
    Decoder("protobuf/bytes", "wire", "formats.protobuf.bytes_wire", ("numpy",)),
    Decoder("protobuf/bytes", "upb", "formats.protobuf.upb", ("protobuf",), naive=True),
    Decoder("protobuf/bytes", "upb-rows", "formats.protobuf.upb_rows", ("protobuf",)),
    Decoder("protobuf/png", "upb", "formats.protobuf.upb", ("protobuf", "pillow"), naive=True),
    Decoder(TFRECORD.id, "wire", "formats.protobuf.tfrecord_wire", ("numpy", "google-crc32c")),
    Decoder(
        TFRECORD.id,
        "upb",
        "formats.protobuf.tfrecord_upb",
        ("protobuf", "google-crc32c"),
        naive=True,
    ),
    Decoder(
        TFRECORD.id,
        "tfrecord",
        "formats.protobuf.tfrecord_package",
        ("tfrecord", "protobuf"),
        "tfrecord",
        writes=False,
        verifies=False,
    ),
)
