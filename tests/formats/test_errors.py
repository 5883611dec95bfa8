"""What does not follow a layout is refused: by which codec, what, where, and what to do."""

from __future__ import annotations

import io
import json
from base64 import b85decode
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from google.protobuf import proto

from formats.batch import mismatch
from formats.errors import DecodeError
from formats.payloads import payload as payload_named
from formats.protobuf.layout import MESSAGES, message_class
from formats.registry import DECODERS, LAYOUTS, bind, decoder
from tests.formats.cases import bound, codec_cases, encoded, small, widened

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload

pytestmark = pytest.mark.hostile

REMEDY = (
    "The bytes are damaged, or were not written as {layout} of tabular-2: write them again, or "
    "name the codec and payload that they were written with"
)


def ones(payload: Payload, samples: int) -> Batch:
    return {f.name: np.ones((samples, *f.shape), f.dtype) for f in payload.fields}


def tabular(layout: str, samples: int = 3) -> bytes:
    """Return samples of tabular-2 that are all ones."""
    payload = payload_named("tabular", 2)
    return encoded(layout, payload, ones(payload, samples))


def csv_lines(change: tuple[bytes, bytes]) -> bytes:
    """Return rows of ones of which the second is changed."""
    head, first, second, *rest = tabular("csv/rows").splitlines(keepends=True)
    return b"".join([head, first, second.replace(*change, 1), *rest])


def json_lines(change: tuple[bytes, bytes]) -> bytes:
    first, second, *rest = tabular("json/lines").splitlines(keepends=True)
    return b"".join([first, second.replace(*change, 1), *rest])


def flipped(data: bytes, position: int, bits: int = 0x10) -> bytes:
    return data[:position] + bytes([data[position] ^ bits]) + data[position + 1 :]


MESSAGE = tabular("protobuf/messages", 1)
RECORD = tabular("protobuf/bytes", 1)
HEAD, LINE = tabular("csv/base64", 1).splitlines(keepends=True)
OBJECT = tabular("json/base64", 1)

EXACT = [
    ("csv/rows/wire", csv_lines((b",1", b"")), "line 3: 15 columns, expected 16"),
    ("csv/rows/wire", csv_lines((b"1", b"256")), "label: 256 in row 1 does not fit uint8"),
    ("csv/rows/wire", csv_lines((b"1", b"-1")), "label: -1 in row 1 does not fit uint8"),
    (
        "csv/rows/wire",
        csv_lines((b"1", b"x")),
        "line 3: invalid literal for int() with base 10: 'x'",
    ),
    ("csv/rows/wire", b"x\n", "line 1 is not the header of tabular"),
    ("csv/rows/stdlib", csv_lines((b"1", b"1,1")), "line 3: 17 columns, expected 16"),
    ("csv/rows/numpy", csv_lines((b",1", b"")), "line 3: 15 columns, expected 16"),
    ("csv/rows/numpy", tabular("csv/rows")[:-1], "the last line does not end in a line feed"),
    ("csv/base64/wire", b"x\n", "line 1 is not the header of tabular"),
    (
        "csv/base64/wire",
        HEAD + LINE + LINE.replace(b",", b";", 1),
        "line 3: 2 columns, expected 3",
    ),
    ("csv/base64/wire", HEAD + LINE[:-2], "line 2: Incorrect padding"),
    ("json/lines/wire", json_lines((b"label", b"lable")), "line 2: no key 'label'"),
    ("json/lines/wire", json_lines((b",1", b"")), "line 2: dense is not a list of 13 values"),
    ("json/lines/wire", json_lines((b"1", b"256")), "label: 256 in row 1 does not fit uint8"),
    ("json/lines/stdlib", json_lines((b"label", b"lable")), "line 2: no key 'label'"),
    ("json/lines/orjson", json_lines((b"{", b"")), "line 2: unexpected "),
    (
        "json/base64/wire",
        OBJECT + flipped(OBJECT, 2),
        "line 2: no key 'label'",
    ),
    ("json/flat/wire", b'{"label":[1]}', "no key 'dense'"),
    (
        "json/flat/wire",
        b'{"label":[1],"dense":[1,2],"sparse":[1,2]}',
        "dense: 2 values do not make samples of 13",
    ),
    ("parquet/columns/wire", b"PAR1PAR", "7 bytes that do not begin and end as a Parquet file"),
    (
        "protobuf/messages/wire",
        MESSAGE + MESSAGE[:-1],
        f"message 1, byte {len(MESSAGE)}: cut off; it has 21 bytes, of which 20 are there",
    ),
    ("protobuf/messages/wire", MESSAGE[:-1] + b"\x80", "message 0, byte 0: Error parsing message"),
    ("protobuf/messages/wire", MESSAGE + b"\x80", f"byte {len(MESSAGE) + 1}: a number is cut off"),
    (
        "protobuf/messages/wire",
        MESSAGE + flipped(MESSAGE, 1),
        f"message 1, byte {len(MESSAGE)}: it lacks label",
    ),
    (
        "protobuf/messages/wire",
        MESSAGE + flipped(MESSAGE, 0, 0x20),
        f"message 1, byte {len(MESSAGE)}: cut off; it has 53 bytes, of which 21 are there",
    ),
    (
        "protobuf/messages/wire",
        MESSAGE + flipped(MESSAGE, len(MESSAGE) - 4),
        f"message 1, byte {len(MESSAGE)}: sparse has 0 values, expected 2",
    ),
    (
        "protobuf/messages/wire",
        MESSAGE + flipped(MESSAGE, len(MESSAGE) - 3),
        f"message 1, byte {len(MESSAGE)}: Error parsing message",
    ),
    ("protobuf/messages/upb-rows", MESSAGE + MESSAGE[:9], "message 1, byte 22: cut off; it has 21"),
    (
        "protobuf/bytes/wire",
        RECORD[:-1],
        "message 0, byte 0: cut off; it has 67 bytes, of which 66",
    ),
    (
        "protobuf/bytes/wire",
        RECORD + flipped(RECORD, 1),
        f"message 1, byte {len(RECORD)}: label has 0 bytes, expected 1",
    ),
    ("protobuf/packed/wire", b"\x0a\x01\x01", "dense has 0 samples, label has 1"),
    (
        "protobuf/packed/wire",
        b"\x0a\x02\x01\x01" + b"\x12\x34" + bytes(52) + b"\x1a\x08" + bytes(8),
        "dense has 1 samples, label has 2",
    ),
]


