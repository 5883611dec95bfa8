"""Protobuf: what services exchange. Tagged fields of binary values; numbers are varints."""

from formats.codec import Decoder
from formats.protobuf.layout import BYTES, JPEG, MESSAGES, PACKED, PNG, TFRECORD

LAYOUTS = (MESSAGES, PACKED, BYTES, PNG, TFRECORD, JPEG)


def _jpeg(
    name: str, needs: str | None, library: str, extra: str = "peers", beside: str = ""
) -> Decoder:
    module, pixels = "formats.protobuf.upb", f"formats.pictures.{name}"
    return Decoder(JPEG.id, name, module, (library, "protobuf"), needs, extra, beside, pixels)


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
    Decoder(
        JPEG.id,
        "wire",
        "formats.protobuf.pictures_wire",
        ("simplejpeg", "pillow"),
        pixels="formats.pictures.turbo",
    ),
    Decoder(JPEG.id, "pillow", "formats.protobuf.upb", ("protobuf", "pillow"), naive=True),
    _jpeg("simplejpeg", "simplejpeg", "simplejpeg"),
    _jpeg("opencv", "cv2", "opencv-python-headless"),
    _jpeg("torchvision", "torchvision", "torchvision", "vision", "torch"),
)