@pytest.mark.parametrize(
    ("codec", "data", "wrong"), EXACT, ids=[f"{codec}: {wrong}" for codec, _, wrong in EXACT]
)
def test_messages_name_codec_place_and_remedy(codec: str, data: bytes, wrong: str) -> None:
    reader = bind(decoder(codec), payload_named("tabular", 2))
    with pytest.raises(DecodeError) as raised:
        reader.decode(data)
    message = str(raised.value)
    assert message.startswith(f"{codec}: {wrong}")
    assert message.endswith(". " + REMEDY.format(layout=codec.rpartition("/")[0]))


def test_a_whole_message() -> None:
    with pytest.raises(DecodeError) as raised:
        bind(decoder("csv/rows/wire"), payload_named("tabular", 2)).decode(csv_lines((b",1", b"")))
    assert str(raised.value) == (
        "csv/rows/wire: line 3: 15 columns, expected 16. The bytes are damaged, or were not "
        "written as csv/rows of tabular-2: write them again, or name the codec and payload that "
        "they were written with"
    )


GARBAGE = [b"\0", b"x" * 9, b"\x80", b"\xff" * 12, b"[]\n", b"null\n", b"{}\n", b"PAR1" * 4]


@pytest.mark.parametrize(("codec", "name"), codec_cases())
def test_garbage_is_refused_with_the_name_of_the_codec(codec: str, name: str) -> None:
    reader = bound(codec, name)
    remedy = rf"^{codec}: .*\. The bytes are damaged, .* of {name}-\d+: write them again, or name"
    for data in GARBAGE:
        with pytest.raises(DecodeError, match=remedy):
            reader.decode(data)


@pytest.mark.parametrize(("codec", "name"), codec_cases())
def test_a_batch_cut_short_is_refused(codec: str, name: str) -> None:
    """In the middle of a sample; between two, some formats are right again."""
    payload = small(name)
    batch = payload.generate("cut", 20)
    layout = decoder(codec).layout
    data = encoded(layout, payload, batch)
    single = encoded(layout, payload, {field: array[:1] for field, array in batch.items()})
    assert len(single) < len(data)
    for stop in (1, len(single) // 2, (len(single) + len(data)) // 2):
        with pytest.raises(DecodeError):
            bound(codec, name).decode(data[:stop])


@pytest.mark.parametrize(("codec", "name"), codec_cases())
def test_a_codec_goes_on_after_bytes_that_it_refused(codec: str, name: str) -> None:
    """While the error is alive too, which holds on to the library's objects."""
    payload = small(name)
    batch, layout = payload.generate("after", 2), decoder(codec).layout
    data, kept = encoded(layout, payload, batch), LAYOUTS[layout].kept(payload, batch)
    reader = bound(codec, name)
    errors = []
    for damaged in (data[:-3], data[: len(data) // 2], data.replace(b":[", b':["'), *GARBAGE):
        try:
            reader.decode(damaged)
        except DecodeError as error:
            errors.append(error)
        assert mismatch(payload, reader.decode(data), kept) is None
    assert len(errors) > len(GARBAGE)


# A column of bytes that its footer says to be of INT96, with statistics of bytes.
STATISTICS_OF_ANOTHER_TYPE = b85decode(
    rb"P(e~L6#x}{6?_%8#rnPn92Eo=02Kxm1{?qY02=@R08YEjR=u=oyr*Ng&2GKCbhoE-xy*gKwSl{#8vp<Rbh+`1tK6"
    rb"2By=<`df~nMymb+!6?RBBlg_yq;1Q{$f02l^yV`yb<VHE-Z6$T{$7zS`@cx7yJ02Txp92p!Y02~zz86^e)85jm|X"
    rb"?SI9a}@v<1QxCV7Onv%2uU0j02Kfg0suS~Y#9a_1^@s67Onvn1SSX;t^oiU92g8iQc_P>I&))aWo=;?paCy0FE1}"
    rb"MK|w)5K~X_LK|w)5K}$hFcR@mDK}JDAXF)?}K|w)5K|(@7K}|tHK|w=7K}kVDK|w-6K}kVDK|w-6K|w)5ML|J9K~"
    rb"+IPK|w`9K~+IPXF)+hK}bPCcR@ixK~X_MK|w)5K|w)5K}AJDK|w)6cR@ixK}A79K|w)5K|w)5SwTTTLU&<UXl!Cg"
    rb"O+i6HQ9(jMK}A79K|uf*AaG%Fadl;MEn{$SEn#wUZ+9SeWpZ<AZ*CwmHZCwOF&P{j0000y0RR9{K~ga"
)


def test_statistics_of_another_type_do_not_end_the_process() -> None:
    """pyarrow calls `abort` where it is asked for more of such a chunk."""
    for codec in ("parquet/columns/pyarrow", "parquet/columns/pandas"):
        with pytest.raises(DecodeError):
            bound(codec, "image").decode(STATISTICS_OF_ANOTHER_TYPE)


def without(layout: str, field: str) -> bytes:
    """Return two samples of tabular-2 of which the second lacks a field."""
    payload = payload_named("tabular", 2)
    if layout == "protobuf/messages":
        stream = io.BytesIO()
        message = message_class(MESSAGES, payload)(label=1, dense=[1] * 13, sparse=[1, 1])
        proto.serialize_length_prefixed(message, stream)
        message.ClearField(field)
        proto.serialize_length_prefixed(message, stream)
        return stream.getvalue()
    first, second = tabular("json/lines", 2).splitlines()
    sample = json.loads(second)
    del sample[field]
    return first + b"\n" + json.dumps(sample, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize("field", ["label", "dense", "sparse"])
@pytest.mark.parametrize(
    "codec", [c for c in DECODERS if c.startswith(("json/lines/", "protobuf/messages/"))]
)
def test_a_sample_that_lacks_a_field_is_refused(codec: str, field: str) -> None:
    data = without(decoder(codec).layout, field)
    with pytest.raises(DecodeError):
        bind(decoder(codec), payload_named("tabular", 2)).decode(data)


ROWS = {
    "a short row": lambda row: row + row[2:],
    "a longer row": lambda row: row + row[:-1] + b",1\n" + row,
    "longer rows": lambda row: (row[:-1] + b",1\n") * 2,
    "a row of one letter": lambda row: row + b"a\n" + row,
    "a letter": lambda row: row + b"a" + row,
}


@pytest.mark.parametrize("what", ROWS)
@pytest.mark.parametrize("codec", [c for c in DECODERS if c.startswith("csv/rows/")])
def test_rows_that_are_not_samples_are_refused(codec: str, what: str) -> None:
    head, row = tabular("csv/rows", 1).splitlines(keepends=True)
    with pytest.raises(DecodeError):
        bind(decoder(codec), payload_named("tabular", 2)).decode(head + ROWS[what](row))


def one_line(values: bytes) -> bytes:
    return b'{"label":1,"dense":' + values + b',"sparse":[1,1]}\n'


REST = b",1" * 12 + b"]"
NOT_THIRTEEN_NUMBERS = {
    "one number": b"[1]",
    "one more": b"[1,1" + REST,
    "no list": b"7",
    "an empty list": b"[]",
    "an empty object": b"{}",
    "null": b"null",
    "text": b'"1"',
    "a fraction": b"[1.5" + REST,
    "a null": b"[null" + REST,
    "text in a list": b'["1"' + REST,
    "infinity": b"[1e400" + REST,
    "twenty digits": b"[" + b"9" * 20 + REST,
    "five thousand digits": b"[" + b"9" * 5000 + REST,
}


@pytest.mark.parametrize("what", NOT_THIRTEEN_NUMBERS)
@pytest.mark.parametrize("codec", [c for c in DECODERS if c.startswith("json/lines/")])
def test_objects_that_hold_something_else_are_refused(codec: str, what: str) -> None:
    reader = bind(decoder(codec), payload_named("tabular", 2))
    assert reader.decode(one_line(b"[1" + REST))["dense"].tolist() == [[1] * 13]
    with pytest.raises(DecodeError):
        reader.decode(one_line(NOT_THIRTEEN_NUMBERS[what]))


OUTSIDE = [
    ("tabular", "label", 256),
    ("tabular", "label", -1),
    ("tabular", "sparse", 1 << 31),
    ("tabular", "dense", -(1 << 31) - 1),
    ("tokens", "ids", 1 << 31),
    ("image", "pixels", 256),
    ("image", "pixels", -1),
    ("audio", "pcm", 1 << 15),
    ("audio", "pcm", -(1 << 15) - 1),
]
# Those that write numbers; the others carry the bytes of a field, and these always fit.
NUMBERS = ("csv/rows", "csv/wide", "json/lines", "json/flat", "parquet/columns", "parquet/wide")


@pytest.mark.parametrize(
    ("codec", "name", "field", "value"),
    [
        (entry.codec, name, field, value)
        for entry in DECODERS.values()
        for name, field, value in OUTSIDE
        if entry.layout in NUMBERS
        and LAYOUTS[entry.layout].fits(small(name))
        and (entry.format != "parquet" or not small(name).fields[0].blob)
    ],
)
def test_values_outside_of_their_dtype_are_refused(
    codec: str, name: str, field: str, value: int
) -> None:
    """Written in the same layout, by a program that allows itself wider numbers."""
    payload = small(name)
    layout = decoder(codec).layout
    wider = widened(payload, "int64")
    batch = ones(wider, 4)
    right = encoded(layout, payload, ones(payload, 4))
    batch[field].reshape(4, -1)[2, -1] = value
    naive = next(e for e in DECODERS.values() if e.layout == layout and e.naive)
    data = bind(naive, wider).encode(batch)
    bound(codec, name).decode(right)
    if decoder(codec).format == "parquet":
        wrong = "the columns are not those of|does not fit|dtype"
    else:
        wrong = f"{field}: {value} in row 2 does not fit {batch[field].dtype}".replace(
            "int64", str(next(f for f in payload.fields if f.name == field).dtype)
        )
    with pytest.raises(DecodeError, match=wrong):
        bound(codec, name).decode(data)


@pytest.mark.parametrize("field", ["label", "sparse"])
@pytest.mark.parametrize("codec", ["wire", "upb", "upb-rows"])
def test_protobuf_values_outside_of_their_dtype_are_refused(codec: str, field: str) -> None:
    payload = payload_named("tabular", 2)
    stream = io.BytesIO()
    for row in range(3):
        values: dict[str, Any] = {"label": 1, "dense": [1] * 13, "sparse": [1, 1]}
        if row == 2:
            values |= {"label": 256} if field == "label" else {"sparse": [1, 1 << 31]}
        message = message_class(MESSAGES, payload)(**values)
        proto.serialize_length_prefixed(message, stream)
    with pytest.raises(DecodeError, match=rf"{field}: \d+ in row 2 does not fit u?int"):
        bind(decoder(f"protobuf/messages/{codec}"), payload).decode(stream.getvalue())


def test_the_row_of_a_later_chunk_is_counted_from_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("formats.wire.integers.CHUNK_BYTES", 1)
    monkeypatch.setattr("formats.json.flat_wire.CHUNK_BYTES", 1)
    payload = payload_named("audio", 4)
    wider = widened(payload, "int32")
    batch = ones(wider, 9)
    batch["pcm"][7, 1] = 40_000
    for layout in ("csv/rows", "json/lines", "json/flat"):
        data = encoded(layout, wider, batch)
        with pytest.raises(DecodeError, match="pcm: 40000 in row 7 does not fit int16"):
            bind(decoder(f"{layout}/wire"), payload).decode(data)
